//! Pages: a token says where a lookup goes on, and is bound to what was looked up.

use crate::words::{Wrong, inferred_words};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatekey_audit::Query;
use gatekey_model::cloudtrail::InvalidNextTokenException;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a lookup is known by.
fn mark(query: &Query) -> u64 {
    let mut hasher = DefaultHasher::new();
    query.all.hash(&mut hasher);
    [query.from, query.until].map(|time| time.map(|time| time.millis())).hash(&mut hasher);
    // Only equality matters, and a token is no proof of anything: each page is decided anew.
    hasher.finish()
}

/// The token of the page that goes on before the event of this number.
pub(crate) fn token(query: &Query, before: u64) -> String {
    let text = serde_json::to_vec(&(mark(query), before)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(text)
}

/// Where a token says that this lookup goes on. The query has no place yet.
///
/// # Errors
/// InvalidNextTokenException: it is of another lookup, or of none.
pub(crate) fn read<E: From<InvalidNextTokenException>>(
    query: &Query,
    token: Option<&String>,
) -> Result<Option<u64>, E> {
    let Some(token) = token else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    match serde_json::from_slice::<(u64, u64)>(&bytes) {
        Ok((of, before)) if of == mark(query) => Ok(Some(before)),
        _ => Err(InvalidNextTokenException::new(inferred_words(Wrong::Token)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_audit::Field;
    use gatekey_model::cloudtrail::LookupEventsError;

    #[test]
    fn a_token_serves_its_own_lookup() {
        let query = |value: &str| Query { all: vec![(Field::User, value.to_owned())], ..Query::default() };
        let given = token(&query("ann"), 77);
        let read = |value, token: &str| read::<LookupEventsError>(&query(value), Some(&token.to_owned()));
        assert_eq!(read("ann", &given).unwrap(), Some(77));
        for (value, token) in [("bob", &*given), ("ann", "AAAA"), ("ann", "\u{e9}"), ("ann", "")] {
            assert!(matches!(read(value, token), Err(LookupEventsError::InvalidNextToken(_))), "{token}");
        }
    }
}
