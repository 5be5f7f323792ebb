//! UpdateAssumeRolePolicy: another trust policy of a role.
//!
//! AWS: whom it names must exist and is pinned anew; a role linked to a service cannot be changed.

use crate::{document, holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{UpdateAssumeRolePolicyError, UpdateAssumeRolePolicyRequest, calls},
};

/// The handler.
pub(crate) struct UpdateAssumeRolePolicy;

impl Operation for UpdateAssumeRolePolicy {
    type Call = calls::UpdateAssumeRolePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateAssumeRolePolicyRequest,
    ) -> Result<Answered<NoOutput>, UpdateAssumeRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:UpdateAssumeRolePolicy", target.context())?;
        let role = target.found::<UpdateAssumeRolePolicyError>()?;
        unless_protected::<UpdateAssumeRolePolicyError>(role)?;
        let mut record = role.record.clone();
        record.trust = document::trust::<UpdateAssumeRolePolicyError>(passage, &input.policy_document)?;
        passage.commit(&allowed, vec![role.update(&record)], NoOutput {}).await.map_err(refused)
    }
}
