//! The server: its listeners, who may come in, and how it stops.

use crate::{
    body::Budget,
    cohort::Cohorts,
    connection::{Http, Port, http},
    dispatch::Application,
    exchange::{Door, Front},
    lanes::Lanes,
    limits::Limits,
    metrics::Metrics,
    request_ids::RequestIds,
    unix::{self, UnixDoor},
};
use gatekey_types::Entropy;
use std::{
    future::Future,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Connections that the operators' listener holds at once.
const OPERATIONS_CONNECTIONS: usize = 16;

/// Connections that may wait to be accepted, when many come at once.
const BACKLOG: u32 = 1024;

/// Pause after the system could not give a socket, for instance because too many files are open.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a connection is told that comes when too many are open.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: application/x-amz-json-1.1\r\nx-amzn-errortype: ServiceUnavailableException\r\ncontent-length: 86\r\n";
const FULL_BODY: &str =
    r#"{"__type":"ServiceUnavailableException","message":"Too many connections; retry later"}"#;

/// A listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct CannotListen {
    /// Where: an address, or the path of a socket.
    pub address: String,
    /// Why: in use, not permitted, or no address of this machine.
    pub source: io::Error,
}

/// A server whose listeners are open but not yet served.
pub struct Server {
    front: Arc<Front>,
    http: Arc<Http>,
    lanes: Lanes,
    listeners: Vec<Listener>,
    drain: watch::Sender<bool>,
    room: Arc<Semaphore>,
}

struct Listener {
    socket: Socket,
    local: SocketAddr,
    tls: Option<TlsAcceptor>,
    door: Door,
}

/// Where connections come in.
enum Socket {
    Tcp(TcpListener),
    Unix(UnixDoor),
}

/// How the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Every request in flight was answered.
    Clean,
    /// This many connections were still busy at the drain deadline and were cut off.
    CutOff(usize),
}

impl Server {
    /// A server without listeners yet, which serves all connections on the runtime that it runs on.
    pub fn new(application: Arc<dyn Application>, entropy: &dyn Entropy, limits: Limits) -> Self {
        Self::in_lanes(application, entropy, limits, Lanes::default())
    }

    /// The same, with the services' connections in these lanes.
    pub fn in_lanes(
        application: Arc<dyn Application>,
        entropy: &dyn Entropy,
        limits: Limits,
        lanes: Lanes,
    ) -> Self {
        let metrics = Arc::new(Metrics::new(&application, &lanes));
        let front = Front {
            application,
            metrics,
            ids: Arc::new(RequestIds::new(entropy, &lanes)),
            limits,
            budget: Budget::new(limits.buffered_bytes),
            cohorts: Cohorts::new(lanes.clone()),
            draining: AtomicBool::new(false),
        };
        Self {
            front: Arc::new(front),
            http: Arc::new(http(&limits)),
            lanes,
            listeners: Vec::new(),
            drain: watch::channel(false).0,
            room: Arc::new(Semaphore::new(limits.connections)),
        }
    }

    /// Opens a listener for the services, with TLS or in plain. Gives the address, its port chosen if it was 0.
    pub fn listen(
        &mut self,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
    ) -> Result<SocketAddr, CannotListen> {
        self.open(address, tls, Door::Services)
    }

    /// Opens the operators' listener: `/metrics`, `/healthz`, `/readyz`, in plain.
    pub fn listen_for_operators(&mut self, address: SocketAddr) -> Result<SocketAddr, CannotListen> {
        self.open(address, None, Door::Operations)
    }

    /// Opens a listener for one workload on a loopback address: all that comes goes to the application.
    pub fn listen_for_workload(&mut self, address: SocketAddr) -> Result<SocketAddr, CannotListen> {
        self.open(address, None, Door::Workload)
    }

    /// Opens a listener for one workload on a Unix socket, which only processes of this user reach.
    pub fn listen_for_workload_on(&mut self, path: &Path, uid: u32) -> Result<(), CannotListen> {
        let failed = |source| CannotListen { address: path.display().to_string(), source };
        let socket = Socket::Unix(UnixDoor::open(path, uid).map_err(failed)?);
        let local = unix::nowhere();
        self.listeners.push(Listener { socket, local, tls: None, door: Door::Workload });
        Ok(())
    }

    fn open(
        &mut self,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        door: Door,
    ) -> Result<SocketAddr, CannotListen> {
        let failed = |source| CannotListen { address: address.to_string(), source };
        let socket = open_socket(address).map_err(failed)?;
        let local = socket.local_addr().map_err(failed)?;
        self.listeners.push(Listener { socket: Socket::Tcp(socket), local, tls, door });
        Ok(local)
    }

    /// What the server counts.
    pub fn metrics(&self) -> Arc<Metrics> {
        self.front.metrics.clone()
    }

    /// Serves until `stop` resolves; then takes no more connections, lets requests in flight finish, and returns.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Stopped {
        // They end with this function, when every request was answered or is cut off.
        let mut clerks = JoinSet::new();
        self.front.cohorts.open(&mut clerks);
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            let port = Port {
                front: self.front.clone(),
                http: self.http.clone(),
                door: listener.door,
                tls: listener.tls,
                local: listener.local,
                drain: self.drain.subscribe(),
            };
            let room = match listener.door {
                Door::Services | Door::Workload => self.room.clone(),
                Door::Operations => Arc::new(Semaphore::new(OPERATIONS_CONNECTIONS)),
            };
            match listener.socket {
                Socket::Tcp(socket) => accepting.spawn(accept(socket, port, room, self.lanes.clone())),
                Socket::Unix(door) => accepting.spawn(door.accept(port, room)),
            };
        }
        stop.await;
        self.front.draining.store(true, Ordering::Relaxed);
        accepting.shutdown().await;
        let _ = self.drain.send(true);
        drained(&self.room, &self.front.limits).await
    }
}

fn open_socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was just stopped must be able to start again at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Waits until every connection has given its place back.
async fn drained(room: &Semaphore, limits: &Limits) -> Stopped {
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    match timeout(limits.drain_deadline, room.acquire_many(all)).await {
        Ok(_) => Stopped::Clean,
        Err(_) => Stopped::CutOff(limits.connections.saturating_sub(room.available_permits())),
    }
}

async fn accept(listener: TcpListener, port: Port, room: Arc<Semaphore>, lanes: Lanes) {
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            refuse(socket, peer, &port);
            continue;
        };
        let port = port.clone();
        let is_of_services = port.door == Door::Services;
        // Operators' scrapes are not the load that they look at.
        let held = (place, is_of_services.then(|| port.front.metrics.connected()));
        // What is asked by operators and workloads is little, and answered also where a lane is busy.
        match is_of_services.then(|| lanes.enter()).flatten() {
            None => drop(tokio::spawn(serve(port, socket, peer, held))),
            Some(lane) => lane.spawn(async move {
                // Out of the runtime that accepted it, and into the lane's.
                match socket.into_std().and_then(TcpStream::from_std) {
                    Ok(socket) => serve(port, socket, peer, held).await,
                    Err(error) => tracing::warn!(%error, "cannot serve a connection"),
                }
            }),
        }
    }
}

/// Serves a connection, which holds this meanwhile.
async fn serve<H>(port: Port, socket: TcpStream, peer: SocketAddr, held: H) {
    port.serve(socket, peer).await;
    drop(held);
}

/// Says that there is no room, if that can be said at once, and closes. A TLS client cannot be told anything.
fn refuse(socket: TcpStream, peer: SocketAddr, port: &Port) {
    port.front.metrics.refused_connection();
    tracing::debug!(%peer, "too many connections");
    if port.tls.is_some() {
        return;
    }
    let Ok(mut socket) = socket.into_std() else { return };
    let answer = format!("{FULL}x-amzn-requestid: {}\r\n\r\n{FULL_BODY}", port.front.ids.next());
    // The socket does not block, and a fresh one has room for this much.
    let _ = socket.write_all(answer.as_bytes()).and_then(|()| socket.shutdown(std::net::Shutdown::Write));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_announces_its_true_length() {
        assert!(FULL.contains(&format!("content-length: {}\r\n", FULL_BODY.len())));
    }
}
