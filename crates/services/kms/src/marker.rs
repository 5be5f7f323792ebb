//! Pagination markers: where a listing goes on. Opaque to clients, and bound to the listing that gave them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatekey_model::kms::InvalidMarkerException;

/// Markers begin with this, so that a later form can be told apart.
const FORM: &str = "1";

/// The marker of a listing (its operation, and what it lists) that ended with `last`.
pub(crate) fn after(listing: &str, last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{FORM}\n{listing}\n{last}"))
}

/// Where a marker of this listing says that it goes on.
pub(crate) fn read<E: From<InvalidMarkerException>>(
    listing: &str,
    marker: Option<&str>,
) -> Result<Option<String>, E> {
    let Some(marker) = marker else { return Ok(None) };
    let bad = || E::from(InvalidMarkerException::bare());
    let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let last = text
        .strip_prefix(FORM)
        .and_then(|rest| rest.strip_prefix('\n')?.strip_prefix(listing)?.strip_prefix('\n'));
    last.map(|last| Some(last.to_owned())).ok_or_else(bad)
}

/// The page size that a request asks for, within the operation's own range; beyond it AWS gives at most the maximum.
pub(crate) fn page_size(limit: Option<i32>, default: usize, most: usize) -> usize {
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::ListKeysError;

    #[test]
    fn a_marker_serves_the_listing_that_gave_it_and_no_other() {
        let marker = after("ListKeys", "abc");
        assert_eq!(read::<ListKeysError>("ListKeys", Some(&marker)).unwrap().unwrap(), "abc");
        for (listing, marker) in
            [("ListAliases", marker.as_str()), ("ListKeys", "not base64!"), ("ListKeys", "")]
        {
            assert!(matches!(
                read::<ListKeysError>(listing, Some(marker)),
                Err(ListKeysError::InvalidMarker(_))
            ));
        }
        assert_eq!(read::<ListKeysError>("ListKeys", None).unwrap(), None);
    }
}
