//! One request over HTTPS: no redirects, no compression, a bounded answer, from an address that may be asked.

use crate::address::Reach;
use bytes::Bytes;
use gatekey_gate::IssuerFault;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::sync::Arc;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longest answer, in bytes.
const LONGEST: usize = 512 * 1024;

/// Gets what is at a URL. The caller sets the deadline.
pub(crate) async fn fetch(uri: &Uri, reach: Reach, tls: &Arc<ClientConfig>) -> Result<Bytes, IssuerFault> {
    ask(uri, Method::GET, Bytes::new(), reach, tls).await
}

/// Sends JSON to a URL. The caller sets the deadline.
pub(crate) async fn send(
    uri: &Uri,
    json: Bytes,
    reach: Reach,
    tls: &Arc<ClientConfig>,
) -> Result<Bytes, IssuerFault> {
    ask(uri, Method::POST, json, reach, tls).await
}

async fn ask(
    uri: &Uri,
    method: Method,
    json: Bytes,
    reach: Reach,
    tls: &Arc<ClientConfig>,
) -> Result<Bytes, IssuerFault> {
    let stream = connect(uri, reach, tls).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|e| unreachable(&e))?;
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request = Request::builder()
        .method(&method)
        .uri(path)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "gatekey")
        .body(Full::new(json))
        .map_err(|error| unreachable(&error))?;
    let (mut parts, body) = request.into_parts();
    if method == Method::POST {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let request = Request::from_parts(parts, body);
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(IssuerFault::Useless(format!("{uri} answered {}", answer.status())));
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| unreachable(&*error))
    };
    tokio::pin!(exchange);
    tokio::select! {
        outcome = &mut exchange => outcome,
        ended = connection => match ended {
            // Everything has arrived; what is left is to hand it on.
            Ok(()) => exchange.await,
            Err(error) => Err(unreachable(&error)),
        },
    }
}

async fn connect(
    uri: &Uri,
    reach: Reach,
    tls: &Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, IssuerFault> {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // The name is looked up once: what is connected to is what was looked at, whatever the name means a moment later.
    let found =
        lookup_host((bare, uri.port_u16().unwrap_or(443))).await.map_err(|error| unreachable(&error))?;
    let stream = TcpStream::connect(reach.choose(bare, found)?.as_slice()).await;
    let name = ServerName::try_from(bare.to_owned()).map_err(|error| unreachable(&error))?;
    let stream = stream.map_err(|error| unreachable(&error))?;
    TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.map_err(|error| {
        let by_certificate = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .is_some_and(|inner| matches!(inner, rustls::Error::InvalidCertificate(_)));
        match by_certificate {
            true => IssuerFault::Untrusted(error.to_string()),
            false => unreachable(&error),
        }
    })
}

fn unreachable(error: &(impl core::fmt::Display + ?Sized)) -> IssuerFault {
    IssuerFault::Unreachable(error.to_string())
}
