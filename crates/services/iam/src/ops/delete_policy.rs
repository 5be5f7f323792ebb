//! DeletePolicy: a managed policy, deleted with its default version.
//!
//! AWS: only one that nobody has, as a policy or as a boundary, and whose other versions were deleted.

use crate::{names, policy, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeletePolicyError, DeletePolicyRequest, calls},
};

/// The handler.
pub(crate) struct DeletePolicy;

impl Operation for DeletePolicy {
    type Call = calls::DeletePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeletePolicyRequest,
    ) -> Result<Answered<NoOutput>, DeletePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<ManagedPolicyRecord>::of_arn::<DeletePolicyError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:DeletePolicy", target.context())?;
        let found = target.own::<DeletePolicyError>(passage, "iam:DeletePolicy")?;
        let conflict = |text: &str| Err(DeleteConflictException::new(text).into());
        let directory = &passage.snapshot().directory;
        let is_used = |name: &str| directory.referrers(name).next().is_some();
        if is_used(target.arn.as_str()) || is_used(&policy::boundary_target(&target.arn)) {
            return conflict("Cannot delete a policy attached to entities.");
        }
        if found.record.versions.len() > 1 {
            return conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            );
        }
        passage.commit(&allowed, vec![found.delete()], NoOutput {}).await.map_err(refused)
    }
}
