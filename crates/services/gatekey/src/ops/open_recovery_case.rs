//! OpenRecoveryCase: asks to be let back into a key. The code in the answer is told to custodians by another way.
//!
//! Two goals: the default policy, which takes custodians and time; or, where it is proved that nobody can change the key's policy,
//! an earlier version under which whoever asks could, which takes one custodian.

use crate::{key::Asked, recovery, versions};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, OpenRecoveryCaseError, OpenRecoveryCaseRequest, OpenRecoveryCaseResponse,
        RecoveryGoal, RecoveryRefusedException, calls,
    },
};
use gatekey_policy::Context;
use gatekey_recovery::{Case, CaseTable, Goal, MOST_PENDING, Plea, Terms};
use gatekey_store::table::Edit;
use serde::Serialize;

type Fault = OpenRecoveryCaseError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    reason: &'a str,
    goal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_version: Option<i32>,
}

/// The handler.
pub(crate) struct OpenRecoveryCase;

impl Operation for OpenRecoveryCase {
    type Call = calls::OpenRecoveryCase;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &OpenRecoveryCaseRequest,
    ) -> Result<Answered<OpenRecoveryCaseResponse>, Fault> {
        let (key_id, reason, policy_version) = (&*input.key_id, &*input.reason, input.policy_version);
        let goal = input.goal.as_str();
        passage.draft().set_parameters(&Parameters { key_id, reason, goal, policy_version });
        let asked = Asked::find(passage, key_id);
        let allowed = passage
            .authorize_other("gatekey:OpenRecoveryCase", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<Fault>()?;
        passage.draft().touch(&key);
        key.customer_managed().map_err(|fault| wrong(format!("{fault}.")))?;
        let requester = recovery::participant(passage)?;
        recovery::custody(passage, key.arn.account)?;
        one_at_a_time(passage, &key)?;
        let goal = goal_of(passage, input, &key).await?;
        let plea = Plea { key: key.name.to_string(), requester, reason: reason.to_owned(), goal };
        let (gate, at) = (passage.gate(), (passage.now(), passage.gate().reading()));
        let opened = Case::open(plea, Terms::of(goal, gate.cool_down()), at, passage.entropy());
        let id = gate.uuid();
        let edits = vec![Edit::insert::<CaseTable>(&(key.arn.account, id.clone()), &opened.case), key.kept()];
        let case = recovery::shown(passage, key.arn.account, &id, &opened.case);
        let answer = OpenRecoveryCaseResponse { case: Some(case), code: Some(opened.code.into()) };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

/// A key has one case that waits, and an account not too many.
fn one_at_a_time(passage: &Passage<'_>, key: &Key) -> Result<(), Fault> {
    let cases = passage.snapshot().recoveries.cases_of(key.arn.account);
    let pending: Vec<_> = cases.filter(|(_, kept)| kept.record.is_pending()).collect();
    if let Some((id, _)) = pending.iter().find(|(_, kept)| kept.record.key == key.name.as_str()) {
        let text = format!("Case {id} for this key waits already: it must end before another is opened.");
        return Err(RecoveryRefusedException::new(text).into());
    }
    match pending.len() < MOST_PENDING {
        true => Ok(()),
        false => Err(RecoveryRefusedException::new(format!("{MOST_PENDING} cases wait already.")).into()),
    }
}

async fn goal_of(passage: &Passage<'_>, input: &OpenRecoveryCaseRequest, key: &Key) -> Result<Goal, Fault> {
    match (&input.goal, input.policy_version) {
        (RecoveryGoal::DefaultPolicy, None) => Ok(Goal::DefaultPolicy),
        (RecoveryGoal::DefaultPolicy, Some(_)) => {
            Err(wrong("PolicyVersion goes with the goal EARLIER_POLICY alone.".to_owned()))
        }
        (RecoveryGoal::EarlierPolicy, number) => {
            if !passage.study(|| recovery::is_lost(passage, key)).await {
                let text = "It is not proved that nobody can change this key's policy: see PlanRecovery for who can.";
                return Err(RecoveryRefusedException::new(text).into());
            }
            let version = match number {
                Some(number) => earlier(passage, key, versions::numbered(key, number)?).await?,
                None => recovery::held_version(passage, key).await?.ok_or_else(|| {
                    wrong("Under no earlier version could you change the policy again.".to_owned())
                })?,
            };
            Ok(Goal::EarlierPolicy { version })
        }
    }
}

/// The version, if it can come back for the caller.
async fn earlier(passage: &Passage<'_>, key: &Key, number: u32) -> Result<u32, Fault> {
    match recovery::obstacle(passage, key, number).await? {
        None => Ok(number),
        Some(why) => {
            let nearest = match recovery::held_version(passage, key).await? {
                Some(other) => format!("The newest that could come back for you is version {other}."),
                None => "No version could come back for you.".to_owned(),
            };
            Err(wrong(format!("{why} {nearest}")))
        }
    }
}

fn wrong(text: String) -> Fault {
    InvalidQuestionException::new(text).into()
}
