//! Tags of requests, and KMS's exceptions for those that a key does not take. The rules are the keyring's.

use gatekey_keyring::{TagFault, Tags, read_tags};
use gatekey_model::kms::{KMSInvalidStateException, Tag, TagException};

/// Reads the tags of a request.
///
/// # Errors
/// TagException: a key twice, or one that begins with `aws:` in any case.
pub(crate) fn parse<E: From<TagException>>(tags: &[Tag]) -> Result<Tags, E> {
    let pairs = tags.iter().map(|tag| (tag.tag_key.as_str(), tag.tag_value.as_str()));
    read_tags(pairs).map_err(bad)
}

/// TagException.
pub(crate) fn bad<E: From<TagException>>(fault: TagFault) -> E {
    TagException::new(fault.to_string()).into()
}

/// The key does not take the tags, for its state or for their number.
pub(crate) fn refused<E: From<TagException> + From<KMSInvalidStateException>>(fault: TagFault) -> E {
    match fault {
        TagFault::Key(fault) => crate::fault::wrong_state(fault),
        fault => bad(fault),
    }
}
