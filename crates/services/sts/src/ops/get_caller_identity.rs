//! GetCallerIdentity: who the credentials belong to.
//!
//! AWS: it needs no permission, and an explicit Deny does not keep anybody from it.

use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{GetCallerIdentityError, GetCallerIdentityRequest, GetCallerIdentityResponse, calls},
};
use gatekey_policy::Identity;

/// The handler.
pub(crate) struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    type Call = calls::GetCallerIdentity;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &GetCallerIdentityRequest,
    ) -> Result<Answered<GetCallerIdentityResponse>, GetCallerIdentityError> {
        let allowed = passage.authorize_anyone("sts:GetCallerIdentity").map_err(CommonError::from)?;
        let (caller, account) = (passage.caller(), passage.account());
        let answer = GetCallerIdentityResponse {
            user_id: user_id(&caller.principal.identity).or_else(|| Some(account.to_string())),
            account: Some(account.to_string()),
            arn: caller.arn().map(ToString::to_string),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// `aws:userid`: of a session with its name; a root user has its account's number.
fn user_id(identity: &Identity) -> Option<String> {
    match identity {
        Identity::User { id, .. } => id.as_ref().map(ToString::to_string),
        Identity::RoleSession { session, role_id, .. } => {
            Some(format!("{}:{}", role_id.as_ref()?, session.session_name().unwrap_or_default()))
        }
        Identity::FederatedUser { arn, .. } => Some(format!("{}:{}", arn.account(), arn.name())),
        Identity::Root { .. } | Identity::Service { .. } | Identity::Unsigned { .. } => None,
    }
}
