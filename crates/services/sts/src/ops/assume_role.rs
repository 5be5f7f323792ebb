//! AssumeRole: a session of a role, for whom its trust policy names.
//!
//! AWS: the root user may not; a role that does not exist is not told from one that does not trust the caller; a chain of
//! roles lasts an hour at most, and hands on transitive tags and the source identity; the session itself knows of no second
//! factor.

use crate::{
    assumption::Assumption,
    event,
    fault::denied,
    mfa,
    policy::Passed,
    role::{self, Named},
    session::{self, Terms},
    tag::SessionTags,
};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    sts::{AssumeRoleError, AssumeRoleRequest, AssumeRoleResponse, calls},
};
use gatekey_policy::{ConditionKey, Context, KeyName};

/// The handler.
pub(crate) struct AssumeRole;

const ACTION: &str = "sts:AssumeRole";

impl Operation for AssumeRole {
    type Call = calls::AssumeRole;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AssumeRoleRequest,
    ) -> Result<Answered<AssumeRoleResponse>, AssumeRoleError> {
        passage.draft().set_parameters(&event::shown(input));
        let named = Named::parse(&input.role_arn)?;
        let second = mfa::given(passage, input.serial_number.as_ref(), input.token_code.as_ref())?;
        let tags = SessionTags::of_request(passage, input.tags.as_ref(), input.transitive_tag_keys.as_ref())?;
        let source = source_identity(passage, input)?;
        if passage.caller().principal.is_root() {
            return Err(denied("Roles may not be assumed by root accounts.").into());
        }
        if !role::may_assume(passage) {
            let refusal = passage.refuse_assumption(ACTION, &named.arn, named.account);
            return Err(CommonError::from(refusal).into());
        }
        let role = named.find(passage, ACTION).map_err(CommonError::from)?;
        let mut context = Context::new();
        if let Some(id) = &input.external_id {
            context.set(ConditionKey::parse("sts:ExternalId"), id.as_str());
        }
        if second.at.is_some() {
            context.set(KeyName::AwsMultiFactorAuthPresent, true).set(KeyName::AwsMultiFactorAuthAge, 0_i64);
        }
        let assumption = Assumption {
            action: ACTION,
            role: &role,
            session: &input.role_session_name,
            tags: &tags,
            source_identity: source.as_deref(),
        };
        let allowed = assumption.authorize(passage, context).map_err(CommonError::from)?;
        let chained = session::is_chained(passage);
        let seconds = session::seconds_of_role(&role, input.duration_seconds, chained)?;
        let passed = Passed { document: input.policy.as_ref(), arns: input.policy_arns.as_ref() };
        let policies = passed.read::<AssumeRoleError>(passage, role.account, &tags)?;
        let percent = policies.percent;
        let subject = session::subject(&role, &input.role_session_name);
        let terms = Terms {
            policies,
            tags,
            source_identity: source.clone(),
            chained,
            ..Terms::plain(subject, seconds)
        };
        let answer = AssumeRoleResponse {
            credentials: Some(session::issue(passage, terms)?),
            assumed_role_user: Some(session::assumed(&role, &input.role_session_name)),
            packed_policy_size: percent,
            source_identity: source,
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        passage.commit(&allowed, second.edits, answer).await.map_err(refused)
    }
}

/// The source identity: once one is set, it goes along the chain, and nobody sets another.
fn source_identity(passage: &Passage<'_>, input: &AssumeRoleRequest) -> Result<Option<String>, CommonError> {
    let before = session::of_caller(passage).and_then(|session| session.claims.source_identity.clone());
    match (before, input.source_identity.clone()) {
        (Some(before), Some(asked)) if before != asked => Err(denied(format!(
            "User: {} is not authorized to perform: sts:SetSourceIdentity on resource: {}",
            passage.caller().principal.display_name(),
            input.role_arn
        ))),
        (before, asked) => Ok(before.or(asked)),
    }
}
