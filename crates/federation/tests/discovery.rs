//! Discovery against a server on loopback.
#![cfg(test)]

use gatekey_federation::{IssuerKeys, Reach};
use gatekey_gate::{Issuer, IssuerFault, Issuers as _};
use gatekey_testkit::FakeClock;
use gatekey_types::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// An issuer on loopback, and how often it was asked.
struct Server {
    url: String,
    thumbprint: String,
    asked: Arc<AtomicUsize>,
}

/// Serves a discovery document that names this issuer (its own where none is given), and one key.
async fn serve(claims_to_be: Option<&str>) -> Server {
    serve_keys_at(claims_to_be, None).await
}

/// The same, with the keys at this place.
async fn serve_keys_at(claims_to_be: Option<&str>, place: Option<&str>) -> Server {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = parameters.self_signed(&key).unwrap();
    let authority = Authority::new(parameters, key);
    let own = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own, &authority).unwrap();
    let chain = vec![certificate.der().clone(), authority_certificate.der().clone()];
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let issuer = claims_to_be.unwrap_or(&url).to_owned();
    let place = place.map_or_else(|| format!("{url}/keys"), str::to_owned);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap_or(0);
            let body = match String::from_utf8_lossy(&buffer[..length]).contains("/.well-known/") {
                true => format!(r#"{{"issuer":"{issuer}","jwks_uri":"{place}"}}"#),
                false => r#"{"keys":[{"kty":"RSA","kid":"1","n":"AQ","e":"AQAB"}]}"#.to_owned(),
            };
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    let print =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, authority_certificate.der());
    Server { url, thumbprint: hex::encode(print), asked }
}

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)))
}

fn issuer(url: &str, thumbprint: &str) -> Issuer {
    Issuer { url: url.to_owned(), thumbprints: vec![thumbprint.to_owned()] }
}

#[tokio::test]
async fn keys_are_discovered_once_and_again_when_one_is_lacking() {
    let server = serve(None).await;
    let clock = clock();
    let keys = IssuerKeys::new(None, Reach::Private, clock.clone()).unwrap();
    let issuer = issuer(&server.url, &server.thumbprint);
    let found = keys.keys(&issuer, false).await.unwrap();
    assert!(found.contains(r#""kid":"1""#), "{found}");
    for lacking in [false, true] {
        keys.keys(&issuer, lacking).await.unwrap();
    }
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);
    clock.advance_seconds(31);
    keys.keys(&issuer, false).await.unwrap();
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);
    keys.keys(&issuer, true).await.unwrap();
    assert_eq!(server.asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_server_with_another_certificate_is_not_believed() {
    let server = serve(None).await;
    let keys = IssuerKeys::new(None, Reach::Private, clock()).unwrap();
    let fault = keys.keys(&issuer(&server.url, &"0".repeat(40)), false).await.unwrap_err();
    assert!(matches!(fault, IssuerFault::Untrusted(_)), "{fault}");
}

#[tokio::test]
async fn an_issuer_by_another_name_is_of_no_use_and_a_closed_port_is_unreachable() {
    let server = serve(Some("https://other")).await;
    let keys = IssuerKeys::new(None, Reach::Private, clock()).unwrap();
    let fault = keys.keys(&issuer(&server.url, &server.thumbprint), false).await.unwrap_err();
    assert!(matches!(fault, IssuerFault::Useless(_)), "{fault}");
    let fault = keys.keys(&issuer("https://localhost:1", ""), false).await.unwrap_err();
    assert!(matches!(fault, IssuerFault::Unreachable(_)), "{fault}");
    let fault = keys.keys(&issuer("http://localhost:1", ""), false).await.unwrap_err();
    assert!(matches!(fault, IssuerFault::Useless(_)), "{fault}");
}

#[tokio::test]
async fn static_keys_come_from_the_file_and_a_new_one_is_found_in_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(br#"{"https://cluster":{"keys":[{"kid":"a"}]}}"#).unwrap();
    let keys = IssuerKeys::new(Some(file.path().to_owned()), Reach::Public, clock()).unwrap();
    let issuer = issuer("https://cluster", "");
    assert!(keys.keys(&issuer, false).await.unwrap().contains(r#""a""#));
    std::fs::write(file.path(), r#"{"https://cluster":{"keys":[{"kid":"b"}]}}"#).unwrap();
    assert!(keys.keys(&issuer, true).await.unwrap().contains(r#""b""#));
    std::fs::write(file.path(), "{").unwrap();
    assert!(keys.keys(&issuer, true).await.unwrap().contains(r#""b""#));
    assert!(IssuerKeys::new(Some(file.path().to_owned()), Reach::Public, clock()).is_err());
}

#[tokio::test]
async fn an_issuer_at_an_address_that_is_not_public_is_not_even_connected_to() {
    let server = serve(None).await;
    let port = server.url.rsplit(':').next().unwrap();
    for host in
        ["localhost", "127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"]
    {
        let keys = IssuerKeys::new(None, Reach::Public, clock()).unwrap();
        let url = format!("https://{host}:{port}");
        let fault = keys.keys(&issuer(&url, &server.thumbprint), false).await.unwrap_err();
        assert!(matches!(fault, IssuerFault::Unreachable(_)), "{host}: {fault}");
        assert!(fault.to_string().contains("address"), "{host}: {fault}");
    }
    assert_eq!(server.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_key_set_at_a_metadata_address_is_not_asked_for_whoever_names_it() {
    let server = serve_keys_at(None, Some("https://169.254.169.254/latest/meta-data")).await;
    let keys = IssuerKeys::new(None, Reach::Private, clock()).unwrap();
    let fault = keys.keys(&issuer(&server.url, &server.thumbprint), false).await.unwrap_err();
    assert!(fault.to_string().contains("169.254.169.254, an address of a cloud's metadata"), "{fault}");
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
}
