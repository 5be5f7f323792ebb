//! Pages: tokens are bound to what was asked and end after a quarter of an hour, as AWS has it.

use crate::fault::invalid;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatekey_model::tagging::{InvalidParameterException, PaginationTokenExpiredException};
use gatekey_types::Timestamp;
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How long a token is good.
const GOOD_FOR_MILLIS: i64 = 15 * 60 * 1000;
/// Tag keys or values of one page.
pub(crate) const USUAL: usize = 100;

/// Where a listing goes on: which kind of resource or nothing, and after what.
pub(crate) type Place = (usize, String);

/// The token of a listing (the operation, and what it was asked) that goes on after this place.
pub(crate) fn after(listing: &str, place: &Place, now: Timestamp) -> String {
    let text = serde_json::to_vec(&(listing, now.millis(), place)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(text)
}

/// Where a token says that the listing goes on; none, or an empty one, at its beginning.
///
/// # Errors
/// InvalidParameterException for what is no token of this listing, PaginationTokenExpiredException for an old one.
pub(crate) fn read<E>(listing: &str, token: Option<&String>, now: Timestamp) -> Result<Place, E>
where
    E: From<InvalidParameterException> + From<PaginationTokenExpiredException>,
{
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok((0, String::new())) };
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    let read: Result<(String, i64, Place), _> = serde_json::from_slice(&bytes);
    match read {
        Ok((of, at, place)) if of == listing => match now.millis().saturating_sub(at) {
            0..GOOD_FOR_MILLIS => Ok(place),
            _ => Err(PaginationTokenExpiredException::new("The PaginationToken has expired.").into()),
        },
        _ => Err(invalid("The PaginationToken is not valid.")),
    }
}

/// What a listing is known by: its operation and its filters, in few characters.
pub(crate) fn listing(operation: &str, filters: &impl Serialize) -> String {
    let filters = serde_json::to_string(filters).unwrap_or_default();
    // Only equality matters, and a token is no proof of anything: the listing is decided anew each time.
    let mut hasher = DefaultHasher::new();
    filters.hash(&mut hasher);
    format!("{operation} {:x}", hasher.finish())
}

/// A page of texts that are in order, and the token of the next one: empty at the end, as AWS has it.
pub(crate) fn of_texts<'t>(
    all: impl Iterator<Item = &'t str>,
    listing: &str,
    place: &Place,
    now: Timestamp,
) -> (Vec<String>, String) {
    let begun = place.0 > 0;
    let mut rest = all.filter(|text| !begun || *text > place.1.as_str());
    let page: Vec<String> = rest.by_ref().take(USUAL).map(str::to_owned).collect();
    let token = rest.next().and(page.last()).map(|last| after(listing, &(1, last.clone()), now));
    (page, token.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::tagging::GetTagKeysError;

    #[test]
    fn a_token_serves_its_own_listing_for_a_quarter_of_an_hour() {
        let now = Timestamp::from_seconds(1_000);
        let token = after("a", &(2, "x".into()), now);
        let read = |listing, at| read::<GetTagKeysError>(listing, Some(&token), Timestamp::from_seconds(at));
        assert_eq!(read("a", 1_899).unwrap(), (2, "x".to_owned()));
        assert!(matches!(read("a", 1_900), Err(GetTagKeysError::PaginationTokenExpired(_))));
        assert!(matches!(read("b", 1_000), Err(GetTagKeysError::InvalidParameter(_))));
    }

    #[test]
    fn texts_come_page_by_page() {
        let all: Vec<String> = (0..150).map(|n| format!("{n:03}")).collect();
        let now = Timestamp::from_seconds(0);
        let texts = || all.iter().map(String::as_str);
        let (first, token) = of_texts(texts(), "l", &(0, String::new()), now);
        let place = read::<GetTagKeysError>("l", Some(&token), now).unwrap();
        let (second, token) = of_texts(texts(), "l", &place, now);
        assert_eq!([first, second].concat(), all);
        assert!(token.is_empty());
    }
}
