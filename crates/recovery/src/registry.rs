//! Every deal, case and way back of the server at one revision.

use crate::{Case, CaseKey, CaseTable, Custody, CustodyTable, WayBack, WayBackTable};
use core::ops::Bound;
use gatekey_store::{
    Revision,
    table::{Edit, Row, Table, Unreadable},
};
use gatekey_types::{AccountId, Timestamp};
use imbl::OrdMap;
use std::{sync::Arc, time::Duration};

/// Cases of an account that may wait at once.
pub const MOST_PENDING: usize = 100;
/// How long a way back is shown on its key, and a case that has ended is kept.
const SHOWN: Duration = Duration::from_secs(30 * 24 * 3600);

/// A record with its revision, which its next change must know.
#[derive(Debug)]
pub struct Kept<T> {
    /// The record.
    pub record: T,
    /// Its revision.
    pub revision: Revision,
}

/// Deals, cases and ways back: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Recoveries {
    custodies: OrdMap<AccountId, Arc<Kept<Custody>>>,
    cases: OrdMap<CaseKey, Arc<Kept<Case>>>,
    taken: OrdMap<CaseKey, Arc<Kept<WayBack>>>,
}

impl Recoveries {
    /// The tables whose records are shown.
    pub const TABLES: &[&'static str] = &[CustodyTable::NAME, CaseTable::NAME, WayBackTable::NAME];

    /// Takes over one record as it was committed; `None` deletes it.
    ///
    /// # Errors
    /// The record cannot be read by this version.
    pub fn apply(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        match row.table {
            CustodyTable::NAME => take::<CustodyTable>(&mut self.custodies, row),
            CaseTable::NAME => take::<CaseTable>(&mut self.cases, row),
            WayBackTable::NAME => take::<WayBackTable>(&mut self.taken, row),
            _ => Ok(()),
        }
    }

    /// Who holds shares for an account's keys.
    pub fn custody(&self, account: AccountId) -> Option<&Arc<Kept<Custody>>> {
        self.custodies.get(&account)
    }

    /// A case.
    pub fn case(&self, account: AccountId, id: &str) -> Option<&Arc<Kept<Case>>> {
        self.cases.get(&(account, id.to_owned()))
    }

    /// An account's cases, by id.
    pub fn cases_of(&self, account: AccountId) -> impl Iterator<Item = (&str, &Arc<Kept<Case>>)> {
        of(&self.cases, account)
    }

    /// Every case whose time must be noted: those that can still have an effect.
    pub fn pending(&self) -> impl Iterator<Item = (&CaseKey, &Arc<Kept<Case>>)> {
        self.cases.iter().filter(|(_, case)| case.record.is_pending())
    }

    /// The ways back into a key that were taken in the last 30 days, the newest first.
    pub fn taken(&self, account: AccountId, key: &str, now: Timestamp) -> Vec<&WayBack> {
        let of_key =
            of(&self.taken, account).map(|(_, taken)| &taken.record).filter(|taken| taken.key == key);
        let mut taken: Vec<&WayBack> = of_key.filter(|taken| !is_past(taken.at, now)).collect();
        taken.sort_by_key(|taken| core::cmp::Reverse(taken.at));
        taken
    }

    /// Deletes what has been shown long enough, at most so many.
    pub fn outlived(&self, now: Timestamp, most: usize) -> Vec<Edit> {
        let cases =
            self.cases.iter().filter(|(_, case)| case.record.ended().is_some_and(|at| is_past(at, now)));
        let cases = cases.map(|(key, case)| Edit::delete::<CaseTable>(key, case.revision));
        let taken = self.taken.iter().filter(|(_, taken)| is_past(taken.record.at, now));
        let taken = taken.map(|(key, taken)| Edit::delete::<WayBackTable>(key, taken.revision));
        cases.chain(taken).take(most).collect()
    }
}

fn is_past(at: Timestamp, now: Timestamp) -> bool {
    now.millis_since(at) >= i64::try_from(SHOWN.as_millis()).unwrap_or(i64::MAX)
}

fn of<T>(all: &OrdMap<CaseKey, Arc<T>>, account: AccountId) -> impl Iterator<Item = (&str, &Arc<T>)> {
    let from = Bound::Included((account, String::new()));
    let range = all.range((from, Bound::Unbounded)).take_while(move |((owner, _), _)| *owner == account);
    range.map(|((_, id), kept)| (id.as_str(), kept))
}

fn take<T: Table>(all: &mut OrdMap<T::Key, Arc<Kept<T::Record>>>, row: &Row<'_>) -> Result<(), Unreadable>
where
    T::Key: Ord + Clone,
{
    let (key, revision) = (row.key_of::<T>()?, row.revision);
    match row.read::<T>()? {
        Some(record) => drop(all.insert(key, Arc::new(Kept { record, revision }))),
        None => drop(all.remove(&key)),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
