//! UntagResources: takes tags from resources of any kind.
//!
//! AWS: it needs `tag:UntagResources`, and for each resource the right that its own service asks for. Tags that are not
//! there are passed over; what the services refuse is in the answer, which is a success.

use crate::change::{Change, each};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::tagging::{UntagResourcesError, UntagResourcesInput, UntagResourcesOutput, calls};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(rename = "resourceARNList")]
    arns: &'a [String],
    tag_keys: &'a [String],
}

/// The handler.
pub(crate) struct UntagResources;

impl Operation for UntagResources {
    type Call = calls::UntagResources;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagResourcesInput,
    ) -> Result<Answered<UntagResourcesOutput>, UntagResourcesError> {
        let parameters = Parameters { arns: &input.resource_arn_list, tag_keys: &input.tag_keys };
        passage.draft().set_parameters(&parameters);
        let change = Change::Untag(input.tag_keys.clone());
        let outcome = each(passage, "tag:UntagResources", &input.resource_arn_list, &change)?;
        let answer = UntagResourcesOutput { failed_resources_map: Some(outcome.failed) };
        passage.commit(&outcome.allowed, outcome.edits, answer).await.map_err(refused)
    }
}
