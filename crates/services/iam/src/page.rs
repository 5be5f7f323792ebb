//! Pages of listings: `Marker` and `MaxItems`.

use crate::fault::invalid;
use gatekey_model::CommonError;

/// A part of a listing, and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marker: Option<String>,
}

/// Items of a page where the request does not say.
const USUAL: usize = 100;
/// What markers begin with, so that nobody takes one for a name.
const PREFIX: &str = "m-";

impl<T> Page<T> {
    /// Takes the items after the marker. `key` gives the text by which the items are in order.
    ///
    /// # Errors
    /// ValidationError for a marker that was not given here.
    pub(crate) fn take<E: From<CommonError>>(
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
        marker: Option<&String>,
        most: Option<i32>,
    ) -> Result<Self, E> {
        let after = match marker {
            None => None,
            Some(marker) => Some(decoded(marker).ok_or_else(|| invalid::<E>("Invalid Marker."))?),
        };
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL).max(1);
        let mut rest = items.filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
        let items: Vec<T> = rest.by_ref().take(most).collect();
        let marker = rest.next().and(items.last()).map(|last| format!("{PREFIX}{}", hex::encode(key(last))));
        Ok(Self { items, marker })
    }
}

fn decoded(marker: &str) -> Option<String> {
    String::from_utf8(hex::decode(marker.strip_prefix(PREFIX)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap_or_repetition() {
        let all = ["a", "b", "c", "d", "e"];
        let page = |marker: Option<&String>| {
            Page::take::<CommonError>(all.into_iter(), |item| (*item).to_owned(), marker, Some(2)).unwrap()
        };
        let first = page(None);
        let second = page(first.marker.as_ref());
        let third = page(second.marker.as_ref());
        assert_eq!([first.items, second.items, third.items].concat(), all);
        assert_eq!(third.marker, None);
        assert!(
            Page::take::<CommonError>(all.into_iter(), |i| (*i).to_owned(), Some(&"x".into()), None).is_err()
        );
    }
}
