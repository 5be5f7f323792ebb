//! One request and its answer: caps, routing, the application, and what every answer carries.

use crate::{
    body::{self, Budget, Whole},
    cohort::{Cohorts, leave},
    cors,
    dispatch::{Answer, Application, Connection, Outcome, RawRequest, Readiness},
    guarded::Guarded,
    limits::{Limits, MAX_HEADER_FIELDS},
    metrics::{self, Metrics, Tally},
    pulse::Pulse,
    refusal::{Dialect, Refusal},
    request_ids::RequestIds,
};
use bytes::Bytes;
use gatekey_types::RequestId;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header,
    request::Parts,
};
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
use tokio::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

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
    /// The head is large, and stays where it is from here on. An async fn would have room for its arguments twice.
    #[expect(clippy::manual_async_fn, reason = "as said")]
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send {
        let (mut head, body) = request.into_parts();
        async move {
            let begun = Instant::now();
            let _in_flight = self.pulse.begin(head.version == Version::HTTP_2);
            let id = self.front.ids.next();
            let cors = match self.door {
                Door::Workload => None,
                Door::Services | Door::Operations => cors::headers_for(&head.method, &head.headers),
            };
            let answer = match self.door {
                Door::Services => self.serve(id, &mut head, body).await,
                Door::Workload => self.pass_on(id, &mut head, body).await,
                Door::Operations => self.operate(&head),
            };
            self.note(id, &answer, begun);
            Ok(finish(*answer, id, cors))
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

    async fn serve(&self, id: RequestId, head: &mut Parts, body: Incoming) -> Box<Answer> {
        match route(head) {
            Route::Health => plain(StatusCode::OK, "ok\n"),
            Route::Readiness => self.front.readiness(),
            Route::Preflight => plain(StatusCode::OK, ""),
            Route::Refused(refusal) => refusal.answer(Dialect::of(&head.headers)),
            Route::Application => self.pass_on(id, head, body).await,
        }
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

    async fn pass_on(&self, id: RequestId, head: &mut Parts, mut body: Incoming) -> Box<Answer> {
        let dialect = Dialect::of(&head.headers);
        let whole = match body::read(&mut body, &self.front.limits, &self.front.budget).await {
            Ok(whole) => whole,
            Err(refusal) => {
                // HTTP/2 can refuse a body by itself, and who waits to be told to go on has sent nothing yet.
                if head.version != Version::HTTP_2 && !head.headers.contains_key(header::EXPECT) {
                    tokio::spawn(body::linger(body));
                }
                return refusal.answer(dialect);
            }
        };
        drop(body);
        let Whole { bytes, room: _room } = whole;
        let answer = self.front.answer(self.raw(id, head, bytes));
        answer.await.unwrap_or_else(|| Refusal::Internal.answer(dialect))
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
    /// The application's answer, or `None` if it panicked. It has the request at once: the future has no room for it.
    fn answer(&self, request: RawRequest) -> impl Future<Output = Option<Box<Answer>>> + Send {
        let mut is_brief = false;
        let work = Guarded::new(request.id, || {
            let call = Arc::clone(&self.application).call(request);
            is_brief = call.is_brief;
            call.answer
        });
        async move { if is_brief { self.cohorts.answer(work).await } else { leave(work).await } }
    }

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

fn finish(answer: Answer, id: RequestId, cors: Option<HeaderMap>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Ok(id) = HeaderValue::from_bytes(&id.text()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(cors) = cors {
        response.headers_mut().extend(cors.into_iter().filter_map(|(name, value)| Some((name?, value))));
    }
    response
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
