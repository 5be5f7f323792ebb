//! One request and its answer: caps, routing, the application, and what every answer carries.

use crate::{
    answers::Tally,
    body::{self, Budget},
    cohort::Cohorts,
    cors,
    dispatch::{Answer, Application, Call, Connection, Outcome, RawRequest, Readiness, boxed},
    errand::{Arrived, Errand, Passed},
    hush::Voice,
    limits::{Limits, MAX_HEADER_FIELDS},
    metrics::{self, Metrics},
    pulse::Pulse,
    refusal::{Dialect, Refusal},
    request_ids::RequestIds,
};
use bytes::Bytes;
use gatekey_types::RequestId;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

/// What all connections of a server share.
pub(crate) struct Front {
    pub(crate) application: Arc<dyn Application>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) ids: Arc<RequestIds>,
    pub(crate) limits: Limits,
    pub(crate) budget: Budget,
    pub(crate) cohorts: Cohorts,
    pub(crate) draining: AtomicBool,
}

/// Which listener a connection came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// The services.
    Services,
    /// Metrics and health, for operators.
    Operations,
    /// Credentials for one workload: everything goes to the application, and no browser is let in.
    Workload,
}

/// A connection's side of its requests.
pub(crate) struct Exchange {
    pub(crate) front: Arc<Front>,
    pub(crate) connection: Arc<Connection>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) door: Door,
    pub(crate) tally: Tally,
}

impl Exchange {
    /// Answers one request. It never fails: what goes wrong becomes an answer.
    ///
    /// Whatever is done for it here is done for it alone. So it is handed in as it came, and read where others are read, too.
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send {
        let id = self.front.ids.next();
        let multiplexed = request.version() == Version::HTTP_2;
        // Over HTTP/2 a connection is woken to tell its client what more it may send.
        let voice = if multiplexed { Voice::NOBODY } else { Voice::present() };
        let errand = Errand::new(id, boxed(|| Arc::clone(&self).arrive(id, request, voice)));
        async move {
            let begun = Instant::now();
            let _in_flight = self.pulse.begin(multiplexed);
            let answer = match self.door {
                Door::Services => self.front.cohorts.answer(errand).await,
                Door::Workload | Door::Operations => errand.await,
            };
            self.note(id, &answer, begun);
            Ok(respond(*answer))
        }
    }

    /// Reads a request. Its head is large, and stays where it is: an async fn would have room for it twice.
    fn arrive(
        self: Arc<Self>,
        id: RequestId,
        request: Request<Incoming>,
        voice: Voice,
    ) -> impl Future<Output = Arrived> + Send {
        let (mut head, body) = request.into_parts();
        async move {
            let cors = match self.door {
                Door::Workload => None,
                Door::Services | Door::Operations => {
                    cors::headers_for(&head.method, &head.headers).map(Box::new)
                }
            };
            let answered = match self.door {
                Door::Services => self.serve(&head),
                Door::Workload => None,
                Door::Operations => Some(self.operate(&head)),
            };
            let passed = match answered {
                Some(answer) => Err(answer),
                None => self.pass_on(id, &mut head, body, voice).await,
            };
            match passed {
                Ok((call, dialect)) => Arrived::Passed(Passed { call, dialect, cors }),
                Err(answer) => Arrived::Answered(answer, cors),
            }
        }
    }

    /// Counts an answer and logs it.
    fn note(&self, id: RequestId, answer: &Answer, begun: Instant) {
        if self.door == Door::Services {
            self.tally.answered(answer.outcome, begun.elapsed());
        }
        tracing::debug!(
            request = %id,
            operation = answer.outcome.operation,
            status = answer.status.as_u16(),
            code = answer.outcome.code,
            peer = %self.connection.peer,
            "answered"
        );
    }

    /// What the services' listener answers by itself. `None`: the rest is the application's.
    fn serve(&self, head: &Parts) -> Option<Box<Answer>> {
        Some(match route(head) {
            Route::Health => plain(StatusCode::OK, "ok\n"),
            Route::Readiness => self.front.readiness(),
            Route::Preflight => plain(StatusCode::OK, ""),
            Route::Refused(refusal) => refusal.answer(Dialect::of(&head.headers)),
            Route::Application => return None,
        })
    }

    /// What an operator's listener answers.
    fn operate(&self, head: &Parts) -> Box<Answer> {
        match (&head.method, head.uri.path()) {
            (&(Method::GET | Method::HEAD), "/metrics") => self.front.metrics_page(),
            (&(Method::GET | Method::HEAD), "/healthz") => plain(StatusCode::OK, "ok\n"),
            (&(Method::GET | Method::HEAD), "/readyz") => self.front.readiness_in_words(),
            (&(Method::GET | Method::HEAD), _) => plain(StatusCode::NOT_FOUND, "not found\n"),
            _ => plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n"),
        }
    }

    /// Reads the body and hands the request to the application, or says why not.
    async fn pass_on(
        &self,
        id: RequestId,
        head: &mut Parts,
        mut body: Incoming,
        voice: Voice,
    ) -> Result<(Call, Dialect), Box<Answer>> {
        let dialect = Dialect::of(&head.headers);
        let whole = match body::read(&mut body, voice, &self.front.limits, &self.front.budget).await {
            Ok(whole) => whole,
            Err(refusal) => {
                // HTTP/2 can refuse a body by itself, and who waits to be told to go on has sent nothing yet.
                if head.version != Version::HTTP_2 && !head.headers.contains_key(header::EXPECT) {
                    tokio::spawn(body::linger(body));
                }
                return Err(refusal.answer(dialect));
            }
        };
        let call = Arc::clone(&self.front.application).call(self.raw(id, head, whole.bytes));
        Ok((within(call, whole.room), dialect))
    }

    fn raw(&self, id: RequestId, head: &mut Parts, body: Bytes) -> RawRequest {
        name_host(head);
        RawRequest {
            id,
            method: mem::take(&mut head.method),
            uri: mem::take(&mut head.uri),
            version: head.version,
            headers: mem::take(&mut head.headers),
            body,
            connection: self.connection.clone(),
        }
    }
}

impl Front {
    fn state(&self) -> Readiness {
        if self.draining.load(Ordering::Relaxed) {
            return Readiness::Unready("shutting down".to_owned());
        }
        self.application.ready()
    }

    /// For anybody: whether, but not why not.
    fn readiness(&self) -> Box<Answer> {
        match self.state() {
            Readiness::Ready => plain(StatusCode::OK, "ready\n"),
            Readiness::Unready(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
        }
    }

    /// For operators: why not, too.
    fn readiness_in_words(&self) -> Box<Answer> {
        match self.state() {
            Readiness::Ready => plain(StatusCode::OK, "ready\n"),
            Readiness::Unready(why) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
        }
    }

    fn metrics_page(&self) -> Box<Answer> {
        let mut page = plain(StatusCode::OK, self.metrics.exposition());
        page.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
        page
    }
}

/// Where a request to the services goes.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Health,
    Readiness,
    Preflight,
    Refused(Refusal),
    Application,
}

fn route(head: &Parts) -> Route {
    if head.headers.len() > MAX_HEADER_FIELDS {
        return Route::Refused(Refusal::TooManyHeaders);
    }
    match (&head.method, head.uri.path()) {
        (&Method::POST, _) => Route::Application,
        (&Method::OPTIONS, _) => Route::Preflight,
        (&(Method::GET | Method::HEAD), "/healthz") => Route::Health,
        (&(Method::GET | Method::HEAD), "/readyz") => Route::Readiness,
        // The query services take their operation from the query too: a presigned GetCallerIdentity is a GET.
        (_, "/") if !names_action(head.uri.query()) => Route::Refused(Refusal::NoOperation),
        _ => Route::Application,
    }
}

fn names_action(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")))
}

/// HTTP/2 names the host in `:authority`, and signatures call it `host`: one name for both.
fn name_host(head: &mut Parts) {
    // There is none in what most clients ask over HTTP/1.1: a path.
    let Some(authority) = head.uri.authority() else { return };
    if head.headers.contains_key(header::HOST) {
        return;
    }
    let authority = HeaderValue::from_str(authority.as_str()).ok();
    authority.map(|host| head.headers.insert(header::HOST, host));
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Box<Answer> {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Box::new(Answer { status, headers, body: text.into(), outcome: Outcome::unrouted("ok") })
}

fn respond(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// Gives the room that a large body takes up back when it is worked on.
fn within(call: Call, room: Option<OwnedSemaphorePermit>) -> Call {
    let Some(room) = room else { return call };
    Call::alone(Box::pin(async move {
        let _room = room;
        call.answer.await
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(method: Method, target: &str) -> Route {
        route(&Request::builder().method(method).uri(target).body(()).unwrap().into_parts().0)
    }

    #[test]
    fn posts_go_to_the_application_whatever_their_path() {
        for path in ["/", "/healthz", "/policy/validation", "//"] {
            assert_eq!(routed(Method::POST, path), Route::Application);
        }
    }

    #[test]
    fn a_get_goes_to_the_application_only_if_it_names_an_operation() {
        assert_eq!(routed(Method::GET, "/?Action=GetCallerIdentity&Version=2011-06-15"), Route::Application);
        assert_eq!(routed(Method::GET, "/?Version=2011-06-15&Action=GetCallerIdentity"), Route::Application);
        assert_eq!(routed(Method::GET, "/analyzer"), Route::Application);
        for target in ["/", "/?", "/?Reaction=1", "/?action=x"] {
            assert_eq!(routed(Method::GET, target), Route::Refused(Refusal::NoOperation), "{target}");
        }
        assert_eq!(routed(Method::PUT, "/"), Route::Refused(Refusal::NoOperation));
    }

    #[test]
    fn health_is_read_and_never_posted() {
        assert_eq!(routed(Method::GET, "/healthz"), Route::Health);
        assert_eq!(routed(Method::HEAD, "/readyz"), Route::Readiness);
        assert_eq!(routed(Method::DELETE, "/healthz"), Route::Application);
    }

    #[test]
    fn a_host_header_is_made_of_the_authority_and_never_replaced() {
        let named = |request: Request<()>| {
            let (mut head, ()) = request.into_parts();
            name_host(&mut head);
            head.headers.get(header::HOST).map(|host| host.to_str().unwrap().to_owned())
        };
        let uri = "https://kms.example:4599/";
        assert_eq!(named(Request::builder().uri(uri).body(()).unwrap()), Some("kms.example:4599".to_owned()));
        let both = Request::builder().uri(uri).header("host", "other").body(()).unwrap();
        assert_eq!(named(both), Some("other".to_owned()));
        assert_eq!(named(Request::builder().uri("/").body(()).unwrap()), None);
    }
}
