//! PutRolePolicy: an inline policy of a role, added or replaced.
//!
//! AWS: all inline policies of a role together have at most 10,240 characters, white space not counted.
//! A role linked to a service cannot be changed.

use crate::{holder::unless_protected, inline, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{PutRolePolicyError, PutRolePolicyRequest, calls},
};

/// The handler.
pub(crate) struct PutRolePolicy;

impl Operation for PutRolePolicy {
    type Call = calls::PutRolePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutRolePolicyRequest,
    ) -> Result<Answered<NoOutput>, PutRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let put = (input.policy_name.as_str(), input.policy_document.as_str());
        inline::put(passage, "iam:PutRolePolicy", &role, put, unless_protected).await
    }
}
