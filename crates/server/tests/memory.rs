//! Memory under refused bodies. Alone in its process, since it looks at the whole process.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as tests do")]

use gatekey_server::{
    Application, Leaving, Limits, RawRequest, Readiness, Server,
    dispatch::{Call, Measurement},
    refusal::{Dialect, Refusal},
};
use gatekey_testkit::SeededEntropy;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Must never be called.
struct Unreachable;

impl Application for Unreachable {
    fn call(self: Arc<Self>, _: RawRequest) -> Call {
        Call::alone(Box::pin(async { Leaving::Now(Refusal::Internal.answer(Dialect::Json)) }))
    }
    fn ready(&self) -> Readiness {
        Readiness::Ready
    }
    fn measurements(&self) -> Vec<Measurement> {
        Vec::new()
    }
}

#[tokio::test]
async fn memory_stays_flat_while_a_gigabyte_is_refused() {
    let mut server = Server::new(Arc::new(Unreachable), &SeededEntropy::new(1), Limits::default());
    let address = server.listen(([127, 0, 0, 1], 0).into(), None).unwrap();
    tokio::spawn(server.run(std::future::pending()));
    let announced = "content-length: 10485760\r\n\r\n";
    let chunked = "transfer-encoding: chunked\r\n\r\n10000000\r\n";
    flood(address, announced).await;
    flood(address, chunked).await;
    let before = resident_bytes();
    for _ in 0..5 {
        let mut all = JoinSet::new();
        for _ in 0..10 {
            all.spawn(flood(address, announced));
            all.spawn(flood(address, chunked));
        }
        all.join_all().await;
    }
    let grown = resident_bytes().saturating_sub(before);
    // Ten bodies are under way at once, each with at most the cap of 1 MiB and its buffers.
    assert!(grown < 24 << 20, "grew by {grown} bytes while 1000 MiB were refused");
}

/// Sends a body of 10 MiB to its end whatever is answered meanwhile, then reads that it was refused.
async fn flood(address: SocketAddr, framing: &'static str) {
    static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}").as_bytes()).await.unwrap();
    for _ in 0..160 {
        client.write_all(&PIECE).await.unwrap();
    }
    let mut status = [0; 12];
    client.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
