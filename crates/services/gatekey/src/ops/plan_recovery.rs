//! PlanRecovery: which ways there are back into a key, the cheapest first, and why the others are none.

use crate::{key::Asked, recovery, versions, world};
use gatekey_analysis::{escalation::escalations, lockout::standing};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, PlanRecoveryError, PlanRecoveryRequest, PlanRecoveryResponse, RecoveryRung,
        RecoveryRungName as Name, WayBack as Shown, calls,
    },
};
use gatekey_policy::{Context, KmsAction};
use gatekey_recovery::{Rung, WayBack};
use serde::Serialize;

type Fault = PlanRecoveryError;

/// Principals that are named.
const MOST: usize = 20;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct PlanRecovery;

impl Operation for PlanRecovery {
    type Call = calls::PlanRecovery;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PlanRecoveryRequest,
    ) -> Result<Answered<PlanRecoveryResponse>, Fault> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:PlanRecovery", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<Fault>()?;
        key.customer_managed()
            .map_err(|fault| Fault::from(InvalidQuestionException::new(format!("{fault}."))))?;
        let control = passage.study(|| Control::of(passage, &key)).await;
        let rungs = vec![
            control.rung(&key),
            by_rollback(passage, &key, control.is_lost()).await?,
            by_root_session(passage, &key),
            by_custodians(passage, &key),
            by_rescue(passage, &key),
        ];
        let taken = passage.snapshot().recoveries.taken(key.arn.account, key.name.as_str(), passage.now());
        let answer = PlanRecoveryResponse {
            key_arn: Some(key.name.to_string()),
            locked_out: Some(control.is_lost()),
            rungs: Some(rungs),
            taken: Some(taken.into_iter().map(way_back).collect()),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// Who can change the key's policy now, and who could give themselves the right.
struct Control {
    admins: Vec<String>,
    others: Vec<String>,
    is_complete: bool,
}

impl Control {
    fn of(passage: &Passage<'_>, key: &Key) -> Self {
        let mut known = world::of_account(passage.snapshot(), key.arn.account);
        let shown = world::key(passage.snapshot(), key);
        known.keys.insert(shown.arn.clone(), shown.clone());
        let admins = standing(&known, &shown).admins;
        let found = escalations(&known, &shown, KmsAction::PutKeyPolicy);
        let (others, is_complete) = found.map_or((Vec::new(), false), |found| {
            (found.escalations.into_iter().map(|one| one.who.name.to_string()).collect(), found.is_complete)
        });
        Self {
            admins: admins.into_iter().map(|admin| admin.who.name.to_string()).collect(),
            others,
            is_complete,
        }
    }

    /// Whether it is proved that nobody can.
    fn is_lost(&self) -> bool {
        self.admins.is_empty() && self.others.is_empty() && self.is_complete
    }

    fn rung(&self, key: &Key) -> RecoveryRung {
        let ask = |question: &str| vec![format!("gatekey {question} kms:PutKeyPolicy {}", key.name)];
        match (&*self.admins, &*self.others) {
            ([], []) if self.is_complete => rung(
                Name::R0,
                false,
                "Nobody of the account can change the policy, nor give themselves the right: proved, not tried out.",
            ),
            ([], []) => rung(
                Name::R0,
                false,
                "Nobody was found who can change the policy; not every path was followed.",
            ),
            ([], others) => RecoveryRung {
                who: Some(first(others)),
                commands: Some(ask("who-can --escalations")),
                ..rung(
                    Name::R0,
                    true,
                    "Nobody can change the policy now, but somebody could give themselves the right.",
                )
            },
            (admins, _) => RecoveryRung {
                who: Some(first(admins)),
                commands: Some(ask("who-can")),
                ..rung(Name::R0, true, "Somebody can still change the policy: ask them.")
            },
        }
    }
}

async fn by_rollback(passage: &Passage<'_>, key: &Key, is_lost: bool) -> Result<RecoveryRung, CommonError> {
    let no = |says: &str| Ok(rung(Name::R1, false, says));
    if !is_lost {
        return no(
            "An earlier policy comes back by a custodian only where it is proved that nobody can change this one.",
        );
    }
    if passage.snapshot().recoveries.custody(key.arn.account).is_none() {
        return no("Nobody holds recovery shares for this account.");
    }
    if let Some(number) = recovery::held_version(passage, key).await? {
        let says = format!(
            "Version {number} of the policy, under which you could change it, comes back with one custodian's approval."
        );
        let open = format!("gatekey recovery open {} --to-version {number} --reason 'WHY'", key.name);
        return Ok(RecoveryRung { commands: Some(vec![open]), ..rung(Name::R1, true, &says) });
    }
    match keeper(passage, key).await? {
        Some((number, who)) => Ok(RecoveryRung {
            who: Some(vec![who]),
            ..rung(
                Name::R1,
                true,
                &format!(
                    "Version {number} comes back with one custodian's approval, for somebody else than you."
                ),
            )
        }),
        None => {
            no("Under no earlier version that is kept could anybody who is still there change the policy.")
        }
    }
}

/// The newest earlier version under which somebody could change the policy who is still there, and who.
async fn keeper(passage: &Passage<'_>, key: &Key) -> Result<Option<(u32, String)>, CommonError> {
    for number in key.policy_versions().rev().filter(|number| key.policy_version() != Some(*number)) {
        let Some(version) = versions::find(passage, key, number).await? else { continue };
        if versions::gone(passage, &version).is_empty()
            && let Some(who) = passage.keeper_of(key, &versions::policy(&version))
        {
            return Ok(Some((number, who)));
        }
    }
    Ok(None)
}

fn by_root_session(passage: &Passage<'_>, key: &Key) -> RecoveryRung {
    let (directory, account) = (&passage.snapshot().directory, key.arn.account);
    let Some((_, organization)) = directory.organizations.of(account) else {
        return rung(Name::R2, false, "The account is in no organization.");
    };
    let management = organization.record.management;
    if management == account {
        return rung(
            Name::R2,
            false,
            "The account manages its organization: nobody has root sessions in it.",
        );
    }
    if !directory.administers_root_of(management, account) {
        return RecoveryRung {
            commands: Some(vec!["aws iam enable-organizations-root-sessions".to_owned()]),
            ..rung(
                Name::R2,
                false,
                &format!("Root sessions are not enabled: account {management} can enable them."),
            )
        };
    }
    let session = format!(
        "aws sts assume-root --target-principal {account} --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/KMSUnlockKeyPolicy"
    );
    let put = format!("aws kms put-key-policy --key-id {} --policy file://policy.json", key.name);
    RecoveryRung {
        commands: Some(vec![session, put]),
        ..rung(
            Name::R2,
            true,
            &format!(
                "A user or role of account {management} takes a root session for unlocking key policies, and puts one."
            ),
        )
    }
}

fn by_custodians(passage: &Passage<'_>, key: &Key) -> RecoveryRung {
    let Some(custody) = passage.snapshot().recoveries.custody(key.arn.account) else {
        return rung(
            Name::R3,
            false,
            "Nobody holds recovery shares for this account: its root user deals them by gatekey recovery init.",
        );
    };
    let custody = &custody.record;
    let (needs, of) = (custody.threshold, custody.custodians.len());
    let wait = recovery::seconds(passage.gate().cool_down());
    let says = format!(
        "The default policy comes back: {needs} of {of} custodians approve, then {wait} seconds go by in which whoever can change the policy may veto."
    );
    RecoveryRung {
        who: Some(custody.custodians.iter().map(|one| one.party.arn.clone()).collect()),
        commands: Some(vec![format!("gatekey recovery open {} --reason 'WHY'", key.name)]),
        ..rung(Name::R3, true, &says)
    }
}

fn by_rescue(passage: &Passage<'_>, key: &Key) -> RecoveryRung {
    if !passage.gate().rescues_root_users() {
        return rung(
            Name::R4,
            false,
            "The operator has not set recovery.root_rescue, which is not AWS behaviour: a root user has no implicit right.",
        );
    }
    let put = format!("aws kms put-key-policy --key-id {} --policy file://policy.json", key.name);
    RecoveryRung {
        commands: Some(vec![put]),
        ..rung(
            Name::R4,
            true,
            "The root user puts a policy, unless one denies it: the operator allows that by recovery.root_rescue, which is not AWS behaviour.",
        )
    }
}

fn rung(name: Name, applies: bool, says: &str) -> RecoveryRung {
    RecoveryRung { rung: name, applies, says: says.to_owned(), who: None, commands: None }
}

fn first(names: &[String]) -> Vec<String> {
    names.iter().take(MOST).cloned().collect()
}

fn way_back(taken: &WayBack) -> Shown {
    Shown {
        rung: match taken.rung {
            Rung::Rollback => Name::R1,
            Rung::UnlockSession => Name::R2,
            Rung::Ceremony => Name::R3,
            Rung::RootRescue => Name::R4,
        },
        by: taken.by.clone(),
        date: recovery::date(taken.at),
        policy_version: i32::try_from(taken.version).unwrap_or(i32::MAX),
        case_id: taken.case.clone(),
    }
}
