//! AssumeRoot: a quarter of an hour as the root user of a member account, for one task.
//!
//! AWS: only for principals of the organization's management account or of the account that administers IAM for it, not
//! for their root users; central root access must be on; the session may do what its task policy allows and no more.

use crate::{
    event,
    fault::{denied, invalid},
    session::{self, Terms},
};
use gatekey_directory::Subject;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{AssumeRootError, AssumeRootRequest, AssumeRootResponse, calls},
};
use gatekey_policy::{ConditionKey, Context, KeyName};
use gatekey_types::{AccountId, Arn, Partition, PrincipalArn};

/// The handler.
pub(crate) struct AssumeRoot;

const ACTION: &str = "sts:AssumeRoot";
/// Longest session, and the usual one.
const LONGEST: u32 = 900;

impl Operation for AssumeRoot {
    type Call = calls::AssumeRoot;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AssumeRootRequest,
    ) -> Result<Answered<AssumeRootResponse>, AssumeRootError> {
        passage.draft().set_parameters(&event::shown(input));
        let member = target(&input.target_principal)?;
        let task = task(passage, input.task_policy_arn.arn.as_deref().unwrap_or_default())?;
        let root = PrincipalArn::root(Partition::Aws, member);
        passage.draft().touch_resource("AWS::IAM::Root", member, root.arn());
        let target_account = member.to_string();
        let mut context = Context::new();
        context.set(ConditionKey::parse("sts:TaskPolicyArn"), task.as_str());
        context.set(KeyName::AwsResourceAccount, target_account.as_str());
        // The right is the caller's own: the member account has no say, so the caller's account counts as the owner.
        let on = On { owner: Some(passage.account()), ..On::resource(root.arn()) };
        let allowed = passage.authorize_other(ACTION, on, context).map_err(CommonError::from)?;
        let caller = passage.caller().arn().cloned();
        let by = caller.filter(|_| may_act_for(passage, member)).ok_or_else(|| {
            let who = passage.caller().principal.display_name();
            denied(format!("User: {who} is not authorized to perform: {ACTION} on resource: {root}"))
        })?;
        let asked = input.duration_seconds.and_then(|asked| u32::try_from(asked).ok());
        let seconds = asked.filter(|seconds| *seconds > 0).unwrap_or(LONGEST);
        let source = session::of_caller(passage).and_then(|session| session.claims.source_identity.clone());
        let subject = Subject::AssumedRoot { account: member, task, by };
        let terms = Terms { source_identity: source.clone(), ..Terms::plain(subject, seconds) };
        let answer = AssumeRootResponse {
            credentials: Some(session::issue(passage, terms)?),
            source_identity: source,
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        Ok(passage.answer(&allowed, answer))
    }
}

/// The member account: by number, or by its root user's ARN.
fn target(text: &str) -> Result<AccountId, CommonError> {
    let by_arn = || match text.parse() {
        Ok(PrincipalArn::Root(_, account)) => Some(account),
        _ => None,
    };
    text.parse().ok().or_else(by_arn).ok_or_else(|| invalid("Invalid target principal"))
}

/// One of the task policies.
fn task(passage: &Passage<'_>, text: &str) -> Result<Arn, CommonError> {
    let known = passage.snapshot().directory.aws_managed.root_task(text).map(|policy| policy.arn.clone());
    known.ok_or_else(|| invalid(format!("{text} is not a task policy that AssumeRoot takes.")))
}

/// Whether the caller may act for the root user of the member account: a root user may not.
fn may_act_for(passage: &Passage<'_>, member: AccountId) -> bool {
    passage.snapshot().directory.administers_root_of(passage.account(), member)
        && !passage.caller().principal.is_root()
}
