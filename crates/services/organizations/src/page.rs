//! Pages of listings: `NextToken` and `MaxResults`.

use crate::fault::invalid_input;
use gatekey_model::organizations::{InvalidInputException, InvalidInputExceptionReason};

/// A part of a listing, and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// Items of a page, at most and where the request does not say.
const USUAL: usize = 20;
/// What tokens begin with, so that nobody takes one for a name.
const PREFIX: &str = "n-";

impl<T> Page<T> {
    /// Takes the items after the token. `key` gives the text by which the items are in order.
    ///
    /// # Errors
    /// InvalidInputException for a token that was not given here.
    pub(crate) fn take<E: From<InvalidInputException>>(
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
        token: Option<&String>,
        most: Option<i32>,
    ) -> Result<Self, E> {
        let unknown = || {
            let text = "You provided an invalid value for the NextToken parameter.";
            invalid_input(InvalidInputExceptionReason::InvalidNextToken, text)
        };
        let after = token.map(|token| decoded(token).ok_or_else(unknown)).transpose()?;
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL).clamp(1, USUAL);
        let mut rest = items.filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
        let items: Vec<T> = rest.by_ref().take(most).collect();
        let next = rest.next().and(items.last()).map(|last| format!("{PREFIX}{}", hex::encode(key(last))));
        Ok(Self { items, next })
    }
}

fn decoded(token: &str) -> Option<String> {
    String::from_utf8(hex::decode(token.strip_prefix(PREFIX)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::organizations::ListRootsError;

    #[test]
    fn pages_follow_one_another_without_gap_or_repetition() {
        let all = ["a", "b", "c", "d", "e"];
        let page = |token: Option<&String>| {
            Page::take::<ListRootsError>(all.into_iter(), |item| (*item).to_owned(), token, Some(2))
        };
        let first = page(None).unwrap();
        let second = page(first.next.as_ref()).unwrap();
        let third = page(second.next.as_ref()).unwrap();
        assert_eq!([first.items, second.items, third.items].concat(), all);
        assert_eq!(third.next, None);
        assert!(page(Some(&"x".into())).is_err());
    }
}
