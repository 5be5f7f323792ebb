//! ForecastChange: who keeps and who loses the right to change the policies of keys, before a change is made: another policy of a
//! key, a user or role that is deleted, or a policy that is detached from one.

use crate::{key::Asked, policy, principal, standing, world};
use gatekey_analysis::{
    lockout::{Forecast, forecast, forecast_policy},
    world::World,
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{
        ForecastChangeError, ForecastChangeRequest, ForecastChangeResponse, InvalidQuestionException,
        NotFoundException, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::{Arn, PrincipalArn};
use serde::Serialize;

/// Most keys that are looked at.
const MOST: usize = 10_000;

type Fault = ForecastChangeError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_principal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detach_policy_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detach_from: Option<&'a str>,
}

/// The handler.
pub(crate) struct ForecastChange;

impl Operation for ForecastChange {
    type Call = calls::ForecastChange;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ForecastChangeRequest,
    ) -> Result<Answered<ForecastChangeResponse>, Fault> {
        let (key_id, delete) = (input.key_id.as_deref(), input.delete_principal.as_deref());
        let (detach, from) = (input.detach_policy_arn.as_deref(), input.detach_from.as_deref());
        passage.draft().set_parameters(&Parameters {
            key_id,
            delete_principal: delete,
            detach_policy_arn: detach,
            detach_from: from,
        });
        let asked = key_id.map(|text| Asked::find(passage, text));
        let on = asked.as_ref().map_or_else(On::default, Asked::on);
        let allowed = passage
            .authorize_other("gatekey:ForecastChange", on, Context::new())
            .map_err(CommonError::from)?;
        let (forecasts, complete) = match (asked, &input.policy, delete, detach, from) {
            (Some(asked), Some(text), None, None, None) => {
                (vec![of_policy(passage, asked, text).await?], true)
            }
            (None, None, Some(principal), None, None) => {
                passage.study(|| of_deletion(passage, principal)).await?
            }
            (None, None, None, Some(policy), Some(from)) => {
                passage.study(|| of_detachment(passage, policy, from)).await?
            }
            _ => return Err(wrong(WHAT)),
        };
        let shown = forecasts.iter().filter(|one| one.key.account().is_some()).map(standing::forecast);
        let answer = ForecastChangeResponse { forecasts: Some(shown.collect()), complete: Some(complete) };
        Ok(passage.answer(&allowed, answer))
    }
}

/// What a question may be about.
const WHAT: &str = "Say one change: KeyId and Policy, or DeletePrincipal, or DetachPolicyArn and DetachFrom.";

async fn of_policy(passage: &mut Passage<'_>, asked: Asked<'_>, text: &str) -> Result<Forecast, Fault> {
    let key = asked.key::<Fault>()?;
    let present = world::key(passage.snapshot(), &key);
    let new = present.under(policy::read::<Fault>(passage, "Policy", text)?);
    Ok(passage.study(|| forecast_policy(&world::accounts(passage), Some(&present), &new)).await)
}

fn of_deletion(passage: &Passage<'_>, text: &str) -> Result<(Vec<Forecast>, bool), Fault> {
    let arn = user_or_role(passage, text)?;
    let before = world::with_keys(passage);
    let mut after = before.clone();
    for account in after.accounts.values_mut() {
        account.entities.retain(|entity| entity.arn != arn);
    }
    Ok(of_all(&before, &after))
}

fn of_detachment(passage: &Passage<'_>, policy: &str, from: &str) -> Result<(Vec<Forecast>, bool), Fault> {
    let arn = user_or_role(passage, from)?;
    let before = world::with_keys(passage);
    let mut after = before.clone();
    let mut detached = false;
    let entities = after.accounts.values_mut().flat_map(|account| &mut account.entities);
    for entity in entities.filter(|entity| entity.arn == arn) {
        let kept: Vec<_> =
            entity.identity.iter().filter(|one| !(one.managed && &*one.name == policy)).cloned().collect();
        detached = kept.len() < entity.identity.len();
        entity.identity = kept.into();
    }
    match detached {
        true => Ok(of_all(&before, &after)),
        false => Err(NotFoundException::new(format!("'{policy}' is not attached to '{from}'.")).into()),
    }
}

/// The user or role of this ARN; a root user cannot be deleted, and a session is none to delete.
fn user_or_role(passage: &Passage<'_>, text: &str) -> Result<PrincipalArn, Fault> {
    principal::named::<Fault>(passage, text)?;
    match text.parse() {
        Ok(arn @ (PrincipalArn::User(..) | PrincipalArn::Role(..))) => Ok(arn),
        _ => Err(wrong(&format!("'{text}' is not the ARN of a user or a role."))),
    }
}

/// What becomes of the keys for which anything changes.
fn of_all(before: &World, after: &World) -> (Vec<Forecast>, bool) {
    let keys: Vec<&Arn> =
        before.keys.values().filter(|key| !key.is_aws_managed).map(|key| &key.arn).collect();
    let complete = keys.len() <= MOST;
    let all = forecast(before, after, keys.into_iter().take(MOST));
    (all.into_iter().filter(|one| !one.is_nothing()).collect(), complete)
}

fn wrong(text: &str) -> Fault {
    InvalidQuestionException::new(text).into()
}
