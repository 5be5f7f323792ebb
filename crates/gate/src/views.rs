//! What the analyses make of an account, kept while its identities stay as they are: questions about everybody come in series, and
//! to go through a hundred thousand principals takes longer than most answers.
//!
//! A bounded number is kept, of a bounded weight, in memory alone, and none for long after the last question.

use crate::Passage;
use gatekey_store::Revision;
use gatekey_types::{AccountId, Timestamp};
use std::{
    any::Any,
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// Views that are kept at most.
const MOST: usize = 64;
/// Principals of all of them together. A view that alone has more is not kept.
const HEAVIEST: usize = 400_000;
/// How long after its last use a view is kept, in milliseconds.
const LONGEST_MILLIS: i64 = 60 * 1000;

struct View {
    account: AccountId,
    /// When the account's identities had last changed.
    changed: Revision,
    used: Timestamp,
    weight: usize,
    whole: Arc<dyn Any + Send + Sync>,
}

/// The accounts that were last asked about, the latest at the end.
#[derive(Default)]
pub(crate) struct Views(Mutex<VecDeque<View>>);

impl Views {
    fn find(
        &self,
        (account, changed): (AccountId, Revision),
        now: Timestamp,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|one| one.account == account && one.changed == changed)?;
        let mut view = kept.remove(at)?;
        view.used = now;
        let whole = Arc::clone(&view.whole);
        kept.push_back(view);
        Some(whole)
    }

    fn keep(&self, view: View) {
        if view.weight > HEAVIEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut aged = Vec::new();
        while let Some(at) = kept.iter().position(|one| one.account == view.account) {
            aged.extend(kept.remove(at));
        }
        let weight = |kept: &VecDeque<View>| kept.iter().map(|one| one.weight).sum::<usize>();
        while kept.len() >= MOST || weight(&kept).saturating_add(view.weight) > HEAVIEST {
            aged.extend(kept.pop_front());
        }
        kept.push_back(view);
        // What is let go is taken apart after the lock.
        drop(kept);
        drop(aged);
    }

    /// Forgets what nobody asked about for a while.
    pub(crate) fn age(&self, now: Timestamp) {
        let is_old = |one: &View| now.millis_since(one.used) >= LONGEST_MILLIS;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, young) = kept.drain(..).partition(is_old);
        *kept = young;
        drop::<VecDeque<View>>({
            drop(kept);
            old
        });
    }
}

impl Passage<'_> {
    /// What `make` gives of the account in the state that this request sees, or gave for an earlier request while the account's
    /// identities and its place in an organization were the same. It must depend on nothing else. `weight` is how many
    /// principals it has.
    pub fn view_of<T: Any + Send + Sync>(
        &self,
        account: AccountId,
        weight: impl FnOnce(&T) -> usize,
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let (changed, used) = (self.snapshot.directory.changed(account), self.now());
        let kept = self.gate.views.find((account, changed), used);
        if let Some(known) = kept.and_then(|whole| whole.downcast().ok()) {
            return known;
        }
        let whole = Arc::new(make());
        let weight = weight(&whole);
        let kept = Arc::clone(&whole);
        self.gate.views.keep(View { account, changed, used, weight, whole: kept });
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: usize) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    fn view(n: usize, weight: usize) -> View {
        let used = Timestamp::from_seconds(0);
        View { account: account(n), changed: Revision::default(), used, weight, whole: Arc::new(n) }
    }

    fn has(views: &Views, n: usize) -> bool {
        views.find((account(n), Revision::default()), Timestamp::from_seconds(0)).is_some()
    }

    #[test]
    fn a_view_is_of_one_account_as_it_was_at_one_revision_and_not_for_long() {
        let (views, then) = (Views::default(), Timestamp::from_seconds(0));
        views.keep(view(1, 1));
        assert!(has(&views, 1) && !has(&views, 2));
        let later = Revision::default().next();
        assert!(views.find((account(1), later), then).is_none());
        views.keep(View { changed: later, ..view(1, 1) });
        assert!(!has(&views, 1), "of one account there is one view");
        assert!(views.find((account(1), later), then.plus_millis(59_999)).is_some());
        views.age(then.plus_millis(60_000));
        assert!(views.find((account(1), later), then).is_some(), "it was used meanwhile");
        views.age(then.plus_millis(60_000));
        assert!(views.find((account(1), later), then).is_none());
    }

    #[test]
    fn whom_nobody_asked_about_longest_makes_room_in_number_and_in_weight() {
        let views = Views::default();
        (1..=MOST).for_each(|n| views.keep(view(n, 1)));
        assert!(has(&views, 1));
        views.keep(view(MOST + 1, 1));
        assert!(has(&views, 1) && !has(&views, 2));
        views.keep(view(MOST + 2, HEAVIEST - 1));
        assert!(has(&views, 1) && has(&views, MOST + 2) && !has(&views, 3));
        views.keep(view(MOST + 3, HEAVIEST + 1));
        assert!(!has(&views, MOST + 3) && has(&views, 1), "too heavy to be kept");
    }
}
