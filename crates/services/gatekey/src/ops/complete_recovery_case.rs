//! CompleteRecoveryCase: the case has its effect, once: the key gets the default policy, or the earlier version that was asked
//! for.
//!
//! In one transaction the case ends, the policy is put as a new version of its history, and the way back is noted on the key.
//! An earlier version comes back for whoever asked alone, and only if still nobody can change the policy and that one could.

use crate::{key::Asked, recovery, versions};
use gatekey_gate::{Answered, Named, On, Operation, Passage, refused};
use gatekey_keyring::{Key, PolicyRecord, default_policy};
use gatekey_model::{
    CommonError,
    gatekey::{
        CompleteRecoveryCaseError, CompleteRecoveryCaseRequest, CompleteRecoveryCaseResponse,
        InvalidQuestionException, RecoveryRefusedException, calls,
    },
};
use gatekey_policy::{Context, Kind, Policy};
use gatekey_recovery::{Case, CaseTable, Goal, Rung};
use gatekey_store::table::Edit;
use serde::Serialize;
use std::sync::Arc;

type Fault = CompleteRecoveryCaseError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    case_id: &'a str,
}

/// The handler.
pub(crate) struct CompleteRecoveryCase;

impl Operation for CompleteRecoveryCase {
    type Call = calls::CompleteRecoveryCase;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CompleteRecoveryCaseRequest,
    ) -> Result<Answered<CompleteRecoveryCaseResponse>, Fault> {
        let id = &*input.case_id;
        passage.draft().set_parameters(&Parameters { case_id: id });
        let found = recovery::find(passage, id);
        let name = found.as_ref().map(|found| found.kept.record.key.clone()).unwrap_or_default();
        let asked = Asked::find(passage, &name);
        // A refusal names the case as the request does: not its key, of which it would tell.
        let on = On { named: Some(Named { noun: "recovery case", name: id }), ..asked.on() };
        let allowed = passage
            .authorize_other("gatekey:CompleteRecoveryCase", on, Context::new())
            .map_err(CommonError::from)?;
        let recovery::Found { account, kept } = found?;
        let key = asked.key::<Fault>()?;
        passage.draft().touch(&key);
        let mut case = kept.record.clone();
        case.fulfil(passage.now(), passage.gate().reading()).map_err(recovery::refused)?;
        let (record, policy) = restored(passage, &key, &case).await?;
        let rung = match case.goal {
            Goal::DefaultPolicy => Rung::Ceremony,
            Goal::EarlierPolicy { .. } => Rung::Rollback,
        };
        let why = format!("{}: {}, case {id}: {}", rung.as_str(), rung.in_words(), case.reason);
        let told = passage.policy_told(&key, &policy, why);
        let edits = passage.with_policy(&key, record, told).await;
        let mut edits = edits.map_err(|unread| versions::internal(&unread))?;
        edits.push(key.kept());
        edits.push(passage.way_back(&key, rung, Some(id.to_owned())));
        edits.push(Edit::update::<CaseTable>(&(account, id.to_owned()), kept.revision, &case));
        let answer =
            CompleteRecoveryCaseResponse { case: Some(recovery::shown(passage, account, id, &case)) };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

/// The policy that the key gets.
async fn restored(
    passage: &mut Passage<'_>,
    key: &Key,
    case: &Case,
) -> Result<(PolicyRecord, Arc<Policy>), Fault> {
    match case.goal {
        Goal::DefaultPolicy => by_default(passage, key),
        Goal::EarlierPolicy { version } => earlier(passage, key, case, version).await,
    }
}

fn by_default(passage: &mut Passage<'_>, key: &Key) -> Result<(PolicyRecord, Arc<Policy>), Fault> {
    let text = default_policy(key.arn.account, &key.arn.region);
    let policy = passage.read_policy(&text, Kind::Key);
    let policy = policy.map_err(|error| versions::internal(&error))?;
    Ok((passage.policy_record(&policy), Arc::new(policy)))
}

async fn earlier(
    passage: &Passage<'_>,
    key: &Key,
    case: &Case,
    number: u32,
) -> Result<(PolicyRecord, Arc<Policy>), Fault> {
    if recovery::participant(passage)? != case.requester {
        let text = format!("Only {} completes this case.", case.requester);
        return Err(RecoveryRefusedException::new(text).into());
    }
    if !passage.study(|| recovery::is_lost(passage, key)).await {
        let text =
            "It is no longer proved that nobody can change this key's policy: see PlanRecovery for who can.";
        return Err(RecoveryRefusedException::new(text).into());
    }
    if let Some(why) = recovery::obstacle(passage, key, number).await? {
        return Err(InvalidQuestionException::new(why).into());
    }
    let version = versions::find(passage, key, number).await?;
    let version = version.ok_or_else(|| versions::internal(&format_args!("version {number} is missing")))?;
    let policy = versions::policy(&version);
    Ok((passage.policy_record_again(version.policy), policy))
}
