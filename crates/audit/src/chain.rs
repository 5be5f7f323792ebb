//! What ties the events together: a hash from each to the next, and a tag that only the holder of the key can make.

use aws_lc_rs::{constant_time, digest, hmac};

/// The hash that an event is known by in the chain. It stands for the event and everything before it.
pub(crate) type Link = [u8; 32];
/// The digest of what is written of an event, before it has its place.
pub(crate) type Digest = [u8; 32];
/// Proof that the holder of the key wrote something: HMAC-SHA-256, the first half.
pub(crate) type Tag = [u8; 16];

/// What the first event of a log is chained to.
pub(crate) const BEGINNING: Link = [0; 32];

/// SHA-256 in hex, as digest files have it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// The key that authenticates a log. Whoever has it can forge the log, and nobody else can.
#[derive(Clone)]
pub struct AuditKey(hmac::Key);

impl AuditKey {
    /// The key of these bytes, which should be random.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    fn sign<const BYTES: usize>(&self, message: &[u8]) -> Option<[u8; BYTES]> {
        let mut room = [0; 32];
        hmac::sign_to_buffer(&self.0, message, &mut room).ok()?.first_chunk().copied()
    }

    fn tag(&self, message: &[u8]) -> Tag {
        // The constructor fixes the algorithm, whose tags are longer than this.
        self.sign(message).unwrap_or_default()
    }

    /// A key for another purpose, made of this one.
    pub(crate) fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        self.sign(purpose).unwrap_or_default()
    }

    /// The tag of an event's link.
    pub(crate) fn tag_event(&self, link: &Link) -> Tag {
        let mut message = [b'e'; 33];
        if let Some(place) = message.last_chunk_mut() {
            *place = *link;
        }
        self.tag(&message)
    }

    /// The tag of a line that says something about the log: `kind` keeps kinds apart, `fields` has a fixed layout.
    pub(crate) fn tag_line(&self, kind: Kind, fields: &[u8]) -> Tag {
        let mut message = vec![kind as u8];
        message.extend_from_slice(fields);
        self.tag(&message)
    }
}

impl core::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AuditKey")
    }
}

/// What a tag can be about, besides an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Segment = b's' as isize,
    Head = b'h' as isize,
}

/// Compares without telling by time where the difference is.
pub(crate) fn same_tag(a: &Tag, b: &Tag) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// The digest of an event's tail.
pub(crate) fn digest(tail: &[u8]) -> Digest {
    digest::digest(&digest::SHA256, tail).as_ref().try_into().unwrap_or_default()
}

/// The link of the event with this number and digest, behind the event with the link `previous`.
pub(crate) fn link(previous: &Link, number: u64, digest: &Digest) -> Link {
    let mut message = [0; 72];
    let (chained, rest) = message.split_at_mut(32);
    let (own, place) = rest.split_at_mut(32);
    chained.copy_from_slice(previous);
    own.copy_from_slice(digest);
    place.copy_from_slice(&number.to_be_bytes());
    self::digest(&message)
}
