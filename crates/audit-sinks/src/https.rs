//! POST over HTTP or HTTPS, on one connection that is kept: no redirects, a bounded answer, a deadline.

use crate::SinkFault;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider, pki_types::ServerName};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::Runtime,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// A connection and an answer take at most so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const LONGEST: usize = 64 << 10;

/// What posts to one URL.
pub(crate) struct Poster {
    uri: Uri,
    headers: HeaderMap,
    tls: Arc<ClientConfig>,
    runtime: Runtime,
    open: Option<Sender>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Poster {
    /// To this URL, with these headers.
    pub(crate) fn new(uri: Uri, headers: HeaderMap) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(Self { uri, headers, tls: trusting()?, runtime, open: None })
    }

    /// Posts once.
    pub(crate) fn post(&mut self, body: Bytes) -> Result<Answer, SinkFault> {
        let Self { uri, headers, tls, runtime, open } = self;
        let kept = open.take().filter(|sender| !sender.is_closed());
        let way = Way { uri, headers, tls };
        let outcome = runtime.block_on(async { timeout(PATIENCE, way.post(kept, body)).await });
        let (sender, answer) = outcome.map_err(|_| SinkFault::Slow)??;
        *open = Some(sender);
        Ok(answer)
    }
}

type Sender = SendRequest<Full<Bytes>>;

struct Way<'p> {
    uri: &'p Uri,
    headers: &'p HeaderMap,
    tls: &'p Arc<ClientConfig>,
}

impl Way<'_> {
    /// Posts on the connection that was kept; on a new one if there is none, or if the other side has closed it meanwhile.
    async fn post(&self, kept: Option<Sender>, body: Bytes) -> Result<(Sender, Answer), SinkFault> {
        if let Some(mut sender) = kept
            && let Ok(answer) = exchange(&mut sender, self.request(body.clone())?).await
        {
            return Ok((sender, answer));
        }
        let mut sender = connect(self.uri, self.tls).await?;
        let answer = exchange(&mut sender, self.request(body)?).await?;
        Ok((sender, answer))
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, SinkFault> {
        let host = self.uri.authority().map_or("", http::uri::Authority::as_str);
        let path = self.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut request = Request::post(path)
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "gatekey")
            .body(Full::new(body))
            .map_err(unreachable)?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }
}

/// Trusts what the system trusts.
fn trusting() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn exchange(sender: &mut Sender, request: Request<Full<Bytes>>) -> Result<Answer, SinkFault> {
    sender.ready().await.map_err(unreachable)?;
    let answer = sender.send_request(request).await.map_err(unreachable)?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LONGEST).collect().await;
    let body = body.map_err(|error| SinkFault::Unreachable(error.to_string()))?.to_bytes();
    Ok(Answer { status, body })
}

async fn connect(uri: &Uri, tls: &Arc<ClientConfig>) -> Result<Sender, SinkFault> {
    let secure = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((&*bare, port)).await?;
    if !secure {
        return begin(stream).await;
    }
    let name = ServerName::try_from(bare).map_err(unreachable)?;
    begin(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?).await
}

/// Begins to speak HTTP; the runtime's thread attends to the connection whenever something is posted.
async fn begin<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Sender, SinkFault> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    drop(tokio::spawn(connection));
    Ok(sender)
}

fn unreachable(error: impl core::fmt::Display) -> SinkFault {
    SinkFault::Unreachable(error.to_string())
}
