//! TagResource: adds tags to a key, or gives those that it has new values. Tags can decide access.

use crate::{
    fault::{denied, missing, uncommitted},
    tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::set_request_tags;
use gatekey_model::{
    NoOutput,
    kms::{Tag, TagResourceError, TagResourceRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    tags: &'a [Tag],
}

/// The handler.
pub(crate) struct TagResource;

impl Operation for TagResource {
    type Call = calls::TagResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagResourceRequest,
    ) -> Result<Answered<NoOutput>, TagResourceError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, tags: &input.tags });
        let tags = tag::parse::<TagResourceError>(&input.tags)?;
        let mut context = Context::new();
        set_request_tags(&mut context, &tags);
        let found =
            passage.find_by_id(&input.key_id, KmsAction::TagResource).map_err(missing::<TagResourceError>)?;
        let allowed =
            passage.authorize(KmsAction::TagResource, &found, context).map_err(denied::<TagResourceError>)?;
        let edit = found.key.tagged(tags, passage.quotas()).map_err(tag::refused::<TagResourceError>)?;
        passage.commit(&allowed, vec![edit], NoOutput {}).await.map_err(uncommitted::<TagResourceError>)
    }
}
