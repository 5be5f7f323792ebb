//! One connection, from its acceptance to its end.

use crate::{
    aside::aside,
    dispatch::{Connection, TlsFacts},
    exchange::{Door, Exchange, Front},
    hush::Hearing,
    limits::{Limits, MAX_STREAMS},
    pulse::{Pulse, Watchdog},
    stream::Stream,
    unix,
};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    sync::watch,
    time::{Interval, MissedTickBehavior, interval, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The HTTP engine for both protocols.
pub(crate) type Http = auto::Builder<TokioExecutor>;

/// An engine with these limits. Headers and idleness are timed by the [`Watchdog`], not by hyper.
pub(crate) fn http(limits: &Limits) -> Http {
    let mut http = auto::Builder::new(TokioExecutor::new());
    let header_bytes = limits.header_bytes.max(8 * 1024);
    // Short answers go out in one write of one buffer. A request is answered even if its client has nothing more to say:
    // to look for that while it is in work would cost each request a buffer to read into.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(header_bytes)
        .writev(false)
        .half_close(true);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX))
        .max_frame_size(16 * 1024)
        .max_send_buf_size(64 * 1024)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .keep_alive_interval(limits.idle_deadline / 2)
        .keep_alive_timeout(limits.header_deadline);
    http
}

/// What a connection needs besides its socket.
#[derive(Clone)]
pub(crate) struct Port {
    pub(crate) front: Arc<Front>,
    pub(crate) http: Arc<Http>,
    pub(crate) door: Door,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) local: SocketAddr,
    pub(crate) drain: watch::Receiver<bool>,
}

impl Port {
    /// Serves a connection to its end. Errors end it and are logged at debug level: clients break off all the time.
    pub(crate) async fn serve(self, socket: TcpStream, peer: SocketAddr) {
        let _ = socket.set_nodelay(true);
        let Some(acceptor) = self.tls.clone() else { return self.drive(socket, peer, None).await };
        match timeout(self.front.limits.header_deadline, acceptor.accept(socket)).await {
            Ok(Ok(stream)) => {
                let facts = facts(&stream);
                self.drive(stream, peer, Some(facts)).await;
            }
            Ok(Err(error)) => {
                self.front.metrics.failed_handshake();
                tracing::debug!(%peer, %error, "TLS handshake failed");
            }
            Err(_) => {
                self.front.metrics.failed_handshake();
                tracing::debug!(%peer, "TLS handshake took too long");
            }
        }
    }

    /// As [`Port::serve`], for a Unix socket, whose other end has no address.
    pub(crate) async fn serve_unix(self, socket: UnixStream) {
        self.drive(socket, unix::nowhere(), None).await;
    }

    async fn drive<S>(mut self, stream: S, peer: SocketAddr, tls: Option<TlsFacts>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Arc::new(Pulse::default());
        let mut watchdog = Watchdog::new(&self.front.limits);
        let stream = Stream::new(stream, pulse.clone(), self.front.ids.clone());
        let exchange = Arc::new(Exchange {
            front: self.front.clone(),
            connection: Arc::new(Connection::new(peer, self.local, tls)),
            pulse: pulse.clone(),
            door: self.door,
            tally: self.front.metrics.tally(),
        });
        let service = service_fn(move |request| exchange.clone().answer(request));
        let mut conversation = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        let mut looks = interval(watchdog.interval());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks.tick().await;
        let mut draining = false;
        let mut hearing = Hearing::new();
        loop {
            let order = next_order(&mut self.drain, draining, &mut looks, &mut watchdog, &pulse);
            tokio::select! {
                biased;
                end = poll_fn(|cx| hearing.poll(conversation.as_mut(), cx)) => {
                    if let Err(error) = end {
                        tracing::debug!(%peer, %error, "connection broke");
                    }
                    return;
                }
                order = aside(order) => match order {
                    Order::Finish => {
                        draining = true;
                        conversation.as_mut().graceful_shutdown();
                    }
                    Order::Break => {
                        tracing::debug!(%peer, "connection was idle or too slow");
                        return;
                    }
                }
            }
        }
    }
}

/// What a connection is told from outside its conversation.
enum Order {
    /// The server stops: finish what is in flight.
    Finish,
    /// The client is idle or too slow.
    Break,
}

async fn next_order(
    drain: &mut watch::Receiver<bool>,
    draining: bool,
    looks: &mut Interval,
    watchdog: &mut Watchdog,
    pulse: &Pulse,
) -> Order {
    loop {
        tokio::select! {
            biased;
            _ = drain.wait_for(|draining| *draining), if !draining => return Order::Finish,
            _ = looks.tick() => if !watchdog.spares(pulse) {
                return Order::Break;
            }
        }
    }
}

fn facts(stream: &TlsStream<TcpStream>) -> TlsFacts {
    let (_, session) = stream.get_ref();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "unknown",
    };
    let suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    // rustls names TLS 1.3 suites TLS13_...; the registered names have no version.
    TlsFacts { version, cipher_suite: suite.map_or("unknown", registered_name) }
}

fn registered_name(suite: &'static str) -> &'static str {
    match suite {
        "TLS13_AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "TLS13_AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "TLS13_CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        other => other,
    }
}
