//! GetUserPolicy: an inline policy of a user.
//!
//! AWS: the document is given back URL-encoded.

use crate::{inline, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetUserPolicyError, GetUserPolicyRequest, GetUserPolicyResponse, calls};

/// The handler.
pub(crate) struct GetUserPolicy;

impl Operation for GetUserPolicy {
    type Call = calls::GetUserPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetUserPolicyRequest,
    ) -> Result<Answered<GetUserPolicyResponse>, GetUserPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        let policy_name = input.policy_name.clone();
        inline::get(passage, "iam:GetUserPolicy", &user, &input.policy_name, |user_name, policy_document| {
            GetUserPolicyResponse { user_name, policy_name, policy_document }
        })
    }
}
