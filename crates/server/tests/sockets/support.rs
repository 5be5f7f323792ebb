//! A server on a port of its own with an application that is easy to look into, and a client that speaks raw bytes.

use gatekey_server::{
    Answer, Application, LaneThreads, Lanes, Leaving, Limits, Outcome, RawRequest, Readiness, Server,
    Stopped,
    dispatch::{Call, Measurement, MeasurementKind},
};
use gatekey_testkit::SeededEntropy;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// Longer than anything here may take; only a failing test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with what it was asked; breaks or waits on demand.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) calls: AtomicUsize,
    pub(crate) arrived: Notify,
    pub(crate) release: Notify,
}

impl Application for Fake {
    fn call(self: Arc<Self>, request: RawRequest) -> Call {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let is_brief = request.uri.query() == Some("brief");
        let answer = Box::pin(async move {
            match request.uri.path() {
                "/break" => panic!("as asked"),
                "/thread" => return answered(std::thread::current().name().unwrap_or_default().to_owned()),
                "/wait" => {
                    self.arrived.notify_one();
                    self.release.notified().await;
                }
                _ => {}
            }
            let host = request.headers.get(header::HOST).map_or("none", |host| host.to_str().unwrap());
            let connection = &request.connection;
            let tls = connection
                .tls
                .as_ref()
                .map_or("plain".to_owned(), |tls| format!("{} {}", tls.version, tls.cipher_suite));
            let text = format!(
                "{} {} host={host} body={} first={} tls={tls}",
                request.method,
                request.uri.path_and_query().map_or("", |path| path.as_str()),
                request.body.len(),
                request.body.first().copied().unwrap_or_default() as char,
            );
            answered(text)
        });
        Call { answer, is_brief }
    }

    fn ready(&self) -> Readiness {
        match self.calls.load(Ordering::SeqCst) {
            0 => Readiness::Ready,
            _ => Readiness::Unready("it has been called".to_owned()),
        }
    }

    fn measurements(&self) -> Vec<Measurement> {
        let (help, kind) = ("The store's revision", MeasurementKind::Gauge);
        vec![Measurement { name: "store_revision", help, kind, value: 42.0 }]
    }
}

fn answered(text: String) -> Leaving {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    let outcome = Outcome { service: "fake", operation: "Echo", code: "ok" };
    Leaving::Now(Box::new(Answer { status: StatusCode::OK, headers, body: text.into(), outcome }))
}

/// A running server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) operators: SocketAddr,
    pub(crate) fake: Arc<Fake>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Stopped>,
    lanes: LaneThreads,
}

pub(crate) async fn start(limits: Limits) -> Running {
    start_with(limits, None).await
}

pub(crate) async fn start_with(limits: Limits, tls: Option<TlsAcceptor>) -> Running {
    let fake = Arc::new(Fake::default());
    let (lanes, threads) = Lanes::start(2).unwrap();
    let mut server = Server::in_lanes(fake.clone(), &SeededEntropy::new(1), limits, lanes);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let address = server.listen(any, tls).unwrap();
    let operators = server.listen_for_operators(any).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    Running { address, operators, fake, stop, task, lanes: threads }
}

impl Running {
    pub(crate) async fn connect(&self) -> Client {
        Client::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends one request over a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> Reply {
        let mut client = self.connect().await;
        client.send(request.as_bytes()).await;
        client.reply().await.unwrap()
    }

    pub(crate) fn calls(&self) -> usize {
        self.fake.calls.load(Ordering::SeqCst)
    }

    /// Begins to stop the server; the handle tells how it ended. Its lanes go on until they are dropped.
    pub(crate) fn stop(self) -> (JoinHandle<Stopped>, LaneThreads) {
        self.stop.send(()).unwrap();
        (self.task, self.lanes)
    }
}

/// A client that sends bytes as they are.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let matching = |line: &&str| line.split(':').next().unwrap().eq_ignore_ascii_case(name);
        self.head.lines().skip(1).find(matching).map(|line| line.split_once(':').unwrap().1.trim())
    }

    /// The request id, which must be there and be a UUID.
    pub(crate) fn request_id(&self) -> &str {
        let id = self.header("x-amzn-requestid").unwrap_or_else(|| panic!("no request id in {self:?}"));
        id.parse::<gatekey_types::RequestId>().unwrap();
        id
    }
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// Sends all; a server that has hung up meanwhile is not this client's failure.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("the server reads nothing");
    }

    /// Reads one answer; `None` if the connection ends instead.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        timeout(PATIENCE, self.read_reply()).await.expect("no answer and no end of the connection")
    }

    async fn read_reply(&mut self) -> Option<Reply> {
        let end = self.read_until(|bytes| bytes.windows(4).position(|four| four == b"\r\n\r\n")).await?;
        let head = String::from_utf8(self.unread.drain(..end + 4).collect()).unwrap();
        let reply = Reply { head, body: String::new() };
        let length: usize = reply.header("content-length").unwrap().parse().unwrap();
        self.read_until(|bytes| (bytes.len() >= length).then_some(length)).await?;
        let body = String::from_utf8(self.unread.drain(..length).collect()).unwrap();
        Some(Reply { body, ..reply })
    }

    async fn read_until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        loop {
            if let Some(at) = found(&self.unread) {
                return Some(at);
            }
            match self.stream.read_buf(&mut self.unread).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Waits for the server to end the connection without another answer.
    pub(crate) async fn closed(&mut self) {
        assert!(self.reply().await.is_none(), "an answer instead of the end");
    }
}
