//! Clients that are slow, greedy or broken, over raw sockets.

use crate::support::{PATIENCE, start};
use gatekey_server::Limits;
use std::time::Duration;
use tokio::{io::AsyncWriteExt, time::sleep};

fn hurried() -> Limits {
    Limits {
        header_deadline: Duration::from_millis(400),
        body_deadline: Duration::from_millis(400),
        idle_deadline: Duration::from_millis(400),
        ..Limits::default()
    }
}

/// Asks again until the server has seen that somebody went away.
async fn eventually_200(ask: impl AsyncFn() -> u16) {
    let asking = async {
        while ask().await != 200 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

#[tokio::test]
async fn a_half_open_connection_is_closed() {
    let server = start(hurried()).await;
    server.connect().await.closed().await;
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn headers_that_trickle_in_are_not_waited_for() {
    let server = start(Limits { idle_deadline: Duration::from_secs(3600), ..hurried() }).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\n").await;
    let trickle = async {
        loop {
            client.send(b"x-slow: 1\r\n").await;
            sleep(Duration::from_millis(50)).await;
            if client.stream.try_read(&mut [0; 1]).is_ok_and(|read| read == 0) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, trickle).await.unwrap();
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_half_sent_http2_preface_is_not_waited_for() {
    let server = start(hurried()).await;
    let mut client = server.connect().await;
    client.send(b"PRI * HTTP/2.0\r\n").await;
    client.closed().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_it_was_served() {
    let server = start(hurried()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status(), 200);
    client.closed().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408_and_the_end() {
    let server = start(hurried()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{").await;
    let reply = client.reply().await.unwrap();
    assert_eq!(reply.status(), 408);
    assert_eq!(reply.header("connection"), Some("close"));
    assert!(reply.body.contains("RequestTimeoutException"));
    reply.request_id();
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_never_reaches_the_application() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{").await;
    drop(client);
    assert_eq!(server.ask("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await.status(), 200);
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn ten_thousand_headers_are_refused() {
    let server = start(Limits::default()).await;
    let headers = "a: b\r\n".repeat(10_000);
    let reply =
        server.ask(&format!("POST / HTTP/1.1\r\nhost: a\r\n{headers}content-length: 0\r\n\r\n")).await;
    assert_eq!(reply.status(), 431);
    reply.request_id();
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn one_header_too_many_is_refused_and_one_fewer_served() {
    let server = start(Limits::default()).await;
    for (extra, status) in [(98, 200), (99, 431)] {
        let headers = "a: b\r\n".repeat(extra);
        let reply =
            server.ask(&format!("POST / HTTP/1.1\r\nhost: a\r\n{headers}content-length: 0\r\n\r\n")).await;
        assert_eq!(reply.status(), status, "{extra}");
    }
}

#[tokio::test]
async fn one_header_that_is_too_long_is_refused() {
    let server = start(Limits::default()).await;
    let long = "b".repeat(40 * 1024);
    let reply = server.ask(&format!("POST / HTTP/1.1\r\nhost: a\r\na: {long}\r\n\r\n")).await;
    assert_eq!(reply.status(), 431);
    reply.request_id();
}

#[tokio::test]
async fn bytes_that_are_not_http_are_refused_with_a_request_id() {
    let server = start(Limits::default()).await;
    for junk in ["\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", "POST\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
        let reply = server.ask(junk).await;
        assert_eq!(reply.status(), 400, "{junk:?}");
        reply.request_id();
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_request_with_two_lengths_cannot_smuggle_another() {
    let server = start(Limits::default()).await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ncontent-length: {}\r\n\r\n{smuggled}",
        smuggled.len()
    );
    assert_eq!(server.ask(&request).await.status(), 400);
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_unread_and_the_client_reads_the_answer() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10485760\r\n\r\n").await;
    let reply = client.reply().await.unwrap();
    assert_eq!(reply.status(), 413);
    assert!(reply.body.contains("RequestEntityTooLargeException"));
    reply.request_id();
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_client_that_sends_ten_mebibytes_before_it_listens_is_answered_too() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10485760\r\n\r\n").await;
    // Many clients never look at the answer once they could not send all.
    client.stream.write_all(&vec![b'x'; 10 << 20]).await.unwrap();
    assert_eq!(client.reply().await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_too_much_is_not_told_to_go_on() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client
        .send(b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 10485760\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.unwrap().status(), 413);
    client.closed().await;
}

#[tokio::test]
async fn a_chunked_body_is_cut_off_at_the_cap() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 0x10000], b"\r\n"].concat();
    for _ in 0..160 {
        client.send(&chunk).await;
    }
    assert_eq!(client.reply().await.unwrap().status(), 413);
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_served() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1048576\r\n\r\n").await;
    client.send(&vec![b'x'; 1 << 20]).await;
    let reply = client.reply().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.body.contains("body=1048576 first=x"), "{}", reply.body);
}

#[tokio::test]
async fn all_large_bodies_together_have_a_cap_too() {
    let server = start(Limits { buffered_bytes: 1 << 20, ..Limits::default() }).await;
    let upload = async |sent: usize| {
        let mut client = server.connect().await;
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 800000\r\n\r\n").await;
        client.send(&vec![b'x'; sent]).await;
        client
    };
    let (mut one, mut other) = (upload(200_000).await, upload(200_000).await);
    // Whichever the server reads first holds what the other one lacks.
    let refused = tokio::select! {
        refused = one.reply() => refused,
        refused = other.reply() => refused,
    };
    assert_eq!(refused.unwrap().status(), 503);
    drop((one, other));
    eventually_200(async || upload(800_000).await.reply().await.unwrap().status()).await;
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let server = start(Limits { connections: 2, ..Limits::default() }).await;
    let request = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        client.send(request).await;
        assert_eq!(client.reply().await.unwrap().status(), 200);
        kept.push(client);
    }
    let reply = server.connect().await.reply().await.unwrap();
    assert_eq!(reply.status(), 503);
    assert_eq!(reply.header("retry-after"), Some("1"));
    reply.request_id();
    kept.pop();
    eventually_200(async || server.ask(std::str::from_utf8(request).unwrap()).await.status()).await;
}
