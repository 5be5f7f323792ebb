//! Callers by long-term credentials, put together once for each snapshot and not for every request of theirs.
//!
//! Each thread has its own: what all threads would count their uses of would travel between the processors with every request.

use crate::Snapshot;
use foldhash::quality::RandomState;
use gatekey_directory::{Bearer, Caller};
use gatekey_types::{AccountId, UniqueId};
use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, Weak},
};

/// Callers that a thread keeps at most, each as large as its list of policies. The others are put together every time.
const MOST: usize = 1_024;

/// A root user, or a user by its id.
type Name = (AccountId, Option<UniqueId>);

/// The callers of the last snapshot that a thread was asked about.
#[derive(Default)]
struct Made {
    /// The snapshot that they are of. It is not held, but no other has its place while this is here.
    of: Weak<Snapshot>,
    callers: HashMap<Name, Arc<Caller>, RandomState>,
}

thread_local! {
    static MADE: RefCell<Made> = RefCell::default();
}

/// The caller of this bearer as the snapshot has it; nobody if the bearer is gone.
pub(crate) fn caller(snapshot: &Arc<Snapshot>, bearer: &Bearer) -> Option<Arc<Caller>> {
    let make = || snapshot.directory.caller(bearer).map(Arc::new);
    let name = match bearer {
        Bearer::Root(account) => (*account, None),
        Bearer::User(account, id) => (*account, Some(id.clone())),
        // Sessions are many, and short.
        Bearer::Session(_) => return make(),
    };
    MADE.with_borrow_mut(|made| {
        made.turn_to(snapshot);
        if let Some(known) = made.callers.get(&name) {
            return Some(Arc::clone(known));
        }
        let caller = make()?;
        if made.callers.len() < MOST {
            made.callers.insert(name, Arc::clone(&caller));
        }
        Some(caller)
    })
}

impl Made {
    /// Forgets the callers of any other snapshot.
    fn turn_to(&mut self, snapshot: &Arc<Snapshot>) {
        if self.of.as_ptr() != Arc::as_ptr(snapshot) {
            *self = Self { of: Arc::downgrade(snapshot), callers: HashMap::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_directory::{AccountRecord, AccountTable};
    use gatekey_policy::Interner;
    use gatekey_store::table::{Edit, Fate, Row};
    use gatekey_types::Timestamp;

    fn account(number: usize) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    /// A snapshot that has so many accounts.
    fn with_accounts(count: usize) -> Arc<Snapshot> {
        let mut snapshot = Snapshot::default();
        let record = AccountRecord { created: Timestamp::from_seconds(0), name: "one".into(), email: None };
        for number in 0..count {
            let edit = Edit::insert::<AccountTable>(&account(number), &record);
            let Fate::Put(bytes) = &edit.fate else { unreachable!("it is an insert") };
            let (table, key, revision) = (edit.table, edit.key.as_str(), snapshot.revision);
            let row = Row { table, key, record: Some(bytes.as_slice()), revision };
            snapshot.apply(&row, &Interner::new()).unwrap();
        }
        Arc::new(snapshot)
    }

    #[test]
    fn a_caller_is_put_together_once_for_a_snapshot_and_is_nobody_in_one_without_the_account() {
        let (with, without) = (with_accounts(2), with_accounts(1));
        let root = Bearer::Root(account(1));
        let first = caller(&with, &root).unwrap();
        assert!(Arc::ptr_eq(&first, &caller(&with, &root).unwrap()));
        assert!(caller(&without, &root).is_none(), "the account is gone, whatever was known of it");
        let other = caller(&without, &Bearer::Root(account(0))).unwrap();
        assert_eq!(other.account, account(0));
        let again = caller(&with, &root).unwrap();
        assert!(!Arc::ptr_eq(&first, &again), "those of one snapshot at a time are kept");
        assert_eq!(again.account, first.account);
    }

    #[test]
    fn a_caller_of_a_snapshot_that_is_gone_is_not_taken_for_one_of_the_next() {
        let root = Bearer::Root(account(1));
        for _ in 0..100 {
            // Memory that was let go is what is handed out next.
            assert!(caller(&with_accounts(2), &root).is_some());
            assert!(caller(&with_accounts(1), &root).is_none());
        }
    }

    #[test]
    fn no_more_callers_are_kept_than_may_be_and_the_others_are_found_all_the_same() {
        let snapshot = with_accounts(MOST + 2);
        for number in 0..MOST + 2 {
            let caller = caller(&snapshot, &Bearer::Root(account(number))).unwrap();
            assert_eq!(caller.account, account(number));
        }
        assert_eq!(MADE.with_borrow(|made| made.callers.len()), MOST);
    }
}
