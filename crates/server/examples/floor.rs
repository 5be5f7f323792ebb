//! The floor of what a server can cost: bare hyper that reads a body and answers the same bytes to every request.
//!
//! `floor BODY-FILE` listens on a port of 127.0.0.1 that the system chooses, prints it, and serves until it is ended.
//! `cargo xtask bench` puts the same load on it and on Gatekey, and quotes the ratio.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use std::{convert::Infallible, error::Error};
use tokio::net::TcpListener;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("usage: floor BODY-FILE")?;
    let body = Bytes::from(std::fs::read(path)?);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, body.clone()));
            let mut http = auto::Builder::new(TokioExecutor::new());
            http.http1().header_read_timeout(None);
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, body: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    // A broken request body is the client's affair; the answer is the same.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(body));
    // The same bytes are those of the head too: Gatekey's answers name their request and its decision.
    let id = "00000000-0000-4000-8000-000000000000";
    for (name, value) in [
        (header::CONTENT_TYPE, "application/x-amz-json-1.1"),
        (HeaderName::from_static("x-amzn-requestid"), id),
        (HeaderName::from_static("x-gatekey-decision"), id),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
