//! What one client, and all of them together, may use up.

use std::time::Duration;

/// The most header fields a request may have. More are answered with 431; hyper keeps this many without allocating.
pub const MAX_HEADER_FIELDS: usize = 100;

/// The most requests in flight on one HTTP/2 connection.
pub const MAX_STREAMS: u32 = 128;

/// Bodies up to this many bytes are not charged to [`Limits::buffered_bytes`]: connections and streams bound them.
pub const UNCHARGED_BODY_BYTES: usize = 64 * 1024;

/// Caps and deadlines of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; one more is told 503 and closed.
    pub connections: usize,
    /// Bytes of a request's line and headers together; more are answered with 431. At least 8 KiB.
    pub header_bytes: usize,
    /// Bytes of a body; a longer one is answered with 413 before it is read.
    pub body_bytes: usize,
    /// Bytes of all large bodies being read or answered at once; past it, large bodies are told 503.
    pub buffered_bytes: usize,
    /// From a connection's first byte to the end of its first request's headers, and for a TLS handshake.
    pub header_deadline: Duration,
    /// From the end of the headers to the end of the body; past it, 408.
    pub body_deadline: Duration,
    /// How long a connection may stay open without a request in flight. Closed at most half as long again after it.
    pub idle_deadline: Duration,
    /// How long requests in flight may take to finish once the server stops.
    pub drain_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_bytes: 32 * 1024,
            body_bytes: 1024 * 1024,
            buffered_bytes: 256 * 1024 * 1024,
            header_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(30),
            idle_deadline: Duration::from_secs(75),
            drain_deadline: Duration::from_secs(20),
        }
    }
}
