//! Long answers in pages.

use gatekey_model::gatekey::InvalidQuestionException;

/// Entries of a page where the request does not say.
const USUAL: usize = 100;

/// A page.
pub(crate) struct Page<T> {
    /// Its entries.
    pub(crate) items: Vec<T>,
    /// Where the next one begins.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// The page of these entries that the marker names. The answer is worked out anew for each page, so that one that is
    /// changed meanwhile may have an entry twice or not at all.
    ///
    /// # Errors
    /// InvalidQuestion: the marker is none.
    pub(crate) fn take<E: From<InvalidQuestionException>>(
        all: impl Iterator<Item = T>,
        limit: Option<i32>,
        marker: Option<&str>,
    ) -> Result<Self, E> {
        let from: usize = match marker {
            None => 0,
            Some(marker) => marker.parse().map_err(|_| {
                E::from(InvalidQuestionException::new(format!("'{marker}' is no marker of an answer.")))
            })?,
        };
        let most = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(USUAL);
        let mut rest = all.skip(from);
        let items: Vec<T> = rest.by_ref().take(most).collect();
        let next = rest.next().map(|_| from.saturating_add(items.len()).to_string());
        Ok(Self { items, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::gatekey::WhoCanError as Error;

    #[test]
    fn pages_follow_each_other_and_miss_nothing() {
        let page = |marker: Option<&str>| Page::take::<Error>(0..250, None, marker).unwrap();
        let first = page(None);
        let second = page(first.next.as_deref());
        let third = page(second.next.as_deref());
        assert!(third.next.is_none());
        let all: Vec<i32> = [first.items, second.items, third.items].concat();
        assert_eq!(all, (0..250).collect::<Vec<_>>());
        assert!(Page::take::<Error>(0..1, None, Some("x")).is_err());
        assert!(Page::take::<Error>(0..1, None, Some("99")).unwrap().items.is_empty());
    }
}
