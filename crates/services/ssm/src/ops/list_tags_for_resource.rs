//! ListTagsForResource: the tags of a parameter.
//!
//! AWS: `ssm:ListTagsForResource` on the parameter.

use crate::{rights, tag};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::ssm::{
    ListTagsForResourceError, ListTagsForResourceRequest, ListTagsForResourceResult, ResourceTypeForTagging,
    Tag, calls,
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    resource_type: ResourceTypeForTagging,
    resource_id: &'a str,
}

/// The handler.
pub(crate) struct ListTagsForResource;

impl Operation for ListTagsForResource {
    type Call = calls::ListTagsForResource;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListTagsForResourceRequest,
    ) -> Result<Answered<ListTagsForResourceResult>, ListTagsForResourceError> {
        let (resource_type, resource_id) = (input.resource_type, &input.resource_id);
        passage.draft().set_parameters(&Parameters { resource_type, resource_id });
        let named = tag::resource::<ListTagsForResourceError>(passage, resource_type, resource_id)?;
        let found = named.find(passage);
        let context = Context::new();
        let allowed = rights::ask(passage, "ssm:ListTagsForResource", &named.arn, found.as_deref(), context)?;
        let parameter = found.ok_or_else(tag::unknown)?;
        let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
        let tags = parameter.record.tags.iter().map(tag).collect();
        Ok(passage.answer(&allowed, ListTagsForResourceResult { tag_list: Some(tags) }))
    }
}
