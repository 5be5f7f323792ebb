//! TagResources: adds tags to resources of any kind.
//!
//! AWS: it needs `tag:TagResources`, and for each resource the right that its own service asks for. What the services
//! refuse is in the answer, which is a success.

use crate::change::{Change, each};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::tagging::{TagResourcesError, TagResourcesInput, TagResourcesOutput, calls};
use serde::Serialize;
use std::collections::BTreeMap;

/// CloudTrail's parameters.
#[derive(Serialize)]
struct Parameters<'a> {
    #[serde(rename = "resourceARNList")]
    arns: &'a [String],
    tags: &'a BTreeMap<String, String>,
}

/// The handler.
pub(crate) struct TagResources;

impl Operation for TagResources {
    type Call = calls::TagResources;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagResourcesInput,
    ) -> Result<Answered<TagResourcesOutput>, TagResourcesError> {
        passage.draft().set_parameters(&Parameters { arns: &input.resource_arn_list, tags: &input.tags });
        let change = Change::Tag(input.tags.clone());
        let outcome = each(passage, "tag:TagResources", &input.resource_arn_list, &change)?;
        let answer = TagResourcesOutput { failed_resources_map: Some(outcome.failed) };
        passage.commit(&outcome.allowed, outcome.edits, answer).await.map_err(refused)
    }
}
