//! DeletePolicyVersion: a version of a managed policy, deleted.
//!
//! AWS: not the one that is in force.

use crate::{names, policy, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeletePolicyVersionError, DeletePolicyVersionRequest, calls},
};

/// The handler.
pub(crate) struct DeletePolicyVersion;

impl Operation for DeletePolicyVersion {
    type Call = calls::DeletePolicyVersion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeletePolicyVersionRequest,
    ) -> Result<Answered<NoOutput>, DeletePolicyVersionError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            Target::<ManagedPolicyRecord>::of_arn::<DeletePolicyVersionError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:DeletePolicyVersion", target.context())?;
        let found = target.own::<DeletePolicyVersionError>(passage, "iam:DeletePolicyVersion")?;
        let mut record = found.record.clone();
        let number = policy::version_number(&input.version_id);
        let known = number.filter(|number| record.versions.contains_key(number));
        let number = known
            .ok_or_else(|| policy::no_version::<DeletePolicyVersionError>(&target.arn, &input.version_id))?;
        if number == record.default_version {
            let text = "Cannot delete the default version of a policy.";
            return Err(DeleteConflictException::new(text).into());
        }
        record.versions.remove(&number);
        passage.commit(&allowed, vec![found.update(&record)], NoOutput {}).await.map_err(refused)
    }
}
