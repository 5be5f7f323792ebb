//! Ways back into keys: who takes part, what a way back leaves behind on its key, and what time does to cases.

use crate::{
    CommitFault, Gate, Passage,
    deeds::{Deed, Object, Sweep},
};
use gatekey_keyring::Key;
use gatekey_policy::{Identity, MatchClass};
use gatekey_recovery::{
    Case, CaseKey, CaseTable, CustodyTable, Participant, Reading, Rung, WayBack, WayBackTable,
};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, KeyArn, Partition, PrincipalArn, Region};
use std::time::Duration;

/// The header that tells of a way back that was taken lately.
const HEADER: &str = "x-gatekey-recovery";
/// The source of the events of Gatekey's own service.
const SOURCE: &str = "gatekey.internal";
/// How often the time of a case is written down: a restart costs it no more than this.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// The cool-down where the operator says nothing.
const COOL_DOWN: Duration = Duration::from_secs(24 * 3600);
/// Old records that go in one sweep.
const AT_ONCE: usize = 100;

/// What the operator decides about ways back.
pub(crate) struct Recovering {
    /// This run of the server.
    run: u64,
    cool_down: Duration,
    pub(crate) root_rescue: bool,
}

impl Recovering {
    /// A day of cool-down, and no rescue of root users.
    pub(crate) fn new(run: u64) -> Self {
        Self { run, cool_down: COOL_DOWN, root_rescue: false }
    }
}

impl Gate {
    /// The same, with another time between the last approval of a recovery and its effect.
    #[must_use]
    pub fn with_cool_down(mut self, cool_down: Duration) -> Self {
        self.recovering.cool_down = cool_down;
        self
    }

    /// The same, but the root user of an account may read and replace the policies of the account's keys where nothing denies
    /// it. It is not AWS behaviour.
    #[must_use]
    pub fn with_root_rescue(mut self) -> Self {
        self.recovering.root_rescue = true;
        self
    }

    /// The time between the last approval of a recovery and its effect.
    pub fn cool_down(&self) -> Duration {
        self.recovering.cool_down
    }

    /// Whether root users are let in where nothing denies it.
    pub fn rescues_root_users(&self) -> bool {
        self.recovering.root_rescue
    }

    /// What the clock shows that nobody sets.
    pub fn reading(&self) -> Reading {
        Reading { run: self.recovering.run, steady: self.steady() }
    }

    /// Writes down how much time has gone by for every case that waits, ends those that waited too long, and deletes what was
    /// shown long enough; says how many cases it ended. To be called every few seconds.
    ///
    /// # Errors
    /// The store did not take it: the next sweep tries again.
    pub async fn note_recoveries(&self) -> Result<usize, CommitFault> {
        let (snapshot, reading, now) = (self.snapshot(), self.reading(), self.now());
        let mut sweep = Sweep::default();
        for (key, kept) in snapshot.recoveries.pending() {
            if kept.record.was_noted_within(NOTED_EVERY, reading) {
                continue;
            }
            let mut case = kept.record.clone();
            case.tick(now, reading);
            let edits = vec![Edit::update::<CaseTable>(key, kept.revision, &case)];
            if case.is_pending() {
                // That time goes by is nothing to tell.
                match self.commits.commit(edits, Vec::new(), None).await {
                    Ok(_) | Err(CommitFault::Conflict) => {}
                    fault => sweep.note(fault.map(drop)),
                }
            } else {
                sweep.note(self.expire_case(key, &case, edits).await);
            }
        }
        let outlived = snapshot.recoveries.outlived(now, AT_ONCE);
        if !outlived.is_empty() {
            match self.commits.commit(outlived, Vec::new(), None).await {
                Ok(_) | Err(CommitFault::Conflict) => {}
                fault => sweep.note(fault.map(drop)),
            }
        }
        sweep.outcome()
    }

    async fn expire_case(&self, (_, id): &CaseKey, case: &Case, edits: Vec<Edit>) -> Result<(), CommitFault> {
        let (Ok(name), Ok(key)) = (case.key.parse::<Arn>(), case.key.parse::<KeyArn>()) else {
            return Ok(());
        };
        let object = of_case(&name, key.account, &key.region);
        let details = Some(vec![("caseId", id.clone().into())]);
        self.do_to(object, edits, [Deed { name: "ExpireRecoveryCase", details }]).await
    }

    /// Forgets who holds shares for an account's keys: for the operator, when too many shares are lost to deal anew. It is done
    /// on the data folder, beside the API.
    ///
    /// # Errors
    /// The store did not take it. Nothing to forget is no error, and is said.
    pub async fn forget_custody(&self, account: AccountId, region: &Region) -> Result<bool, CommitFault> {
        let snapshot = self.snapshot();
        let Some(kept) = snapshot.recoveries.custody(account) else { return Ok(false) };
        let root = PrincipalArn::root(Partition::Aws, account);
        let object = of_account(root.arn(), account, region);
        let edits = vec![Edit::delete::<CustodyTable>(&account, kept.revision)];
        let deed = Deed { name: "ForgetRecoveryCustody", details: Some(Vec::new()) };
        self.do_to(object, edits, [deed]).await.map(|()| true)
    }
}

/// A case, as its events tell of it: by its key.
fn of_case<'a>(key: &'a Arn, account: AccountId, region: &'a Region) -> Object<'a> {
    let id = ("keyId", key.as_str().into());
    Object { source: SOURCE, kind: "AWS::KMS::Key", account, region, arn: key, id }
}

/// A deal, as its events tell of it: by the account.
fn of_account<'a>(root: &'a Arn, account: AccountId, region: &'a Region) -> Object<'a> {
    let id = ("accountId", account.to_string().into());
    Object { source: SOURCE, kind: "AWS::IAM::Root", account, region, arn: root, id }
}

impl Passage<'_> {
    /// The caller as one who takes part in a recovery: a user, a role, or a root user. Federated users and services do not.
    pub fn participant(&self) -> Option<Participant> {
        let (id, arn) = match &self.caller().principal.identity {
            Identity::Root { arn } => (arn.account().to_string(), arn),
            Identity::User { arn, id } => (id.as_ref()?.as_str().to_owned(), arn),
            Identity::RoleSession { role, role_id, .. } => (role_id.as_ref()?.as_str().to_owned(), role),
            Identity::FederatedUser { .. } | Identity::Service { .. } | Identity::Unsigned { .. } => {
                return None;
            }
        };
        Some(Participant { id, arn: arn.to_string() })
    }

    /// Whether the last decision let the root user in by the operator's setting alone.
    pub fn is_rescued(&self) -> bool {
        self.draft.decision.as_ref().is_some_and(|decision| decision.class == Some(MatchClass::RootRescue))
    }

    /// By which of Gatekey's own ways back the last decision let the caller in, if by one.
    pub fn rung(&self) -> Option<Rung> {
        match (self.is_unlocking(), self.is_rescued()) {
            (true, _) => Some(Rung::UnlockSession),
            (false, true) => Some(Rung::RootRescue),
            (false, false) => None,
        }
    }

    /// What is kept where the key's next policy is put by one of Gatekey's own ways back.
    pub fn way_back_of_caller(&self, key: &Key) -> Option<Edit> {
        self.rung().map(|rung| self.way_back(key, rung, None))
    }

    /// What is kept of a way back that brings the key its next policy; it is shown on the key for 30 days.
    pub fn way_back(&self, key: &Key, rung: Rung, case: Option<String>) -> Edit {
        let taken = WayBack {
            key: key.name.to_string(),
            rung,
            by: self.caller().principal.display_name().to_owned(),
            at: self.now(),
            version: key.next_policy_version(),
            case,
        };
        Edit::insert::<WayBackTable>(&(key.arn.account, self.gate().uuid()), &taken)
    }

    /// Tells a client of the key's account, in a header, of a recovery of the key that somebody asked for, while it can be vetoed;
    /// and otherwise of the last way back into the key, for 30 days.
    pub fn tell_of_recovery(&mut self, key: &Key) {
        let (account, name) = (key.arn.account, key.name.as_str());
        if account != self.account() {
            return;
        }
        let recoveries = &self.snapshot.recoveries;
        let mut cases = recoveries.cases_of(account).filter(|(_, case)| case.record.is_pending());
        let text = match cases.find(|(_, case)| case.record.key == name) {
            Some((id, case)) => {
                let (by, at) = (&case.record.requester.arn, case.record.opened);
                format!("a recovery was asked for by {by} at {at}: case {id}, until it is vetoed or done")
            }
            None => match recoveries.taken(account, name, self.now()).first() {
                Some(last) => {
                    let (rung, by, at) = (last.rung, &last.by, last.at);
                    format!("{}: {} by {by} at {at}", rung.as_str(), rung.in_words())
                }
                None => return,
            },
        };
        self.draft.hint(HEADER, text);
    }

    /// Writes down what a request that is refused brings all the same: that a share or a code was wrong. After a conflict the
    /// request is decided again.
    ///
    /// # Errors
    /// The store did not take it.
    pub async fn write_down_refusal(
        &mut self,
        edits: Vec<Edit>,
        about: Refused<'_>,
    ) -> Result<(), CommitFault> {
        let region = self.region().clone();
        let root;
        let (object, details) = match about {
            Refused::Approval { id, key } => {
                (of_case(key, self.account_of(key), &region), vec![("caseId", id.to_owned().into())])
            }
            Refused::Deal => {
                root = PrincipalArn::root(Partition::Aws, self.account());
                (of_account(root.arn(), self.account(), &region), Vec::new())
            }
        };
        let deed = Deed { name: "RefuseRecoveryShare", details: Some(details) };
        let outcome = self.gate.do_to(object, edits, [deed]).await;
        self.conflicted = outcome == Err(CommitFault::Conflict);
        outcome
    }

    fn account_of(&self, key: &Arn) -> AccountId {
        key.account().unwrap_or(self.account())
    }
}

/// What was refused for a wrong share or code.
#[derive(Debug, Clone, Copy)]
pub enum Refused<'a> {
    /// An approval.
    Approval {
        /// The case.
        id: &'a str,
        /// Its key.
        key: &'a Arn,
    },
    /// A deal that was to take the place of another.
    Deal,
}
