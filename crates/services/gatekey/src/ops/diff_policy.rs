//! DiffPolicy: every permission that a new policy of a key gives or takes, each with a request that shows it.

use crate::{key::Asked, policy, standing, world};
use gatekey_analysis::{
    difference::{Change, Effect, Untold, difference},
    who_can::Who,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{DiffPolicyError, DiffPolicyRequest, DiffPolicyResponse, EffectOfChange, PolicyChange, calls},
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct DiffPolicy;

impl Operation for DiffPolicy {
    type Call = calls::DiffPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DiffPolicyRequest,
    ) -> Result<Answered<DiffPolicyResponse>, DiffPolicyError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:DiffPolicy", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<DiffPolicyError>()?;
        let present = world::key(passage.snapshot(), &key);
        let new = present.under(policy::read::<DiffPolicyError>(passage, "NewPolicy", &input.new_policy)?);
        let old = match &input.old_policy {
            Some(text) => present.under(policy::read::<DiffPolicyError>(passage, "OldPolicy", text)?),
            None => present,
        };
        let question = || difference(&world::accounts(passage), &old, &new, Some(passage.now()));
        let found = passage.study(question).await;
        let answer = DiffPolicyResponse {
            key_arn: Some(key.name.to_string()),
            changes: Some(found.changes.iter().map(change).collect()),
            untold: Some(found.untold.iter().map(untold).collect()),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// A permission that is gained or lost.
pub(super) fn change(change: &Change) -> PolicyChange {
    PolicyChange {
        effect: effect(change.effect),
        action: format!("kms:{}", change.action.name()),
        principals: names(&change.who),
        witness: Some(standing::witness(&change.witness)),
        why: None,
    }
}

/// One of which it cannot be told.
pub(super) fn untold(untold: &Untold) -> PolicyChange {
    PolicyChange {
        effect: effect(untold.effect),
        action: format!("kms:{}", untold.action.name()),
        principals: names(&untold.who),
        witness: None,
        why: Some(untold.why.clone()),
    }
}

fn effect(effect: Effect) -> EffectOfChange {
    match effect {
        Effect::Gained => EffectOfChange::Gained,
        Effect::Lost => EffectOfChange::Lost,
    }
}

fn names(all: &[Who]) -> Vec<String> {
    all.iter().map(|who| who.name.to_string()).collect()
}
