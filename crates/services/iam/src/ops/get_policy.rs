//! GetPolicy: one managed policy, AWS's or the account's, without its document.
//!
//! AWS: it tells how many users, groups and roles of the account it is attached to, and how many it limits.

use crate::{names, policy::Usage, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetPolicyError, GetPolicyRequest, GetPolicyResponse, calls};

/// The handler.
pub(crate) struct GetPolicy;

impl Operation for GetPolicy {
    type Call = calls::GetPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetPolicyRequest,
    ) -> Result<Answered<GetPolicyResponse>, GetPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<ManagedPolicyRecord>::of_arn::<GetPolicyError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:GetPolicy", target.context())?;
        let view = target.view::<GetPolicyError>(passage)?;
        let usage = Usage::of(&passage.snapshot().directory, passage.account(), view.arn());
        Ok(passage.answer(&allowed, GetPolicyResponse { policy: Some(view.shown(usage)) }))
    }
}
