//! Bodies as hyper hands them over.

use super::*;
use crate::hush::Hearing;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    future::pending,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Wake, Waker},
};
use tokio::io::{AsyncWriteExt as _, duplex};

#[derive(Default)]
struct Counting(AtomicU32);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a service that takes long has read of a request after one turn of its connection, and how often that was woken by it, even
/// where another task than the connection's reads.
async fn in_one_turn(request: &str) -> (Option<Bytes>, u32) {
    let (mut client, socket) = duplex(1024);
    client.write_all(request.as_bytes()).await.unwrap();
    let (limits, budget, read_so_far) = (Limits::default(), Budget::new(0), std::sync::Mutex::new(None));
    let service = service_fn(async |request: Request<Incoming>| {
        let (mut body, voice) = (request.into_body(), Voice::present());
        let mut reading = pin!(read(&mut body, voice, &limits, &budget));
        let whole = poll_fn(|_| reading.as_mut().poll(&mut Context::from_waker(Waker::noop()))).await;
        *read_so_far.lock().unwrap() = whole.ok().map(|whole| whole.bytes);
        pending::<Result<Response<Full<Bytes>>, Infallible>>().await
    });
    let task = Arc::new(Counting::default());
    let waker = Waker::from(Arc::clone(&task));
    {
        let conversation =
            http1::Builder::new().half_close(true).serve_connection(TokioIo::new(socket), service);
        let turn = Hearing::new().poll(pin!(conversation), &Context::from_waker(&waker));
        assert!(turn.is_pending());
    }
    (read_so_far.into_inner().unwrap(), task.0.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_body_that_is_there_is_read_in_one_turn_and_wakes_its_connection_no_more() {
    let request = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nbody";
    assert_eq!(in_one_turn(request).await, (Some("body".into()), 0));
}

#[tokio::test]
async fn a_body_of_which_there_is_more_wakes_its_connection_to_read_on() {
    for started in [
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nbody",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n",
    ] {
        let (read, woken) = in_one_turn(started).await;
        assert_eq!(read, None, "{started}");
        assert!(woken > 0, "{started}");
    }
}
