//! TagPolicy: tags of a managed policy of the account, added.
//!
//! AWS: at most 50; a key that differs in case only from one that is there takes its place.

use crate::{names, tagging, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagPolicyError, TagPolicyRequest, calls},
};

/// The handler.
pub(crate) struct TagPolicy;

impl Operation for TagPolicy {
    type Call = calls::TagPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagPolicyRequest,
    ) -> Result<Answered<NoOutput>, TagPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let policy = Target::<ManagedPolicyRecord>::of_arn::<TagPolicyError>(passage, &input.policy_arn)?;
        tagging::add(passage, "iam:TagPolicy", &policy, &input.tags).await
    }
}
