//! One request on its way through the server, from its reading to its answer.

use crate::{
    dispatch::{Answer, BoxFuture, Call, Leaving},
    refusal::{Dialect, Refusal},
};
use gatekey_types::RequestId;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A request in work. Whatever panics on the way is caught and logged, and the request answered as an internal failure.
pub(crate) struct Errand {
    id: RequestId,
    dialect: Dialect,
    /// In a box, for few have any, and a request passes through many hands.
    cors: Option<Box<HeaderMap>>,
    stage: Stage,
}

/// How far a request has come.
enum Stage {
    /// It is being read.
    Arriving(BoxFuture<'static, Arrived>),
    /// The application works on it.
    Working(BoxFuture<'static, Leaving>),
    /// Its answer waits for its record.
    Recording(BoxFuture<'static, Box<Answer>>),
}

/// What a request is found to be when it is read.
pub(crate) enum Arrived {
    /// The server answers it itself, maybe with headers for a browser.
    Answered(Box<Answer>, Option<Box<HeaderMap>>),
    /// It is the application's.
    Passed(Passed),
}

/// A request in the application's hands, and how it is to be answered.
pub(crate) struct Passed {
    pub(crate) call: Call,
    pub(crate) dialect: Dialect,
    /// Headers for a browser.
    pub(crate) cors: Option<Box<HeaderMap>>,
}

/// What a stage comes to.
enum Done {
    Arrived(Arrived),
    Left(Leaving),
    Recorded(Box<Answer>),
}

/// Where a request is after a stage.
pub(crate) enum Reached {
    /// The application is to work on it; it may be brief.
    Work { is_brief: bool },
    /// Its answer is to be recorded.
    Record,
    /// Its end.
    Answer(Box<Answer>),
}

impl Errand {
    /// A request that is to be read.
    pub(crate) fn new(id: RequestId, arriving: BoxFuture<'static, Arrived>) -> Self {
        Self { id, dialect: Dialect::Json, cors: None, stage: Stage::Arriving(arriving) }
    }

    /// Goes on with the present stage, up to its end at most.
    pub(crate) fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Reached> {
        let done = catch_unwind(AssertUnwindSafe(|| self.stage.poll(cx)));
        let answer = match done {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Done::Arrived(Arrived::Passed(passed)))) => return Poll::Ready(self.pass(passed)),
            Ok(Poll::Ready(Done::Left(Leaving::Recorded(answer)))) => {
                self.stage = Stage::Recording(answer);
                return Poll::Ready(Reached::Record);
            }
            Ok(Poll::Ready(Done::Arrived(Arrived::Answered(answer, cors)))) => {
                self.cors = cors;
                answer
            }
            Ok(Poll::Ready(Done::Left(Leaving::Now(answer)) | Done::Recorded(answer))) => answer,
            Err(_) => {
                tracing::error!(request = %self.id, "the request's handler panicked; this is a bug in Gatekey");
                Refusal::Internal.answer(self.dialect)
            }
        };
        Poll::Ready(Reached::Answer(self.dressed(answer)))
    }

    fn pass(&mut self, passed: Passed) -> Reached {
        let Passed { call: Call { answer, is_brief }, dialect, cors } = passed;
        (self.stage, self.dialect, self.cors) = (Stage::Working(answer), dialect, cors);
        Reached::Work { is_brief }
    }

    /// With what every answer carries.
    fn dressed(&mut self, mut answer: Box<Answer>) -> Box<Answer> {
        if let Ok(id) = HeaderValue::from_bytes(&self.id.text()) {
            answer.headers.insert(REQUEST_ID, id);
        }
        if let Some(cors) = self.cors.take() {
            answer.headers.extend((*cors).into_iter().filter_map(|(name, value)| Some((name?, value))));
        }
        answer
    }
}

impl Stage {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        Poll::Ready(match self {
            Self::Arriving(arriving) => Done::Arrived(ready!(arriving.as_mut().poll(cx))),
            Self::Working(working) => Done::Left(ready!(working.as_mut().poll(cx))),
            Self::Recording(recording) => Done::Recorded(ready!(recording.as_mut().poll(cx))),
        })
    }
}

/// Goes through all the stages that are left.
impl Future for Errand {
    type Output = Box<Answer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<Answer>> {
        loop {
            if let Reached::Answer(answer) = ready!(self.poll_stage(cx)) {
                return Poll::Ready(answer);
            }
        }
    }
}
