//! Long answers in pages.

use gatekey_gate::Passage;
use gatekey_model::gatekey::InvalidQuestionException;
use gatekey_types::RequestId;
use std::{any::Any, sync::Arc};

/// Entries of a page where the request does not say.
const USUAL: usize = 100;

/// Which page a request asks for: how many entries at most, and where it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'i> {
    /// Entries at most.
    pub(crate) limit: Option<i32>,
    /// The marker of the page before.
    pub(crate) marker: Option<&'i str>,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// Its entries.
    pub(crate) items: Vec<T>,
    /// Where the next one begins.
    pub(crate) next: Option<String>,
}

/// A whole answer: its entries, and what each of its pages says besides.
pub(crate) struct Whole<T, X> {
    /// All entries.
    pub(crate) items: Vec<T>,
    /// What goes with every page.
    pub(crate) besides: X,
}

/// Where a page begins: after how many entries, and of which kept answer.
struct Marker {
    from: usize,
    answer: Option<RequestId>,
}

impl Wanted<'_> {
    fn most(self) -> usize {
        self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(USUAL)
    }

    fn begin<E: From<InvalidQuestionException>>(self) -> Result<Marker, E> {
        let Some(text) = self.marker else { return Ok(Marker { from: 0, answer: None }) };
        let (from, answer) = match text.split_once(':') {
            None => (text.parse().ok(), Some(None)),
            Some((from, answer)) => (from.parse().ok(), answer.parse().ok().map(Some)),
        };
        from.zip(answer).map(|(from, answer)| Marker { from, answer }).ok_or_else(|| {
            InvalidQuestionException::new(format!("'{text}' is no marker of an answer.")).into()
        })
    }
}

impl<T> Page<T> {
    /// The page of these entries that the marker names. The answer is worked out anew for each page, so that one that is
    /// changed meanwhile may have an entry twice or not at all.
    ///
    /// # Errors
    /// InvalidQuestion: the marker is none.
    pub(crate) fn take<E: From<InvalidQuestionException>>(
        all: impl Iterator<Item = T>,
        wanted: Wanted<'_>,
    ) -> Result<Self, E> {
        let Marker { from, .. } = wanted.begin()?;
        Ok(Self::cut(all, from, wanted.most()))
    }

    fn cut(all: impl Iterator<Item = T>, from: usize, most: usize) -> Self {
        let mut rest = all.skip(from);
        let items: Vec<T> = rest.by_ref().take(most).collect();
        let next = rest.next().map(|_| from.saturating_add(items.len()).to_string());
        Self { items, next }
    }
}

impl<T: Any + Send + Sync + Clone> Page<T> {
    /// The page of an answer that takes long to work out, and what goes with each. The answer is kept for its further pages, if
    /// there are any, so that they are pages of one answer; where it is gone meanwhile, it is worked out anew. `weight` is how
    /// many entries an item counts for.
    ///
    /// # Errors
    /// InvalidQuestion: the marker is none; and what `study` says.
    pub(crate) async fn of_study<X, E>(
        passage: &Passage<'_>,
        question: &str,
        wanted: Wanted<'_>,
        weight: impl Fn(&T) -> usize,
        study: impl FnOnce() -> Result<Whole<T, X>, E>,
    ) -> Result<(Self, X), E>
    where
        X: Any + Send + Sync + Clone,
        E: From<InvalidQuestionException>,
    {
        let Marker { from, answer } = wanted.begin()?;
        let kept = answer.and_then(|id| passage.kept_answer::<Whole<T, X>>(id, question));
        let (whole, id) = match (kept, answer) {
            (Some(whole), Some(id)) => (whole, Some(id)),
            _ => {
                let whole = Arc::new(passage.study(study).await?);
                let has_more = whole.items.len() > from.saturating_add(wanted.most());
                let heavy = || whole.items.iter().map(weight).sum();
                let id = has_more.then(|| passage.keep_answer(question, Arc::clone(&whole), heavy()));
                (whole, id)
            }
        };
        let page = Page::cut(whole.items.iter(), from, wanted.most());
        let next = page.next.zip(id).map(|(next, id)| format!("{next}:{id}"));
        Ok((Self { items: page.items.into_iter().cloned().collect(), next }, whole.besides.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::gatekey::WhoCanError as Error;

    #[test]
    fn pages_follow_each_other_and_miss_nothing() {
        let page =
            |marker: Option<&str>| Page::take::<Error>(0..250, Wanted { limit: None, marker }).unwrap();
        let first = page(None);
        let second = page(first.next.as_deref());
        let third = page(second.next.as_deref());
        assert!(third.next.is_none());
        let all: Vec<i32> = [first.items, second.items, third.items].concat();
        assert_eq!(all, (0..250).collect::<Vec<_>>());
        assert!(page(Some("999")).items.is_empty());
        assert_eq!(page(Some("100:1234abcd-12ab-34cd-56ef-1234567890ab")).items.first(), Some(&100));
        for marker in ["x", "", "-1", "1:", "1:x", ":1234abcd-12ab-34cd-56ef-1234567890ab", "1:2:3"] {
            let refused = Page::take::<Error>(0..1, Wanted { limit: None, marker: Some(marker) });
            assert!(refused.is_err(), "{marker}");
        }
    }
}
