//! Gatekey's HTTP server with an application that answers the same bytes to every request.
//!
//! `echo BODY-FILE` is to `floor` what the server costs above bare hyper: limits, deadlines, ids and metrics.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use bytes::Bytes;
use gatekey_server::{
    Answer, Application, Leaving, Limits, Outcome, RawRequest, Readiness, Server,
    dispatch::{Call, Measurement},
};
use gatekey_testkit::SeededEntropy;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{error::Error, sync::Arc};

struct Fixed(Bytes);

impl Application for Fixed {
    fn call(self: Arc<Self>, _: RawRequest) -> Call {
        Call::alone(Box::pin(async move {
            let mut headers = HeaderMap::with_capacity(4);
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
            let outcome = Outcome { service: "fixed", operation: "Answer", code: "ok" };
            Leaving::Now(Box::new(Answer { status: StatusCode::OK, headers, body: self.0.clone(), outcome }))
        }))
    }

    fn ready(&self) -> Readiness {
        Readiness::Ready
    }

    fn measurements(&self) -> Vec<Measurement> {
        Vec::new()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: echo BODY-FILE")?;
    let application = Arc::new(Fixed(Bytes::from(std::fs::read(path)?)));
    let mut server = Server::new(application, &SeededEntropy::new(1), Limits::default());
    println!("{}", server.listen(([127, 0, 0, 1], 0).into(), None)?);
    server.run(std::future::pending()).await;
    Ok(())
}
