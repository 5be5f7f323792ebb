//! CreatePolicyVersion: another version of a managed policy.
//!
//! AWS: at most five; a number is never used twice; it is in force only where `SetAsDefault` says so.

use crate::{
    names,
    policy::{self, View},
    target::Target,
};
use gatekey_directory::{ManagedPolicyRecord, PolicyVersion};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{
    CreatePolicyVersionError, CreatePolicyVersionRequest, CreatePolicyVersionResponse,
    LimitExceededException, calls,
};

/// The handler.
pub(crate) struct CreatePolicyVersion;

impl Operation for CreatePolicyVersion {
    type Call = calls::CreatePolicyVersion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreatePolicyVersionRequest,
    ) -> Result<Answered<CreatePolicyVersionResponse>, CreatePolicyVersionError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            Target::<ManagedPolicyRecord>::of_arn::<CreatePolicyVersionError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:CreatePolicyVersion", target.context())?;
        let found = target.own::<CreatePolicyVersionError>(passage, "iam:CreatePolicyVersion")?;
        let text = &input.policy_document;
        policy::check::<CreatePolicyVersionError>(passage, text)?;
        let most = passage.identity_quotas().versions_per_policy;
        if found.record.versions.len() >= most {
            return Err(LimitExceededException::new(format!(
                "A managed policy can have up to {most} versions. Before you create a new version, you must delete an \
                 existing version.",
            ))
            .into());
        }
        let (mut record, now) = (found.record.clone(), passage.now());
        let number = record.next_version;
        record.versions.insert(number, PolicyVersion { document: text.clone(), created: now });
        record.next_version = number.saturating_add(1);
        record.updated = now;
        if input.set_as_default.unwrap_or_default() {
            record.default_version = number;
        }
        let view = View::of_record(found.account, &record);
        let version = view.versions().next();
        let answer = CreatePolicyVersionResponse { policy_version: version };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![found.update(&record)], answer).await.map_err(refused)
    }
}
