//! UntagResource: takes tags from a key; those that it has not are passed over.

use crate::{
    fault::{denied, missing, uncommitted},
    tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::set_tag_keys;
use gatekey_model::{
    NoOutput,
    kms::{UntagResourceError, UntagResourceRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    tag_keys: &'a [String],
}

/// The handler.
pub(crate) struct UntagResource;

impl Operation for UntagResource {
    type Call = calls::UntagResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagResourceRequest,
    ) -> Result<Answered<NoOutput>, UntagResourceError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, tag_keys: &input.tag_keys });
        let mut context = Context::new();
        set_tag_keys(&mut context, input.tag_keys.iter());
        let found = passage
            .find_by_id(&input.key_id, KmsAction::UntagResource)
            .map_err(missing::<UntagResourceError>)?;
        let allowed = passage
            .authorize(KmsAction::UntagResource, &found, context)
            .map_err(denied::<UntagResourceError>)?;
        let edit = found.key.untagged(&input.tag_keys).map_err(tag::refused::<UntagResourceError>)?;
        passage.commit(&allowed, vec![edit], NoOutput {}).await.map_err(uncommitted::<UntagResourceError>)
    }
}
