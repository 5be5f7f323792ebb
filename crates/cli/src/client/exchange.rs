//! One POST to the server, over HTTPS or plain HTTP: no redirects, a bounded answer, a deadline.

use crate::failure::{Failure, Kind};
use bytes::Bytes;
use http::{Request, Uri, uri::Scheme};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// Longest answer, in bytes.
const LONGEST: usize = 256 << 20;
/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(300);

/// A server.
pub(crate) struct Server {
    uri: Uri,
    host: String,
    /// Nothing for plain HTTP.
    tls: Option<Arc<ClientConfig>>,
}

impl Server {
    /// The server at this URL, with the certificates to trust.
    ///
    /// # Errors
    /// The URL is none, or the certificates cannot be read.
    pub(crate) fn new(url: &str, ca_bundle: Option<&Path>) -> Result<Self, Failure> {
        let wrong = || {
            Failure::new(Kind::Input, format!("'{url}' is not the URL of a server"))
                .hint("write it as https://kms.example.com:4599")
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.authority().map(|authority| authority.as_str().to_owned()).ok_or_else(wrong)?;
        let is_bare = uri.path() == "/" && uri.query().is_none() && !host.contains('@');
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS && is_bare => Some(trusting(ca_bundle)?),
            Some(scheme) if *scheme == Scheme::HTTP && is_bare => None,
            _ => return Err(wrong()),
        };
        Ok(Self { uri, host, tls })
    }

    /// What the `host` header says.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Sends the request, and gives status and body of the answer.
    ///
    /// # Errors
    /// The server cannot be reached, is not trusted, or does not answer in time.
    pub(crate) async fn post(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Bytes), Failure> {
        match tokio::time::timeout(DEADLINE, self.exchange(headers, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.unreachable("it did not answer in time")),
        }
    }

    async fn exchange(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Bytes), Failure> {
        let mut request =
            Request::post("/").header("user-agent", concat!("gatekey/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| self.unreachable(error))?;
        let bare = self.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = self.uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(|error| self.unreachable(error))?;
        match &self.tls {
            None => self.converse(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from(bare.to_owned()).map_err(|error| self.unreachable(error))?;
                let connector = TlsConnector::from(Arc::clone(tls));
                let stream =
                    connector.connect(name, stream).await.map_err(|error| self.unreachable(error))?;
                self.converse(stream, request).await
            }
        }
    }

    async fn converse<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.unreachable(error))?;
        drop(tokio::spawn(connection));
        let answer = sender.send_request(request).await.map_err(|error| self.unreachable(error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        body.map(Collected::to_bytes).map(|body| (status, body)).map_err(|error| self.unreachable(error))
    }

    fn unreachable(&self, why: impl core::fmt::Display) -> Failure {
        Failure::new(Kind::Other, format!("cannot ask the server at {}: {why}", self.uri))
    }
}

/// Trusts the certificates of the file, or else the system's.
fn trusting(ca_bundle: Option<&Path>) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    match ca_bundle {
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Some(path) => {
            let failed = |why: String| {
                let message = format!("cannot read certificates from {}: {why}", path.display());
                Failure::new(Kind::Input, message)
            };
            let certificates: Result<Vec<_>, _> =
                CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            let certificates = certificates.map_err(|error| failed(error.to_string()))?;
            if roots.add_parsable_certificates(certificates).0 == 0 {
                return Err(failed("there are none in it".to_owned()));
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(Kind::Other, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_url_of_a_server_is_taken() {
        for url in ["http://127.0.0.1:4599", "https://kms.test", "https://[::1]:4599/"] {
            assert!(Server::new(url, None).is_ok(), "{url}");
        }
        for url in ["", "127.0.0.1:4599", "ftp://x", "http://x/path", "http://u:p@x", "http://x/?q"] {
            assert!(Server::new(url, None).is_err(), "{url}");
        }
        assert_eq!(Server::new("http://127.0.0.1:4599/", None).unwrap().host(), "127.0.0.1:4599");
    }
}
