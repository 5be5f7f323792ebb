//! The seam between the socket and the services: what the server hands over, and what it takes back.

use crate::spare_headers;
use bytes::Bytes;
use gatekey_types::RequestId;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use smol_str::SmolStr;
use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc};

/// A future on the heap, as trait objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Puts a future on the heap, made where it is to be: `Box::pin` is handed it, and the larger ones take long to hand on.
pub fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let room = Box::new_uninit();
    Box::into_pin(Box::write(room, make()))
}

/// What answers requests: everything above HTTP. The server calls one of these and nothing else.
pub trait Application: Send + Sync {
    /// Works on one request until its answer can leave. The whole body has been read and is within the cap; nothing has been parsed.
    ///
    /// **The future may be dropped at any of its awaits**, because the client went away. Work that must be finished
    /// once it is begun belongs on a task of its own. A panic is caught, logged and answered as an internal failure.
    fn call(self: Arc<Self>, request: RawRequest) -> Call;

    /// Whether requests would be served now. Asked by `/readyz`; must be cheap and must not block.
    fn ready(&self) -> Readiness;

    /// Figures for `/metrics` which the application keeps itself, such as those of its store and its audit trail.
    /// Asked at each scrape, never on the path of a request.
    fn measurements(&self) -> Vec<Measurement>;
}

/// A request in the application's hands.
pub struct Call {
    /// Works on it.
    pub answer: BoxFuture<'static, Leaving>,
    /// Whether it is of a kind that comes often and is soon done: such are worked on together, piece by piece, where several are there
    /// at the same time. What they do between two awaits keeps each other waiting.
    pub is_brief: bool,
}

impl Call {
    /// A request that is worked on by itself.
    pub fn alone(answer: BoxFuture<'static, Leaving>) -> Self {
        Self { answer, is_brief: false }
    }
}

/// An answer that holds on to nothing of its request any more. It passes through many hands, and stays where it is meanwhile.
pub enum Leaving {
    /// It can leave now.
    Now(Box<Answer>),
    /// It can leave once its request is recorded. Records are made in the order in which they are handed in: who came
    /// to this first waits for nobody who came later.
    Recorded(BoxFuture<'static, Box<Answer>>),
}

impl Leaving {
    /// Waits until it can leave.
    pub async fn answer(self) -> Box<Answer> {
        match self {
            Self::Now(answer) => answer,
            Self::Recorded(answer) => answer.await,
        }
    }
}

/// Whether the application serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Requests are served.
    Ready,
    /// Requests would be refused, for the reason that the operator reads.
    Unready(String),
}

/// One figure of the application's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The metric's name without the `gatekey_` prefix and without a unit suffix, for instance `store_revision`.
    pub name: &'static str,
    /// What it counts, in a sentence without its full stop.
    pub help: &'static str,
    /// Counts up for ever, or goes up and down.
    pub kind: MeasurementKind,
    /// The figure.
    pub value: f64,
}

/// How a [`Measurement`] moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasurementKind {
    /// Only ever grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A request as it came, capped but not parsed.
pub struct RawRequest {
    /// Names this request in the answer, the audit event and the logs.
    pub id: RequestId,
    /// The method, as sent.
    pub method: Method,
    /// The target, as sent: path and query still percent-encoded, as signatures need them.
    pub uri: Uri,
    /// The protocol that carried it.
    pub version: Version,
    /// The headers. `host` is always there when the client named a host, over HTTP/2 too (from `:authority`).
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The connection that it came over.
    pub connection: Arc<Connection>,
}

impl Drop for RawRequest {
    fn drop(&mut self) {
        spare_headers::keep(&mut self.headers);
    }
}

/// Prints neither headers nor body: they hold signatures, tokens and plaintexts.
impl std::fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawRequest")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .field("body_bytes", &self.body.len())
            .field("peer", &self.connection.peer)
            .finish_non_exhaustive()
    }
}

/// Facts about a connection that decisions and audit events mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The client's end (`aws:SourceIp`).
    pub peer: SocketAddr,
    /// The server's end.
    pub local: SocketAddr,
    /// What TLS agreed on, or `None` over plain HTTP (`aws:SecureTransport`).
    pub tls: Option<TlsFacts>,
    source: SmolStr,
}

impl Connection {
    /// A connection between these two ends.
    pub fn new(peer: SocketAddr, local: SocketAddr, tls: Option<TlsFacts>) -> Self {
        let source = peer.ip().to_canonical().to_string().into();
        Self { peer, local, tls, source }
    }

    /// The client's address in words, an IPv4 address always as one. It is put into words once for all requests.
    pub fn source(&self) -> &SmolStr {
        &self.source
    }
}

/// What a TLS handshake agreed on, in the words of CloudTrail's `tlsDetails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite by its registered name, for instance `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: &'static str,
}

/// What goes back. The server adds the request id, the CORS headers, the date and the length.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers of the answer itself, content type included.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How it is counted.
    pub outcome: Outcome,
}

/// How an answer is counted in the metrics. The texts are static, so that a hostile client cannot grow their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// The service's signing name, for instance `kms`, or `-` where none was recognised.
    pub service: &'static str,
    /// The operation, for instance `Decrypt`, or `-` where none was recognised.
    pub operation: &'static str,
    /// `ok`, or the error code that the client reads.
    pub code: &'static str,
}

impl Outcome {
    /// An answer given before any operation was recognised.
    pub const fn unrouted(code: &'static str) -> Self {
        Self { service: "-", operation: "-", code }
    }
}
