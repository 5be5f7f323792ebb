//! AssumeRoleWithWebIdentity: a session of a role, for the bearer of an OpenID Connect issuer's token.
//!
//! AWS: nobody signs the request; the issuer must be registered in the role's account, and its key must prove the token;
//! the trust policy decides on `ISSUER:sub`, `ISSUER:aud` and `ISSUER:amr`.

use crate::{
    assumption::Assumption,
    event,
    policy::Passed,
    role::Named,
    session::{self, Terms},
    tag::SessionTags,
    web_token::{self, TokenFault, WebIdentity},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{
        AssumeRoleWithWebIdentityError, AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse,
        calls,
    },
};
use gatekey_policy::{ConditionKey, Context, Identity, Principal};

/// The handler.
pub(crate) struct AssumeRoleWithWebIdentity;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

impl From<TokenFault> for AssumeRoleWithWebIdentityError {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::Invalid(error) => error.into(),
            TokenFault::Expired(error) => error.into(),
            TokenFault::Rejected(error) => error.into(),
            TokenFault::Unreachable(error) => error.into(),
            TokenFault::Common(error) => error.into(),
        }
    }
}

impl Operation for AssumeRoleWithWebIdentity {
    type Call = calls::AssumeRoleWithWebIdentity;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AssumeRoleWithWebIdentityRequest,
    ) -> Result<Answered<AssumeRoleWithWebIdentityResponse>, AssumeRoleWithWebIdentityError> {
        passage.draft().set_parameters(&event::shown(input));
        let named = Named::parse(&input.role_arn)?;
        passage.draft().touch_resource("AWS::IAM::Role", named.account, &named.arn);
        let identity = web_token::verify(passage, named.account, input.web_identity_token.expose()).await?;
        passage.present(principal(&identity));
        let tags = SessionTags::of_provider(identity.tags.clone(), identity.transitive.clone())?;
        let role = named.find(passage, ACTION).map_err(CommonError::from)?;
        let assumption = Assumption {
            action: ACTION,
            role: &role,
            session: &input.role_session_name,
            tags: &tags,
            source_identity: identity.source_identity.as_deref(),
        };
        let allowed = assumption.authorize(passage, context(&identity)).map_err(CommonError::from)?;
        let seconds = session::seconds_of_role(&role, input.duration_seconds, false)?;
        let passed = Passed { document: input.policy.as_ref(), arns: input.policy_arns.as_ref() };
        let policies = passed.read::<AssumeRoleWithWebIdentityError>(passage, role.account, &tags)?;
        let percent = policies.percent;
        let subject = session::subject(&role, &input.role_session_name);
        let terms = Terms {
            policies,
            tags,
            source_identity: identity.source_identity.clone(),
            federated_provider: Some(identity.provider.clone()),
            ..Terms::plain(subject, seconds)
        };
        let answer = AssumeRoleWithWebIdentityResponse {
            credentials: Some(session::issue(passage, terms)?),
            subject_from_web_identity_token: Some(identity.subject),
            assumed_role_user: Some(session::assumed(&role, &input.role_session_name)),
            packed_policy_size: percent,
            provider: Some(identity.provider),
            audience: Some(identity.audience),
            source_identity: identity.source_identity,
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        Ok(passage.answer(&allowed, answer))
    }
}

/// Whom the token speaks for, before there are credentials.
fn principal(identity: &WebIdentity) -> Principal {
    let unsigned = Identity::Unsigned { provider: Some(identity.provider.clone()) };
    let federated_provider = Some(identity.provider.clone());
    Principal { federated_provider, ..Principal::new(unsigned) }
}

fn context(identity: &WebIdentity) -> Context<'_> {
    let mut context = Context::new();
    let key = |name: &str| ConditionKey::parse(format!("{}:{name}", identity.prefix));
    context.set(key("sub"), identity.subject.as_str()).set(key("aud"), identity.audience.as_str());
    if !identity.original_audiences.is_empty() {
        context.set_many(key("oaud"), identity.original_audiences.iter().map(String::as_str));
    }
    if !identity.methods.is_empty() {
        context.set_many(key("amr"), identity.methods.iter().map(String::as_str));
    }
    context
}
