use aws_lc_rs::digest::{SHA256, digest};

/// A request as it came over the wire, before anything in it is believed.
#[derive(Clone, Copy)]
pub struct RawRequest<'a> {
    /// The method, in the case it was sent in.
    pub method: &'a str,
    /// The path exactly as sent: still percent-encoded, not normalised, without the query.
    pub path: &'a str,
    /// The query string exactly as sent, without the `?`; empty if there was none.
    pub query: &'a str,
    /// Names (in any case) and values, in the order of arrival. For HTTP/2, the caller adds `:authority` as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body, or its digest.
    pub body: Body<'a>,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// The whole body.
    Bytes(&'a [u8]),
    /// Its SHA-256, for a caller that computed it while reading.
    Sha256([u8; 32]),
}

impl Body<'_> {
    /// The SHA-256 of the body.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Bytes(bytes) => sha256(bytes),
            Self::Sha256(digest) => *digest,
        }
    }
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
