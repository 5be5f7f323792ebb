//! DeleteUserPolicy: an inline policy of a user, deleted.
//!
//! AWS: what is attached is not deleted so, but detached.

use crate::{holder::always, inline, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DeleteUserPolicyError, DeleteUserPolicyRequest, calls},
};

/// The handler.
pub(crate) struct DeleteUserPolicy;

impl Operation for DeleteUserPolicy {
    type Call = calls::DeleteUserPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteUserPolicyRequest,
    ) -> Result<Answered<NoOutput>, DeleteUserPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        inline::delete(passage, "iam:DeleteUserPolicy", &user, &input.policy_name, always).await
    }
}
