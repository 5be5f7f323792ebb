//! PutUserPolicy: an inline policy of a user, added or replaced.
//!
//! AWS: all inline policies of a user together have at most 2,048 characters, white space not counted.

use crate::{holder::always, inline, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{PutUserPolicyError, PutUserPolicyRequest, calls},
};

/// The handler.
pub(crate) struct PutUserPolicy;

impl Operation for PutUserPolicy {
    type Call = calls::PutUserPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutUserPolicyRequest,
    ) -> Result<Answered<NoOutput>, PutUserPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        let put = (input.policy_name.as_str(), input.policy_document.as_str());
        inline::put(passage, "iam:PutUserPolicy", &user, put, always).await
    }
}
