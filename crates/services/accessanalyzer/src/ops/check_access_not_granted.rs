//! CheckAccessNotGranted: whether a policy grants none of the actions that are listed, on none of the resources.
//!
//! The policy alone is looked at, with everything open that a request may carry: what it may grant to anybody counts as granted.
//! A Deny counts only if it applies to every such request.

use crate::document::{self, invalid};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::accessanalyzer::{
    AccessDeniedException, CheckAccessNotGrantedError, CheckAccessNotGrantedRequest,
    CheckAccessNotGrantedResponse, CheckAccessNotGrantedResult, ReasonSummary, calls,
};
use gatekey_policy::{Action, Context, Effect, KmsAction, Policy, Statement};

type Fault = CheckAccessNotGrantedError;

/// The handler.
pub(crate) struct CheckAccessNotGranted;

impl Operation for CheckAccessNotGranted {
    type Call = calls::CheckAccessNotGranted;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CheckAccessNotGrantedRequest,
    ) -> Result<Answered<CheckAccessNotGrantedResponse>, Fault> {
        let allowed = passage
            .authorize_other("access-analyzer:CheckAccessNotGranted", On::default(), Context::new())
            .map_err(|denied| AccessDeniedException::new(denied.message))?;
        let policy = document::read::<Fault>(input.policy_document.expose(), &input.policy_type)?;
        let mut reasons = Vec::new();
        for access in &input.access {
            let resources = access.resources.as_deref().unwrap_or_default();
            let actions = actions(access.actions.as_deref().unwrap_or_default(), resources)?;
            reasons.extend(granted(&policy, &actions, resources));
        }
        let (result, message) = match reasons.is_empty() {
            true => (
                CheckAccessNotGrantedResult::Pass,
                "The policy document does not grant access to perform the listed actions or resources.",
            ),
            false => (
                CheckAccessNotGrantedResult::Fail,
                "The policy document grants access to perform one or more of the listed actions or resources.",
            ),
        };
        let answer = CheckAccessNotGrantedResponse {
            result: Some(result),
            message: Some(message.to_owned()),
            reasons: Some(reasons),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The actions that are listed; none is all of KMS.
fn actions(listed: &[String], resources: &[String]) -> Result<Vec<Action>, Fault> {
    if listed.is_empty() && resources.is_empty() {
        return Err(invalid("Access must list actions or resources."));
    }
    if listed.is_empty() || listed.iter().any(|text| text.eq_ignore_ascii_case("kms:*")) {
        return Ok(KmsAction::all().map(|facts| facts.action.into()).collect());
    }
    let read = |text: &String| {
        text.parse::<Action>().map_err(|_| invalid::<Fault>(format!("{text} is not the name of an action.")))
    };
    listed.iter().map(read).collect()
}

/// The statements by which something of it is granted.
fn granted(policy: &Policy, actions: &[Action], resources: &[String]) -> Vec<ReasonSummary> {
    let denied = |action: &Action| policy.statements().iter().any(|one| always_denies(one, action));
    let open: Vec<&Action> = actions.iter().filter(|action| !denied(action)).collect();
    let numbered = policy.statements().iter().enumerate();
    let allows = |(_, statement): &(usize, &Statement)| {
        statement.effect == Effect::Allow
            && open.iter().any(|action| is_about(statement, action))
            && may_cover(statement, resources)
    };
    let reason = |(index, statement): (usize, &Statement)| ReasonSummary {
        description: Some(
            "One or more of the listed actions or resources are granted by this statement.".to_owned(),
        ),
        statement_index: i32::try_from(index).ok(),
        statement_id: statement.sid.as_ref().map(|sid| sid.text.to_string()),
    };
    numbered.filter(allows).map(reason).collect()
}

/// Whether a Deny applies to everybody, whatever the request carries, on every resource.
fn always_denies(statement: &Statement, action: &Action) -> bool {
    statement.effect == Effect::Deny
        && statement.conditions.is_empty()
        && is_about(statement, action)
        && statement.means_everybody()
        && statement.covers_everything()
}

fn is_about(statement: &Statement, action: &Action) -> bool {
    statement.action.as_ref().is_some_and(|block| block.contains(action))
}

/// Whether the statement may be about one of the resources; without any it may be about something.
fn may_cover(statement: &Statement, resources: &[String]) -> bool {
    resources.is_empty() || resources.iter().any(|resource| statement.may_cover(resource))
}
