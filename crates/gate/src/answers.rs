//! Long answers, kept for a moment: whoever goes through their pages gets one answer, which was worked out once.
//!
//! A bounded number is kept, of a bounded weight, in memory alone. An answer is given again only to whom it was given first, and
//! to the same question; each page is authorized as the first was.

use crate::{
    Passage,
    kept::{Kept, One},
};
use gatekey_types::{AccountId, RequestId, Timestamp};
use std::{any::Any, sync::Arc};

/// Answers that are kept at most.
const MOST: usize = 8;

/// Who asked what.
#[derive(PartialEq)]
struct Asked {
    account: AccountId,
    caller: String,
    question: String,
}

/// The last long answers, each by the request that it was first given to. An answer weighs as much as it has entries.
pub(crate) struct Answers(Kept<(RequestId, Asked)>);

impl Default for Answers {
    fn default() -> Self {
        Self(Kept::new(MOST))
    }
}

impl Answers {
    fn keep(&self, answer: One<(RequestId, Asked)>) {
        self.0.keep(answer, |_| false);
    }

    fn find(&self, id: RequestId, asked: &Asked, now: Timestamp) -> Option<Arc<dyn Any + Send + Sync>> {
        self.0.find(|one| one.key.0 == id && one.key.1 == *asked && !one.is_old(now))
    }

    /// Forgets what is too old.
    pub(crate) fn age(&self, now: Timestamp) {
        self.0.age(now);
    }
}

impl Passage<'_> {
    /// Keeps an answer of so many entries for its further pages, under this request's id, which it gives.
    pub fn keep_answer<T: Any + Send + Sync>(
        &self,
        question: &str,
        whole: Arc<T>,
        weight: usize,
    ) -> RequestId {
        let (id, asked, given) = (self.id, self.asked(question), self.now());
        self.gate.answers.keep(One { key: (id, asked), since: given, weight, whole });
        id
    }

    /// The answer that the request of this id gave to the same caller and the same question, while it is kept.
    pub fn kept_answer<T: Any + Send + Sync>(&self, id: RequestId, question: &str) -> Option<Arc<T>> {
        self.gate.answers.find(id, &self.asked(question), self.now())?.downcast().ok()
    }

    fn asked(&self, question: &str) -> Asked {
        let question = format!("{} {} {question}", self.operation.name, self.region());
        let caller = self.caller.principal.display_name().to_owned();
        Asked { account: self.account(), caller, question }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::HEAVIEST;

    fn asked(question: &str) -> Asked {
        let account = "111122223333".parse().unwrap();
        Asked { account, caller: "arn:aws:iam::111122223333:root".into(), question: question.into() }
    }

    fn answer(n: u8, weight: usize) -> One<(RequestId, Asked)> {
        let since = Timestamp::from_seconds(i64::from(n));
        One { key: (RequestId::from_random([n; 16]), asked("q")), since, weight, whole: Arc::new(n) }
    }

    fn has(answers: &Answers, n: u8) -> bool {
        let now = Timestamp::from_seconds(i64::from(n));
        answers.find(RequestId::from_random([n; 16]), &asked("q"), now).is_some()
    }

    #[test]
    fn an_answer_is_for_the_same_question_alone_and_not_for_long() {
        let answers = Answers::default();
        answers.keep(answer(1, 1));
        assert!(has(&answers, 1));
        let (id, then) = (RequestId::from_random([1; 16]), Timestamp::from_seconds(1));
        assert!(answers.find(id, &asked("another"), then).is_none());
        assert!(answers.find(RequestId::from_random([2; 16]), &asked("q"), then).is_none());
        let stranger = Asked { caller: "arn:aws:iam::111122223333:user/u".into(), ..asked("q") };
        assert!(answers.find(id, &stranger, then).is_none());
        assert!(answers.find(id, &asked("q"), then.plus_millis(60_000)).is_none());
        answers.age(then.plus_millis(60_000));
        assert!(!has(&answers, 1));
    }

    #[test]
    fn the_oldest_makes_room_in_number_and_in_weight() {
        let answers = Answers::default();
        (1..=9).for_each(|n| answers.keep(answer(n, 1)));
        assert!(!has(&answers, 1));
        assert!((2..=9).all(|n| has(&answers, n)));
        answers.keep(answer(10, HEAVIEST - 2));
        assert_eq!((1..=10).filter(|n| has(&answers, *n)).collect::<Vec<_>>(), [8, 9, 10]);
        answers.keep(answer(11, HEAVIEST + 1));
        assert!(!has(&answers, 11) && has(&answers, 10), "too heavy to be kept");
    }
}
