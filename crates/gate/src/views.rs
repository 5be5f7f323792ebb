//! What the analyses make of an account, kept while its identities stay as they are: questions about everybody come in series, and
//! to go through a hundred thousand principals takes longer than most answers.
//!
//! A bounded number is kept, of a bounded weight, in memory alone, and none for long after the last question.

use crate::{
    Passage,
    kept::{Kept, One},
};
use gatekey_store::Revision;
use gatekey_types::{AccountId, Timestamp};
use std::{any::Any, sync::Arc};

/// Views that are kept at most.
const MOST: usize = 64;

/// An account, and when its identities had last changed.
type Seen = (AccountId, Revision);

/// The accounts that were last asked about. A view weighs as much as its account has principals.
pub(crate) struct Views(Kept<Seen>);

impl Default for Views {
    fn default() -> Self {
        Self(Kept::new(MOST))
    }
}

impl Views {
    fn find(&self, seen: Seen, now: Timestamp) -> Option<Arc<dyn Any + Send + Sync>> {
        self.0.renew(|known| *known == seen, now)
    }

    /// Keeps a view, the only one of its account.
    fn keep(&self, view: One<Seen>) {
        let account = view.key.0;
        self.0.keep(view, |known| known.0 == account);
    }

    /// Forgets what nobody asked about for a while.
    pub(crate) fn age(&self, now: Timestamp) {
        self.0.age(now);
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
        let (seen, now) = ((account, self.snapshot.directory.changed(account)), self.now());
        let kept = self.gate.views.find(seen, now);
        if let Some(known) = kept.and_then(|whole| whole.downcast().ok()) {
            return known;
        }
        let whole = Arc::new(make());
        let weight = weight(&whole);
        let kept = Arc::clone(&whole);
        self.gate.views.keep(One { key: seen, since: now, weight, whole: kept });
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::HEAVIEST;

    fn account(n: usize) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    fn view(n: usize, weight: usize) -> One<Seen> {
        let since = Timestamp::from_seconds(0);
        One { key: (account(n), Revision::default()), since, weight, whole: Arc::new(n) }
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
        views.keep(One { key: (account(1), later), ..view(1, 1) });
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
