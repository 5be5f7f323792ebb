//! UntagPolicy: tags of a managed policy of the account, removed.
//!
//! AWS: keys that are not there are no error.

use crate::{names, tagging, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagPolicyError, UntagPolicyRequest, calls},
};

/// The handler.
pub(crate) struct UntagPolicy;

impl Operation for UntagPolicy {
    type Call = calls::UntagPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagPolicyRequest,
    ) -> Result<Answered<NoOutput>, UntagPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let policy = Target::<ManagedPolicyRecord>::of_arn::<UntagPolicyError>(passage, &input.policy_arn)?;
        tagging::remove(passage, "iam:UntagPolicy", &policy, &input.tag_keys).await
    }
}
