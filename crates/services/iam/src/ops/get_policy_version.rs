//! GetPolicyVersion: a version of a managed policy, AWS's or the account's, with its document.
//!
//! AWS: the document is URL-encoded.

use crate::{names, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetPolicyVersionError, GetPolicyVersionRequest, GetPolicyVersionResponse, calls};

/// The handler.
pub(crate) struct GetPolicyVersion;

impl Operation for GetPolicyVersion {
    type Call = calls::GetPolicyVersion;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetPolicyVersionRequest,
    ) -> Result<Answered<GetPolicyVersionResponse>, GetPolicyVersionError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            Target::<ManagedPolicyRecord>::of_arn::<GetPolicyVersionError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:GetPolicyVersion", target.context())?;
        let view = target.view::<GetPolicyVersionError>(passage)?;
        let version = view.version::<GetPolicyVersionError>(&input.version_id)?;
        Ok(passage.answer(&allowed, GetPolicyVersionResponse { policy_version: Some(version) }))
    }
}
