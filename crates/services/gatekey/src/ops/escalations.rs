//! Escalations: everyone who cannot do something with a key, but could give themselves the right, each with a shortest path.

use crate::{
    key::Asked,
    page::{Page, Wanted, Whole},
    world,
};
use gatekey_analysis::escalation::{Escalation as Found, Purpose, escalations};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{
        Escalation, EscalationsError, EscalationsRequest, EscalationsResponse, InvalidQuestionException,
        Step, calls,
    },
};
use gatekey_policy::{Action, Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    action: &'a str,
    key_id: &'a str,
}

/// The handler.
pub(crate) struct Escalations;

impl Operation for Escalations {
    type Call = calls::Escalations;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EscalationsRequest,
    ) -> Result<Answered<EscalationsResponse>, EscalationsError> {
        passage.draft().set_parameters(&Parameters { action: &input.action, key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:Escalations", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<EscalationsError>()?;
        let wrong = |text: String| EscalationsError::from(InvalidQuestionException::new(text));
        let action = input.action.parse::<Action>().ok().and_then(|action| action.kms());
        let action = action
            .ok_or_else(|| wrong(format!("'{}' is not the name of an action of KMS.", input.action)))?;
        let wanted = Wanted { limit: input.limit, marker: input.marker.as_deref() };
        let question = format!("{} {}", action.name(), key.name);
        let weight = |found: &Escalation| 1 + found.path.len();
        let study = || all(passage, &key, action).map_err(wrong);
        let (page, is_complete) = Page::of_study(passage, &question, wanted, weight, study).await?;
        let answer = EscalationsResponse {
            key_arn: Some(key.name.to_string()),
            escalations: Some(page.items),
            complete: Some(is_complete),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn all(passage: &Passage<'_>, key: &Key, action: KmsAction) -> Result<Whole<Escalation, bool>, String> {
    let mut known = world::accounts(passage);
    let shown = world::key(passage.snapshot(), key);
    known.keys.insert(shown.arn.clone(), shown.clone());
    let found = escalations(&known, &shown, action).map_err(|fault| format!("{fault}."))?;
    Ok(Whole { items: found.escalations.iter().map(escalation).collect(), besides: found.is_complete })
}

fn escalation(found: &Found) -> Escalation {
    let step = |step: &gatekey_analysis::escalation::Step| Step {
        by: step.by.clone(),
        action: step.action.clone(),
        on: step.on.clone(),
        to: in_words(step.to).to_owned(),
        condition: Some(step.condition.clone()).filter(|condition| !condition.is_empty()),
    };
    Escalation {
        principal: found.who.name.to_string(),
        kind: format!("{:?}", found.who.kind),
        holder: found.holder.clone(),
        path: found.path.iter().map(step).collect(),
    }
}

fn in_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::KeyPolicy => "let oneself by the key's policy",
        Purpose::Grant => "give oneself a grant",
        Purpose::Tag => "change a tag that a policy looks at",
        Purpose::Alias => "change an alias that a policy looks at",
        Purpose::IdentityPolicy => "give oneself an identity policy",
        Purpose::Boundary => "be rid of a permissions boundary",
        Purpose::ActAs => "act as another principal",
        Purpose::Trust => "let oneself be trusted by a role",
        Purpose::Service => "have a service act as a role",
    }
}
