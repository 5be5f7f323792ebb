//! Pages of listings: opaque tokens, bound to what was asked.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatekey_model::ssm::InvalidNextToken;
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a listing is known by: its operation and what it was asked, in few characters.
pub(crate) fn listing(operation: &str, asked: &impl Serialize) -> String {
    let asked = serde_json::to_string(asked).unwrap_or_default();
    // Only equality matters, and a token is no proof of anything: the listing is decided anew each time.
    let mut hasher = DefaultHasher::new();
    asked.hash(&mut hasher);
    format!("{operation} {:x}", hasher.finish())
}

/// The token of a listing that goes on after `last`.
pub(crate) fn after(listing: &str, last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{listing}\n{last}"))
}

/// After what a token says that the listing goes on.
///
/// # Errors
/// InvalidNextToken: it is not of this listing.
pub(crate) fn read(listing: &str, token: Option<&String>) -> Result<Option<String>, InvalidNextToken> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
    let bad = || InvalidNextToken::new("The specified token isn't valid.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let last = text.strip_prefix(listing).and_then(|rest| rest.strip_prefix('\n'));
    last.map(|last| Some(last.to_owned())).ok_or_else(bad)
}

/// How many entries a page has.
pub(crate) fn size(asked: Option<i32>, most: usize) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(most).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_serves_the_listing_that_gave_it_and_no_other() {
        let (one, other) = (listing("DescribeParameters", &"a"), listing("DescribeParameters", &"b"));
        let token = after(&one, "/x");
        assert_eq!(read(&one, Some(&token)).unwrap().as_deref(), Some("/x"));
        assert!(read(&other, Some(&token)).is_err());
        assert!(read(&one, Some(&"?".to_owned())).is_err());
        assert_eq!(read(&one, None).unwrap(), None);
    }
}
