//! RemoveTagsFromResource: takes tags from a parameter; those that it has not are passed over.
//!
//! AWS: `ssm:RemoveTagsFromResource` on the parameter.

use crate::{rights, tag};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    RemoveTagsFromResourceError, RemoveTagsFromResourceRequest, RemoveTagsFromResourceResult,
    ResourceTypeForTagging, calls,
};
use gatekey_policy::{Context, KeyName};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    resource_type: ResourceTypeForTagging,
    resource_id: &'a str,
    tag_keys: &'a [String],
}

/// The handler.
pub(crate) struct RemoveTagsFromResource;

impl Operation for RemoveTagsFromResource {
    type Call = calls::RemoveTagsFromResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveTagsFromResourceRequest,
    ) -> Result<Answered<RemoveTagsFromResourceResult>, RemoveTagsFromResourceError> {
        let (resource_type, resource_id, tag_keys) =
            (input.resource_type, &input.resource_id, input.tag_keys.as_slice());
        passage.draft().set_parameters(&Parameters { resource_type, resource_id, tag_keys });
        let named = tag::resource::<RemoveTagsFromResourceError>(passage, resource_type, resource_id)?;
        let found = named.find(passage);
        let mut context = Context::new();
        context.set_many(KeyName::AwsTagKeys, tag_keys.iter().map(String::as_str));
        let allowed =
            rights::ask(passage, "ssm:RemoveTagsFromResource", &named.arn, found.as_deref(), context)?;
        let parameter = found.ok_or_else(tag::unknown)?;
        let edit = parameter.untagged(tag_keys);
        passage.commit(&allowed, vec![edit], RemoveTagsFromResourceResult {}).await.map_err(refused)
    }
}
