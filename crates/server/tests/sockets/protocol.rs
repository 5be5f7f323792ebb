//! What well-behaved clients rely on: pipelining, HTTP/2, TLS, CORS, health, metrics, and an orderly end.

use crate::support::{PATIENCE, Running, start, start_with};
use bytes::Bytes;
use gatekey_server::{
    Limits, Stopped,
    tls::{Identity, LocalAuthority, Tls},
};
use gatekey_types::Timestamp;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, ProtocolVersion, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_each_under_its_own_id() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    let request = |n| format!("POST /{n} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{n}{n}");
    client.send((1..=5).map(request).collect::<String>().as_bytes()).await;
    let mut ids = HashSet::new();
    for n in 1..=5 {
        let reply = client.reply().await.unwrap();
        assert!(reply.body.starts_with(&format!("POST /{n} host=a body=2 first={n}")), "{}", reply.body);
        ids.insert(reply.request_id().to_owned());
    }
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn a_chunked_body_arrives_whole() {
    let server = start(Limits::default()).await;
    let reply = server
        .ask("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        .await;
    assert!(reply.body.contains("body=5 first=a"), "{}", reply.body);
}

#[tokio::test]
async fn a_body_that_comes_in_pieces_arrives_whole_and_so_does_the_next() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    for (bytes, pieces) in [(2, 2), (1000, 3), (65_536, 2), (65_537, 2), (300_000, 7), (300_000, 1)] {
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {bytes}\r\n\r\n");
        // Each piece is there before the next is sent: another request was answered meanwhile.
        client.send(head.as_bytes()).await;
        server.ask(POST).await;
        for piece in vec![b'x'; bytes].chunks(usize::div_ceil(bytes, pieces)) {
            client.send(piece).await;
            server.ask(POST).await;
        }
        let reply = client.reply().await.unwrap();
        assert!(reply.body.contains(&format!("body={bytes} first=x")), "{}", reply.body);
        // All in one, with the next behind it.
        let mut both = [head.as_bytes(), &vec![b'y'; bytes]].concat();
        both.extend_from_slice(b"POST /next HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nz");
        client.send(&both).await;
        for expected in [format!("body={bytes} first=y"), "POST /next host=a body=1 first=z".to_owned()] {
            let reply = client.reply().await.unwrap();
            assert!(reply.body.contains(&expected), "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n").await;
    let mut interim = [0; 25];
    timeout(PATIENCE, client.stream.read_exact(&mut interim)).await.unwrap().unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send(b"x").await;
    assert_eq!(client.reply().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_client_that_has_said_all_it_will_say_is_still_answered() {
    let server = start(Limits::default()).await;
    for target in ["/wait", "/wait?brief"] {
        let mut client = server.connect().await;
        client.send(posted(target).as_bytes()).await;
        server.fake.arrived.notified().await;
        client.stream.shutdown().await.unwrap();
        // Another is served meanwhile, so that the server has seen it.
        server.ask(POST).await;
        server.fake.release.notify_one();
        assert_eq!(client.reply().await.unwrap().status(), 200, "{target}");
    }
}

#[tokio::test]
async fn a_target_reaches_the_application_as_it_was_sent() {
    let server = start(Limits::default()).await;
    let reply = server.ask("POST /a%2Fb//c?x=%20&y HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
    assert!(reply.body.starts_with("POST /a%2Fb//c?x=%20&y "), "{}", reply.body);
}

#[tokio::test]
async fn a_handler_that_panics_costs_one_answer_and_not_the_connection() {
    let server = start(Limits::default()).await;
    for target in ["/break", "/break?brief"] {
        let mut client = server.connect().await;
        client.send(posted(target).as_bytes()).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status(), reply.header("x-amzn-errortype")), (500, Some("InternalFailure")));
        reply.request_id();
        client.send(POST.as_bytes()).await;
        assert_eq!(client.reply().await.unwrap().status(), 200, "{target}");
    }
}

#[tokio::test]
async fn brief_requests_that_come_together_each_get_their_own_answer() {
    let server = start(Limits::default()).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(server.connect().await);
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(posted(&format!("/{number}?brief")).as_bytes()).await;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let reply = client.reply().await.unwrap();
        assert!(reply.body.starts_with(&format!("POST /{number}?brief ")), "{}", reply.body);
    }
    assert_eq!(server.calls(), 40);
}

fn posted(target: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
}

#[tokio::test]
async fn what_names_no_operation_is_answered_as_at_aws() {
    let server = start(Limits::default()).await;
    for method in ["GET", "PUT", "DELETE"] {
        let reply = server.ask(&format!("{method} / HTTP/1.1\r\nhost: a\r\n\r\n")).await;
        assert_eq!(reply.status(), 403);
        assert!(reply.body.contains("Unable to determine service/operation name to be authorized"));
        reply.request_id();
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn browsers_get_their_preflight_and_may_read_the_request_id() {
    let server = start(Limits::default()).await;
    let preflight = "OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: https://b\r\naccess-control-request-method: POST\r\naccess-control-request-headers: x-amz-target\r\n\r\n";
    let reply = server.ask(preflight).await;
    assert_eq!((reply.status(), reply.body.as_str()), (200, ""));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-amz-target"));
    assert_eq!(server.calls(), 0);
    let reply =
        server.ask("POST / HTTP/1.1\r\nhost: a\r\norigin: https://b\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert!(reply.header("access-control-expose-headers").unwrap().contains("x-amzn-RequestId"));
    assert_eq!(server.ask(POST).await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn health_and_readiness_differ_and_only_operators_read_why() {
    let server = start(Limits::default()).await;
    let get = |path| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(server.ask(&get("/readyz")).await.status(), 200);
    server.ask(POST).await;
    let reply = server.ask(&get("/readyz")).await;
    assert_eq!((reply.status(), reply.body.as_str()), (503, "not ready\n"));
    assert_eq!(server.ask(&get("/healthz")).await.status(), 200);
    let reply = operator(&server, "/readyz").await;
    assert_eq!((reply.status(), reply.body.as_str()), (503, "not ready: it has been called\n"));
}

async fn operator(server: &Running, path: &str) -> crate::support::Reply {
    let mut client = crate::support::Client::new(TcpStream::connect(server.operators).await.unwrap());
    client.send(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await;
    client.reply().await.unwrap()
}

#[tokio::test]
async fn metrics_count_answers_and_carry_the_applications_own_figures() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send(POST.as_bytes()).await;
        client.reply().await.unwrap();
    }
    client.send(b"PUT / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    client.reply().await.unwrap();
    let page = operator(&server, "/metrics").await.body;
    for line in [
        "gatekey_requests_total{service=\"fake\",operation=\"Echo\",code=\"ok\"} 2\n",
        "gatekey_requests_total{service=\"-\",operation=\"-\",code=\"AccessDeniedException\"} 1\n",
        "gatekey_request_duration_seconds_count{service=\"fake\",operation=\"Echo\"} 2\n",
        "gatekey_store_revision 42.0\n",
        "gatekey_connections 1\n",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(page.ends_with("# EOF\n"));
    let elsewhere = server.ask("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(!elsewhere.body.contains("gatekey_requests_total"), "the services' listener shows no metrics");
}

#[tokio::test]
async fn the_operators_listener_serves_no_services() {
    let server = start(Limits::default()).await;
    let mut client = crate::support::Client::new(TcpStream::connect(server.operators).await.unwrap());
    client.send(POST.as_bytes()).await;
    assert_eq!(client.reply().await.unwrap().status(), 405);
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn http2_is_served_without_being_announced() {
    let server = start(Limits::default()).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut asked = Vec::new();
    for n in 0..50 {
        let mut sender = sender.clone();
        asked.push(tokio::spawn(async move {
            let request = Request::post(format!("http://kms.example:4599/{n}"));
            let answer =
                sender.send_request(request.body(Full::new(Bytes::from("abc"))).unwrap()).await.unwrap();
            assert!(answer.headers().contains_key("x-amzn-requestid"));
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            assert!(
                body.starts_with(format!("POST /{n} host=kms.example:4599 body=3").as_bytes()),
                "{body:?}"
            );
        }));
    }
    for answer in asked {
        answer.await.unwrap();
    }
    assert_eq!(server.calls(), 50);
}

#[tokio::test]
async fn brief_requests_are_worked_on_in_lanes_and_no_others() {
    let server = start(Limits::default()).await;
    let post = |target: &str| format!("POST {target} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n");
    for (target, in_lane) in [("/thread?brief", true), ("/thread", false)] {
        assert_eq!(server.ask(&(post(target) + "abc")).await.body == "lane", in_lane, "{target}");
        // Also if it waits for its body meanwhile.
        let mut client = server.connect().await;
        client.send(post(target).as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.send(b"abc").await;
        assert_eq!(client.reply().await.unwrap().body == "lane", in_lane, "{target} whose body comes late");
    }
}

#[tokio::test]
async fn stopping_finishes_what_was_begun_and_takes_nothing_new() {
    let server = start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.send(POST.as_bytes()).await;
    idle.reply().await.unwrap();
    let mut busy = server.connect().await;
    busy.send(b"POST /wait HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
    server.fake.arrived.notified().await;
    let (address, fake) = (server.address, server.fake.clone());
    let (ended, _lanes) = server.stop();
    idle.closed().await;
    assert!(TcpStream::connect(address).await.is_err(), "still listening");
    assert!(!ended.is_finished());
    fake.release.notify_one();
    assert_eq!(busy.reply().await.unwrap().status(), 200);
    assert_eq!(timeout(PATIENCE, ended).await.unwrap().unwrap(), Stopped::Clean);
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let server = start(Limits { drain_deadline: Duration::from_millis(100), ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send(b"POST /wait HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
    server.fake.arrived.notified().await;
    let (ended, lanes) = server.stop();
    assert_eq!(timeout(PATIENCE, ended).await.unwrap().unwrap(), Stopped::CutOff(1));
    drop(lanes);
    busy.closed().await;
}

/// Inside the certificates' validity by the clock of the machine that runs the tests.
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(since.as_secs().try_into().unwrap())
}

/// An acceptor with a certificate for these names, and the PEM of its authority.
fn local_tls(names: &[&str]) -> (TlsAcceptor, String) {
    let folder = tempfile::tempdir().unwrap();
    let authority = LocalAuthority::create(folder.path(), now()).unwrap();
    let trusted = authority.trusted().to_owned();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let tls = Tls::new(Identity::Local { authority, names }, now()).unwrap();
    (tls.acceptor().unwrap(), trusted)
}

async fn handshake(
    server: &Running,
    trusted: &str,
    name: &str,
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(server.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

#[tokio::test]
async fn tls_is_trusted_through_the_local_authority_for_its_names_only() {
    let (acceptor, trusted) = local_tls(&["localhost", "127.0.0.1", "*.amazonaws.com"]);
    let server = start_with(Limits::default(), Some(acceptor)).await;
    for name in ["localhost", "127.0.0.1", "kms.amazonaws.com"] {
        assert!(handshake(&server, &trusted, name, &[]).await.is_ok(), "{name}");
    }
    assert!(handshake(&server, &trusted, "example.org", &[]).await.is_err());
    let (_, stranger) = local_tls(&["localhost"]);
    assert!(handshake(&server, &stranger, "localhost", &[]).await.is_err());
}

#[tokio::test]
async fn http2_is_chosen_over_tls_and_the_application_is_told_of_tls() {
    let (acceptor, trusted) = local_tls(&["localhost"]);
    let server = start_with(Limits::default(), Some(acceptor)).await;
    let stream = handshake(&server, &trusted, "localhost", &["http/1.1", "h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("https://localhost/").body(Full::new(Bytes::new())).unwrap();
    let body = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains("tls=TLSv1.3 TLS_A"), "{body}");
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_is_cut_off() {
    let (acceptor, _) = local_tls(&["localhost"]);
    let limits = Limits { header_deadline: Duration::from_millis(300), ..Limits::default() };
    let server = start_with(limits, Some(acceptor)).await;
    let mut client = server.connect().await;
    client.send(b"\x16\x03\x01").await;
    client.closed().await;
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_not_served() {
    let (acceptor, _) = local_tls(&["localhost"]);
    let server = start_with(Limits::default(), Some(acceptor)).await;
    let mut client = server.connect().await;
    client.send(POST.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, client.stream.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/"));
    assert_eq!(server.calls(), 0);
}

/// Asks over HTTP/2 without TLS; status and error type.
async fn ask_http2(server: &Running, request: Request<Full<Bytes>>) -> (u16, Option<String>) {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
    let kind = answer.headers().get("x-amzn-errortype").map(|kind| kind.to_str().unwrap().to_owned());
    assert!(answer.headers().contains_key("x-amzn-requestid"));
    (answer.status().as_u16(), kind)
}

#[tokio::test]
async fn http2_bodies_larger_than_what_a_client_may_send_at_once_arrive_whole() {
    let server = start(Limits::default()).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for bytes in [1 << 20, 300_000, 1 << 20, 65_536, 1 << 20] {
        let request =
            Request::post("http://a/?brief").body(Full::new(Bytes::from(vec![b'x'; bytes]))).unwrap();
        let answer = timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(format!("POST /?brief host=a body={bytes} first=x").as_bytes()), "{body:?}");
    }
}

#[tokio::test]
async fn http2_has_the_same_caps() {
    let server = start(Limits::default()).await;
    let post = || Request::post("http://a/");
    let large = post().body(Full::new(Bytes::from(vec![b'x'; (1 << 20) + 1]))).unwrap();
    assert_eq!(ask_http2(&server, large).await, (413, Some("RequestEntityTooLargeException".to_owned())));
    let many = (0..101).fold(post(), |request, n| request.header(format!("x-{n}"), "1"));
    let many = many.body(Full::new(Bytes::new())).unwrap();
    assert_eq!(
        ask_http2(&server, many).await,
        (431, Some("RequestHeaderFieldsTooLargeException".to_owned()))
    );
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn an_http2_body_that_does_not_come_is_answered_with_408() {
    let limits = Limits { body_deadline: Duration::from_millis(300), ..Limits::default() };
    let server = start(limits).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (_open, body) = http_body_util::channel::Channel::<Bytes, std::io::Error>::new(1);
    let request = Request::post("http://a/").body(body).unwrap();
    let answer = timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 408);
    assert_eq!(server.calls(), 0);
}
