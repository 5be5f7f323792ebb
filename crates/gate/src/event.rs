//! The audit event of a request, in CloudTrail's shape.

use crate::Passage;
use gatekey_keyring::Key;
use gatekey_types::{RequestId, Timestamp};

/// What the client is told of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The error's code.
    pub code: &'static str,
    /// The error's text.
    pub message: Option<String>,
}

pub(crate) fn event_bytes(passage: &Passage<'_>, id: RequestId, error: Option<&Told>) -> Vec<u8> {
    let _ = (passage, id, error);
    Vec::new()
}

pub(crate) fn deletion_event(key: &Key, id: RequestId, now: Timestamp) -> Vec<u8> {
    let _ = (key, id, now);
    Vec::new()
}
