//! Recoveries, as the API has them: who holds shares, which cases there are, and what a case is to bring.

use crate::{versions, world};
use gatekey_analysis::{escalation::escalations, lockout::standing};
use gatekey_gate::Passage;
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError, EpochSeconds,
    gatekey::{
        NotFoundException, RecoveryApproval, RecoveryCase, RecoveryGoal, RecoveryRefusedException,
        RecoveryStage,
    },
};
use gatekey_policy::KmsAction;
use gatekey_recovery::{Case, Custody, Goal, Kept, Participant, Refusal, Stage};
use gatekey_types::{AccountId, Timestamp};
use std::{sync::Arc, time::Duration};

/// A case, and where it is kept.
pub(crate) struct Found {
    pub(crate) account: AccountId,
    pub(crate) kept: Arc<Kept<Case>>,
}

/// The case of this id that the caller may know of: one of the caller's account, or of one whose shares the caller holds.
///
/// # Errors
/// NotFound, whether it is another's or nobody's.
pub(crate) fn find(passage: &Passage<'_>, id: &str) -> Result<Found, NotFoundException> {
    let accounts = known_accounts(passage);
    let recoveries = &passage.snapshot().recoveries;
    let found = accounts.into_iter().find_map(|account| {
        let kept = recoveries.case(account, id)?;
        Some(Found { account, kept: Arc::clone(kept) })
    });
    found.ok_or_else(|| NotFoundException::new(format!("There is no recovery case '{id}'.")))
}

/// The caller's account, and those whose shares the caller holds.
pub(crate) fn known_accounts(passage: &Passage<'_>) -> Vec<AccountId> {
    let (own, snapshot, party) = (passage.account(), passage.snapshot(), passage.participant());
    let holds = |account: &AccountId| {
        let custody = snapshot.recoveries.custody(*account);
        *account != own && party.as_ref().is_some_and(|p| custody.is_some_and(|c| c.record.is_custodian(p)))
    };
    core::iter::once(own)
        .chain(snapshot.directory.accounts().map(|(account, _)| account).filter(holds))
        .collect()
}

/// The caller, who must be a user, a role or a root user.
///
/// # Errors
/// RecoveryRefused.
pub(crate) fn participant(passage: &Passage<'_>) -> Result<Participant, RecoveryRefusedException> {
    let text = "Only users, roles and root users take part in a recovery.";
    passage.participant().ok_or_else(|| RecoveryRefusedException::new(text))
}

/// The account's deal.
///
/// # Errors
/// RecoveryRefused: there is none.
pub(crate) fn custody(
    passage: &Passage<'_>,
    account: AccountId,
) -> Result<Arc<Kept<Custody>>, RecoveryRefusedException> {
    let text = || {
        format!(
            "Nobody holds recovery shares for account {account}: its root user deals them with InitRecovery."
        )
    };
    let kept = passage.snapshot().recoveries.custody(account);
    kept.cloned().ok_or_else(|| RecoveryRefusedException::new(text()))
}

/// A refusal as a sentence.
pub(crate) fn refused(refusal: Refusal) -> RecoveryRefusedException {
    let text = refusal.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    RecoveryRefusedException::new(format!("{}.", first.into_iter().chain(letters).collect::<String>()))
}

/// Whether it is proved that nobody can change the key's policy, nor give themselves the right: the two together, since of an
/// unfinished search nothing is proved.
pub(crate) fn is_lost(passage: &Passage<'_>, key: &Key) -> bool {
    let snapshot = passage.snapshot();
    let mut known = world::of_account(snapshot, key.arn.account);
    let shown = world::key(snapshot, key);
    known.keys.insert(shown.arn.clone(), shown.clone());
    if !standing(&known, &shown).admins.is_empty() {
        return false;
    }
    let found = escalations(&known, &shown, KmsAction::PutKeyPolicy);
    found.is_ok_and(|found| found.is_complete && found.escalations.is_empty())
}

/// The newest version before the present one under which the caller could change the policy again, and that names nobody who
/// is gone.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn held_version(passage: &Passage<'_>, key: &Key) -> Result<Option<u32>, CommonError> {
    for number in key.policy_versions().rev().filter(|number| key.policy_version() != Some(*number)) {
        if obstacle(passage, key, number).await?.is_none() {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// A case as the API shows it. Neither code nor shares are in it.
pub(crate) fn shown(passage: &Passage<'_>, account: AccountId, id: &str, case: &Case) -> RecoveryCase {
    let mut noted = case.clone();
    noted.tick(passage.now(), passage.gate().reading());
    let custody = passage.snapshot().recoveries.custody(account);
    let lacking = custody.map(|custody| {
        let needs = i32::from(noted.needs(&custody.record));
        needs.saturating_sub(i32::try_from(noted.approvals.len()).unwrap_or(i32::MAX)).max(0)
    });
    let approvals = noted.approvals.iter().map(|approval| RecoveryApproval {
        custodian: approval.custodian.arn.clone(),
        date: date(approval.at),
    });
    let (goal, policy_version) = match noted.goal {
        Goal::DefaultPolicy => (RecoveryGoal::DefaultPolicy, None),
        Goal::EarlierPolicy { version } => (RecoveryGoal::EarlierPolicy, i32::try_from(version).ok()),
    };
    let (stage, end_date, ended_by) = stage(&noted.stage);
    RecoveryCase {
        case_id: id.to_owned(),
        key_arn: noted.key.clone(),
        requester: noted.requester.arn.clone(),
        reason: noted.reason.clone(),
        goal,
        policy_version,
        open_date: date(noted.opened),
        expiry_date: Some(date(expiry(&noted))).filter(|_| noted.is_pending()),
        approvals: approvals.collect(),
        approvals_lacking: lacking.filter(|_| noted.stage == Stage::Open),
        cool_down_remaining_seconds: noted.cools_for().map(seconds),
        stage,
        end_date,
        ended_by,
    }
}

fn stage(stage: &Stage) -> (RecoveryStage, Option<EpochSeconds>, Option<String>) {
    match stage {
        Stage::Open => (RecoveryStage::Open, None, None),
        Stage::Approved { .. } => (RecoveryStage::Approved, None, None),
        Stage::Vetoed { by, at } => (RecoveryStage::Vetoed, Some(date(*at)), Some(by.arn.clone())),
        Stage::Expired { at } => (RecoveryStage::Expired, Some(date(*at)), None),
        Stage::Done { at } => (RecoveryStage::Done, Some(date(*at)), None),
    }
}

fn expiry(case: &Case) -> Timestamp {
    let life = i64::try_from(case.terms.life.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(case.opened.millis().saturating_add(life))
}

/// Whole seconds, rounded up: whoever waits them has waited enough.
pub(crate) fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(i32::MAX)
}

/// A moment as the API shows it.
pub(crate) fn date(at: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(at.millis())
}

/// Why a version cannot come back for the caller, who must be in control of the key under it.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn obstacle(
    passage: &Passage<'_>,
    key: &Key,
    number: u32,
) -> Result<Option<String>, CommonError> {
    let Some(version) = versions::find(passage, key, number).await? else {
        return Ok(Some(format!("Version {number} is no longer kept.")));
    };
    let gone = versions::gone(passage, &version);
    if !gone.is_empty() {
        return Ok(Some(format!("Version {number} names who no longer exists: {}.", gone.join(", "))));
    }
    let keeps = passage.keeps_control(key, &versions::policy(&version));
    Ok((!keeps).then(|| format!("Under version {number} you could not put the policy again.")))
}
