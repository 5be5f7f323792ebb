//! AddTagsToResource: adds tags to a parameter, or gives those that it has new values.
//!
//! AWS: `ssm:AddTagsToResource` on the parameter.

use crate::{rights, tag};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    AddTagsToResourceError, AddTagsToResourceRequest, AddTagsToResourceResult, ResourceTypeForTagging, Tag,
    TooManyTagsError, calls,
};
use gatekey_parameters::MOST_TAGS;
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    resource_type: ResourceTypeForTagging,
    resource_id: &'a str,
    tags: &'a [Tag],
}

/// The handler.
pub(crate) struct AddTagsToResource;

impl Operation for AddTagsToResource {
    type Call = calls::AddTagsToResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AddTagsToResourceRequest,
    ) -> Result<Answered<AddTagsToResourceResult>, AddTagsToResourceError> {
        let (resource_type, resource_id) = (input.resource_type, &input.resource_id);
        passage.draft().set_parameters(&Parameters { resource_type, resource_id, tags: &input.tags });
        let named = tag::resource::<AddTagsToResourceError>(passage, resource_type, resource_id)?;
        let tags = tag::read(&input.tags)?;
        let found = named.find(passage);
        let mut context = Context::new();
        rights::set_request_tags(&mut context, &tags);
        let allowed = rights::ask(passage, "ssm:AddTagsToResource", &named.arn, found.as_deref(), context)?;
        let parameter = found.ok_or_else(tag::unknown)?;
        let mut all = parameter.record.tags.clone();
        all.extend(tags);
        if all.len() > MOST_TAGS {
            let text = "The Targets parameter includes too many tags. Remove one or more tags and try the command again.";
            return Err(TooManyTagsError::new(text).into());
        }
        let edit = parameter.changed(|record| record.tags = all);
        passage.commit(&allowed, vec![edit], AddTagsToResourceResult {}).await.map_err(refused)
    }
}
