//! SetDefaultPolicyVersion: the version of a managed policy that is in force.
//!
//! AWS: whoever has the policy is decided by it at once.

use crate::{names, policy, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{SetDefaultPolicyVersionError, SetDefaultPolicyVersionRequest, calls},
};

/// The handler.
pub(crate) struct SetDefaultPolicyVersion;

impl Operation for SetDefaultPolicyVersion {
    type Call = calls::SetDefaultPolicyVersion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SetDefaultPolicyVersionRequest,
    ) -> Result<Answered<NoOutput>, SetDefaultPolicyVersionError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<ManagedPolicyRecord>::of_arn::<SetDefaultPolicyVersionError>(
            passage,
            &input.policy_arn,
        )?;
        let allowed = target.authorize(passage, "iam:SetDefaultPolicyVersion", target.context())?;
        let found = target.own::<SetDefaultPolicyVersionError>(passage, "iam:SetDefaultPolicyVersion")?;
        let mut record = found.record.clone();
        let number = policy::version_number(&input.version_id);
        let known = number.filter(|number| record.versions.contains_key(number));
        record.default_version = known.ok_or_else(|| {
            policy::no_version::<SetDefaultPolicyVersionError>(&target.arn, &input.version_id)
        })?;
        passage.commit(&allowed, vec![found.update(&record)], NoOutput {}).await.map_err(refused)
    }
}
