//! AssumeRoleWithSAML: a session of a role, for the subject of a SAML response.
//!
//! AWS: nobody signs the request; the provider must be registered in the role's account, and its key must have signed the
//! response or the assertion in it; the assertion must give this role by this provider, and names the session.

use crate::{
    assumption::Assumption,
    event,
    fault::{denied, invalid},
    policy::Passed,
    role::Named,
    saml::{self, Expected, SamlFault, SamlIdentity},
    session::{self, Terms},
    tag::SessionTags,
};
use gatekey_directory::{Entity, Role, SamlProviderRecord};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{
        AssumeRoleWithSAMLError, AssumeRoleWithSAMLRequest, AssumeRoleWithSAMLResponse,
        ExpiredTokenException, IDPRejectedClaimException, InvalidIdentityTokenException, calls,
    },
};
use gatekey_policy::{ConditionKey, Context, Identity, Principal};
use gatekey_types::{Arn, Timestamp};
use std::sync::Arc;

/// The handler.
pub(crate) struct AssumeRoleWithSAML;

const ACTION: &str = "sts:AssumeRoleWithSAML";

impl From<SamlFault> for AssumeRoleWithSAMLError {
    fn from(fault: SamlFault) -> Self {
        match fault {
            SamlFault::Invalid(text) => InvalidIdentityTokenException::new(text).into(),
            SamlFault::Expired(text) => ExpiredTokenException::new(text).into(),
            SamlFault::Rejected(text) => IDPRejectedClaimException::new(text).into(),
            SamlFault::NotGiven => denied(format!("Not authorized to perform {ACTION}")).into(),
        }
    }
}

impl Operation for AssumeRoleWithSAML {
    type Call = calls::AssumeRoleWithSAML;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AssumeRoleWithSAMLRequest,
    ) -> Result<Answered<AssumeRoleWithSAMLResponse>, AssumeRoleWithSAMLError> {
        passage.draft().set_parameters(&event::shown(input));
        let named = Named::parse(&input.role_arn)?;
        passage.draft().touch_resource("AWS::IAM::Role", named.account, &named.arn);
        let provider_arn: Arn = input.principal_arn.parse().map_err(|_| invalid("Request ARN is invalid"))?;
        let provider = provider(passage, &named, &provider_arn)?;
        let expected = Expected {
            metadata: &provider.record.metadata,
            provider: &provider_arn,
            role: &named.arn,
            now: passage.now(),
        };
        let identity = saml::verify(input.saml_assertion.expose(), &expected)?;
        passage.present(principal(&provider_arn));
        let tags = SessionTags::of_provider(identity.tags.clone(), identity.transitive.clone())?;
        let role = named.find(passage, ACTION).map_err(CommonError::from)?;
        let assumption = Assumption {
            action: ACTION,
            role: &role,
            session: &identity.session_name,
            tags: &tags,
            source_identity: identity.source_identity.as_deref(),
        };
        let doc = format!("{}/{}", named.account, provider.name());
        let allowed = assumption.authorize(passage, context(&identity, &doc)).map_err(CommonError::from)?;
        let seconds = seconds(&role, input.duration_seconds, &identity, passage.now())?;
        let passed = Passed { document: input.policy.as_ref(), arns: input.policy_arns.as_ref() };
        let policies = passed.read::<AssumeRoleWithSAMLError>(passage, role.account, &tags)?;
        let percent = policies.percent;
        let subject = session::subject(&role, &identity.session_name);
        let terms = Terms {
            policies,
            tags,
            source_identity: identity.source_identity.clone(),
            federated_provider: Some(provider_arn.to_string()),
            ..Terms::plain(subject, seconds)
        };
        let answer = AssumeRoleWithSAMLResponse {
            credentials: Some(session::issue(passage, terms)?),
            assumed_role_user: Some(session::assumed(&role, &identity.session_name)),
            packed_policy_size: percent,
            subject: Some(identity.subject.name),
            subject_type: Some(identity.subject.format),
            issuer: Some(identity.issuer),
            audience: Some(identity.recipient),
            name_qualifier: None,
            source_identity: identity.source_identity,
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        Ok(passage.answer(&allowed, answer))
    }
}

/// The provider of this ARN, in the role's account and still valid.
fn provider(
    passage: &Passage<'_>,
    role: &Named,
    arn: &Arn,
) -> Result<Arc<Entity<SamlProviderRecord>>, AssumeRoleWithSAMLError> {
    let name = arn.resource().strip_prefix("saml-provider/").unwrap_or_default();
    let providers = &passage.snapshot().directory.saml_providers;
    let found = providers.get(role.account, name).filter(|provider| provider.arn() == *arn).cloned();
    let missing = || InvalidIdentityTokenException::new("Specified provider doesn't exist");
    let provider = found.ok_or_else(missing)?;
    let over = |until: Timestamp| until.millis_since(passage.now()) <= 0;
    if provider.record.valid_until.is_some_and(over) {
        let text = "The metadata of the specified provider has expired";
        return Err(InvalidIdentityTokenException::new(text).into());
    }
    Ok(provider)
}

/// As long as the request asks for, but no longer than the identity provider's own session.
fn seconds(
    role: &Role,
    asked: Option<i32>,
    identity: &SamlIdentity,
    now: Timestamp,
) -> Result<u32, CommonError> {
    let seconds = session::seconds_of_role(role, asked, false)?;
    let left = identity.session_ends.map(|ends| ends.millis_since(now).max(0) / 1000);
    Ok(left.and_then(|left| u32::try_from(left).ok()).map_or(seconds, |left| left.min(seconds)))
}

/// Whom the response speaks for, before there are credentials.
fn principal(provider: &Arn) -> Principal {
    let unsigned = Identity::Unsigned { provider: Some(provider.to_string()) };
    let federated_provider = Some(provider.to_string());
    Principal { federated_provider, ..Principal::new(unsigned) }
}

fn context<'i>(identity: &'i SamlIdentity, doc: &'i str) -> Context<'i> {
    let mut context = Context::new();
    let keys = [
        ("saml:iss", identity.issuer.as_str()),
        ("saml:aud", identity.recipient.as_str()),
        ("saml:sub", identity.subject.name.as_str()),
        ("saml:sub_type", identity.subject.format.as_str()),
        ("saml:doc", doc),
    ];
    for (key, value) in keys {
        context.set(ConditionKey::parse(key), value);
    }
    context
}
