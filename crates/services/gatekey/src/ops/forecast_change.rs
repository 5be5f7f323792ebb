//! ForecastChange: who keeps and who loses the right to change the policies of keys, before a change is made: of a key's policy, of
//! users, groups, roles and what they may do, or of what an organization lets its accounts do.

use crate::{
    key::Asked,
    policy, principal, standing,
    supposed::{self, WHAT, missing, wrong},
    world,
};
use gatekey_analysis::{
    change::Change,
    lockout::{self, Forecast, forecast, forecast_policy},
    world::{Key, World},
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{
        Admin, ForecastChangeError, ForecastChangeRequest, ForecastChangeResponse, SupposedChange,
        SupposedKey, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::{Arn, Partition, PrincipalArn};
use serde::Serialize;

/// Most keys that are looked at.
const MOST: usize = 10_000;
/// More keys than this make of users and roles are not looked at: as many as are looked at in a few seconds.
const MOST_PAIRS: usize = 20_000_000;

type Fault = ForecastChangeError;

/// CloudTrail's parameters, without the documents.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
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
        let change = supposed::of(input).unwrap_or_default();
        passage.draft().set_parameters(&parameters(&change));
        let key = change.put_key_policy.as_ref().map(|put| put.key_id.as_str());
        let asked = key.map(|text| Asked::find(passage, text));
        let on = asked.as_ref().map_or_else(On::default, Asked::on);
        let allowed = passage
            .authorize_other("gatekey:ForecastChange", on, Context::new())
            .map_err(CommonError::from)?;
        let mut told = Told { forecasts: Vec::new(), complete: true, creator: None };
        match (asked, &change) {
            (Some(asked), SupposedChange { put_key_policy: Some(put), .. }) => {
                told.forecasts.push(of_policy(passage, asked, &put.policy).await?);
            }
            (_, SupposedChange { create_key: Some(supposed), .. }) => {
                told = of_creation(passage, supposed).await?;
            }
            (None, none) if *none == SupposedChange::default() => return Err(wrong(WHAT)),
            _ => {
                let change = supposed::read(passage, &change)?;
                told = passage.study(|| of_change(passage, &change)).await?;
            }
        }
        Ok(passage.answer(&allowed, told.shown()))
    }
}

fn parameters(change: &SupposedChange) -> Parameters<'_> {
    let said = |change, of, policy| Parameters { change, of, policy };
    match change {
        SupposedChange { put_key_policy: Some(put), .. } => said("PutKeyPolicy", Some(&*put.key_id), None),
        SupposedChange { create_key: Some(made), .. } => said("CreateKey", made.r#as.as_deref(), None),
        SupposedChange { delete_principal: Some(who), .. } => said("DeletePrincipal", Some(who), None),
        SupposedChange { attach_policy: Some(one), .. } => {
            said("AttachPolicy", Some(&*one.target), Some(&*one.policy))
        }
        SupposedChange { detach_policy: Some(one), .. } => {
            said("DetachPolicy", Some(&*one.target), Some(&*one.policy))
        }
        SupposedChange { change_policy: Some(one), .. } => said("ChangePolicy", None, Some(&*one.policy)),
        SupposedChange { change_inline_policy: Some(one), .. } => {
            said("ChangeInlinePolicy", Some(&*one.holder), Some(&*one.policy_name))
        }
        SupposedChange { change_boundary: Some(one), .. } => {
            said("ChangeBoundary", Some(&*one.principal), one.policy.as_deref())
        }
        _ => said("none", None, None),
    }
}

/// What there is to tell.
struct Told {
    forecasts: Vec<Forecast>,
    complete: bool,
    creator: Option<Admin>,
}

impl Told {
    fn shown(&self) -> ForecastChangeResponse {
        let known = self.forecasts.iter().filter(|one| one.key.account().is_some());
        ForecastChangeResponse {
            forecasts: Some(known.map(standing::forecast).collect()),
            complete: Some(self.complete),
            creator: self.creator.clone(),
        }
    }
}

async fn of_policy(passage: &mut Passage<'_>, asked: Asked<'_>, text: &str) -> Result<Forecast, Fault> {
    let key = asked.key::<Fault>()?;
    let present = world::key(passage.snapshot(), &key);
    let new = present.under(policy::read::<Fault>(passage, "Policy", text)?);
    Ok(passage.study(|| forecast_policy(&world::accounts(passage), Some(&present), &new)).await)
}

/// Of a key that somebody makes under this policy: how it will stand, and whether whoever makes it can change it again.
async fn of_creation(passage: &mut Passage<'_>, supposed: &SupposedKey) -> Result<Told, Fault> {
    let creator = creator(passage, supposed.r#as.as_deref())?;
    let policy = policy::read::<Fault>(passage, "Policy", &supposed.policy)?;
    let (account, region) = (passage.account(), passage.region().to_string());
    let new = Key::new(Arn::of_parts(Partition::Aws, "kms", &region, account, &"key/new"), policy);
    let study = || {
        let world = world::accounts(passage);
        let told = forecast_policy(&world, None, &new);
        let creator = creator.as_ref().and_then(|arn| lockout::admin(&world, &new, &world.caller(arn)?));
        Told { forecasts: vec![told], complete: true, creator: creator.as_ref().map(standing::admin) }
    };
    Ok(passage.study(study).await)
}

/// Who makes the key: the caller, or somebody else of the account.
fn creator(passage: &Passage<'_>, text: Option<&str>) -> Result<Option<PrincipalArn>, Fault> {
    match text {
        None => Ok(passage.caller().principal.arn().cloned()),
        Some(text) => principal::named::<Fault>(passage, text).map(|_| text.parse().ok()),
    }
}

/// What becomes of the keys for which anything changes.
fn of_change(passage: &Passage<'_>, change: &Change) -> Result<Told, Fault> {
    let before = world::with_keys_of(passage, &supposed::accounts(passage, change));
    let after = before.after(change).map_err(|not_there| missing(not_there.to_string()))?;
    let keys: Vec<&Arn> =
        before.keys.values().filter(|key| !key.is_aws_managed).map(|key| &key.arn).collect();
    let most = most_keys(&before);
    let complete = keys.len() <= most;
    let all = forecast(&before, &after, keys.into_iter().take(most));
    let forecasts = all.into_iter().filter(|one| !one.is_nothing()).collect();
    Ok(Told { forecasts, complete, creator: None })
}

fn most_keys(world: &World) -> usize {
    let entities = world.accounts.values().map(|account| account.entities.len()).sum::<usize>();
    MOST_PAIRS.checked_div(entities).unwrap_or(MOST).clamp(1, MOST)
}
