//! ExplainDecision: why a request was answered as it was.
//!
//! The decision is made again on the state that it was made on, whatever has changed since. Whoever asked for something may ask
//! why, and sees the layers, its own policies, and the key's policy if it may read that; `gatekey:ExplainDecision` shows every
//! decision of the account and all of its policies. Of what belongs to another account nothing is shown to anybody.

use crate::{shown, view};
use gatekey_gate::{Allowed, Answered, Denied, Explained, On, Operation, Passage, Recalled};
use gatekey_model::{
    CommonError, EpochSeconds,
    gatekey::{
        Decision, DecisionNotFoundException, ExplainDecisionError, ExplainDecisionRequest,
        ExplainDecisionResponse, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::RequestId;
use serde::Serialize;

/// What all see who may ask about everybody's decisions.
const ALL: &str = "gatekey:ExplainDecision";

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    decision_id: &'a str,
}

/// The handler.
pub(crate) struct ExplainDecision;

impl Operation for ExplainDecision {
    type Call = calls::ExplainDecision;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ExplainDecisionRequest,
    ) -> Result<Answered<ExplainDecisionResponse>, ExplainDecisionError> {
        passage.draft().set_parameters(&Parameters { decision_id: &input.decision_id });
        let recalled = input.decision_id.parse().ok().and_then(|id| recall(passage, id));
        let own = recalled.as_ref().is_some_and(|kept| view::is_same(kept.caller(), passage.caller()));
        let (allowed, sees_all) = authorize(passage, own).map_err(CommonError::from)?;
        let recalled = recalled.ok_or_else(|| not_found(&input.decision_id))?;
        let decisions = decisions(passage, &recalled, sees_all);
        let answer = ExplainDecisionResponse {
            decision_id: Some(recalled.id().to_string()),
            event_time: Some(EpochSeconds::from_millis(recalled.time().millis())),
            event_source: Some(recalled.source().into_owned()),
            event_name: Some(recalled.operation().name.to_owned()),
            decisions: Some(decisions),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// A request of the reader's own account.
fn recall(passage: &Passage<'_>, id: RequestId) -> Option<Recalled> {
    passage.recall(id).filter(|recalled| recalled.account() == passage.account())
}

/// The right to read, and whether it is the right to read all. Who has neither learns nothing of what there is.
fn authorize(passage: &mut Passage<'_>, own: bool) -> Result<(Allowed, bool), Denied> {
    if own && !passage.may(ALL, On::default()) {
        return Ok((passage.authorize_anyone("gatekey:ExplainOwnDecision")?, false));
    }
    Ok((passage.authorize_other(ALL, On::default(), Context::new())?, true))
}

/// The decisions of the request, and of those that a service made of KMS because of it.
fn decisions(passage: &Passage<'_>, recalled: &Recalled, sees_all: bool) -> Vec<Decision> {
    let kin: Vec<Recalled> = recalled.kin().iter().filter_map(|id| recall(passage, *id)).collect();
    let shown = |request: &Recalled| {
        let principal = &request.caller().principal;
        let show = |explained: Explained| {
            let view = match sees_all {
                true => view::View::whole(passage, &explained),
                false => view::View::own(passage, &explained),
            };
            let key = explained.key.clone();
            shown::decision(passage, &explained, (principal, key.as_deref()), view)
        };
        request.explained(passage.gate()).into_iter().map(show).collect::<Vec<_>>()
    };
    core::iter::once(recalled).chain(&kin).flat_map(shown).collect()
}

fn not_found(id: &str) -> ExplainDecisionError {
    let text = format!(
        "No decision is kept for '{id}'. The latest are kept in memory, for a day at most, and denials longer than what was \
         allowed: this one may have made room for others, or from before the server was started, or its request was refused \
         before anything was decided. What would be decided now, SimulateDecision tells."
    );
    DecisionNotFoundException::new(text).into()
}
