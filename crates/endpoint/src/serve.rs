//! One request of any service, in any protocol: decode, decide, do, encode, and let go once it is recorded.

use crate::{
    codec::{Codec, Protocol},
    counted,
    refuse::to_server,
};
use gatekey_gate::{
    Arrival, ErrorOf, Gate, Gone, InputOf, Operation, OutputOf, Passage, Told, Unrecorded, Visitor, Withheld,
};
use gatekey_model::{ApiError, Call, CommonError, OperationInfo, common as errors, kms};
use gatekey_server::{
    Answer, Leaving,
    dispatch::{BoxFuture, boxed},
};
use gatekey_types::{RequestId, pause};
use gatekey_wire::WireError;
use http::{HeaderName, HeaderValue};

/// How often a request is decided anew because others changed what it depends on.
const ATTEMPTS: usize = 16;

/// A request whose signature, if it needs one, was verified; it waits for its handler.
#[derive(Clone, Copy)]
pub(crate) struct Serving<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) arrival: &'a Arrival,
    pub(crate) codec: Codec<'a>,
}

/// An answer that holds on to nothing of its request any more.
pub(crate) enum Departing {
    /// It tells of nothing that was done or decided.
    Free(Box<Answer>),
    /// It stays closed until its event is recorded.
    Withheld(Withheld<Box<Answer>>, Otherwise),
}

impl Departing {
    /// The answer on its way. What cannot be recorded does not leave.
    pub(crate) fn leave(self) -> Leaving {
        match self {
            Self::Free(answer) => Leaving::Now(answer),
            Self::Withheld(answer, otherwise) => Leaving::Recorded(boxed(|| async move {
                match answer.recorded().await {
                    Ok(released) => released.into_inner(),
                    Err(unrecorded) => otherwise.not_recorded(&unrecorded),
                }
            })),
        }
    }
}

/// What is told instead of an answer that cannot be given.
#[derive(Clone, Copy)]
pub(crate) struct Otherwise {
    protocol: Protocol,
    info: &'static OperationInfo,
    id: RequestId,
}

impl Otherwise {
    fn not_recorded(self, unrecorded: &Unrecorded) -> Box<Answer> {
        tracing::error!(operation = self.info.name, %unrecorded, "an answer was withheld");
        self.internal()
    }

    fn internal(self) -> Box<Answer> {
        match self.info.service.signing_name {
            "kms" => self.error(&kms::KMSInternalException::bare()),
            _ => self.error(&errors::InternalFailure::bare()),
        }
    }

    fn error(self, error: &dyn ApiError) -> Box<Answer> {
        let answer = self.protocol.error(self.info.service, error, self.id);
        to_server(answer, counted(self.info, self.protocol.code(error)))
    }
}

impl<'a> Visitor for Serving<'a> {
    type Outcome = BoxFuture<'a, Departing>;

    fn visit<O: Operation>(self) -> BoxFuture<'a, Departing> {
        boxed(|| self.serve::<O>())
    }
}

impl<'a> Serving<'a> {
    /// Decodes, decides, does, encodes.
    async fn serve<O: Operation>(self) -> Departing {
        let Self { gate, arrival, codec } = self;
        let info = O::Call::INFO;
        let input: InputOf<O> = match codec.decode(info) {
            Ok(input) => input,
            Err(error) => return self.unreadable(info, error),
        };
        pause().await;
        let mut turn = if O::READ_ONLY { None } else { gate.turn_of_newcomer().await };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut passage = match gate.enter(arrival, info, O::READ_ONLY) {
                Ok(passage) => passage,
                Err(Gone) => return Departing::Free(self.error(info, &gone())),
            };
            if attempt > 1 {
                passage.counted_before();
            }
            pause().await;
            let mut outcome = O::handle(&mut passage, &input).await;
            if let Some(text) = passage.throttled() {
                outcome = Err(CommonError::from(errors::ThrottlingException::new(text)).into());
            }
            if passage.conflicted() && attempt < ATTEMPTS {
                match &mut turn {
                    None => turn = Some(gate.turn().await),
                    Some(turn) => turn.lose(),
                }
                continue;
            }
            pause().await;
            let withheld = gate.withhold(&passage, outcome, |error| self.told(error));
            pause().await;
            let departing = self
                .departing(info, withheld, |outcome| with_hints(&passage, self.encode::<O>(info, outcome)));
            passage.keep();
            return departing;
        }
    }

    fn encode<O: Operation>(
        self,
        info: &'static OperationInfo,
        outcome: Result<OutputOf<O>, ErrorOf<O>>,
    ) -> Box<Answer> {
        match outcome {
            Ok(output) => match self.codec.answer(info, &output, self.arrival.id) {
                Ok(answer) => to_server(answer, counted(info, "ok")),
                Err(error) => {
                    tracing::error!(operation = info.name, %error, "an answer could not be encoded");
                    self.otherwise(info).internal()
                }
            },
            Err(error) => self.error(info, &error),
        }
    }

    /// An operation of the model that this server does not have.
    pub(crate) fn unserved(self, info: &'static OperationInfo) -> Departing {
        let text = format!("{} is not served by this version of Gatekey.", info.name);
        self.refused(info, errors::UnsupportedOperationException::new(text).into())
    }

    /// A request that does not become its operation's input. What its event says holds no one-time code.
    fn unreadable(self, info: &'static OperationInfo, error: WireError) -> Departing {
        let kept = error.kept().map(str::to_owned);
        self.unheard(info, error.into(), |told| Told { message: kept, ..told })
    }

    fn refused(self, info: &'static OperationInfo, error: CommonError) -> Departing {
        self.unheard(info, error, |told| told)
    }

    /// Answers an authenticated request that no handler sees; it too leaves its event, of what was told as it is to be kept.
    fn unheard(
        self,
        info: &'static OperationInfo,
        error: CommonError,
        kept: impl FnOnce(Told) -> Told,
    ) -> Departing {
        let Ok(passage) = self.gate.enter(self.arrival, info, true) else {
            return Departing::Free(self.error(info, &gone()));
        };
        let withheld = self.gate.withhold::<(), _>(&passage, Err(error), |error| kept(self.told(error)));
        self.departing(info, withheld, |outcome| match outcome {
            Ok(()) => self.otherwise(info).internal(),
            Err(error) => with_hints(&passage, self.error(info, &error)),
        })
    }

    fn departing<T>(
        self,
        info: &'static OperationInfo,
        withheld: Result<Withheld<T>, Unrecorded>,
        encode: impl FnOnce(T) -> Box<Answer>,
    ) -> Departing {
        match withheld {
            Ok(withheld) => Departing::Withheld(withheld.map(encode), self.otherwise(info)),
            Err(unrecorded) => Departing::Free(self.otherwise(info).not_recorded(&unrecorded)),
        }
    }

    fn otherwise(self, info: &'static OperationInfo) -> Otherwise {
        Otherwise { protocol: self.codec.protocol(), info, id: self.arrival.id }
    }

    fn told<E: ApiError>(self, error: &E) -> Told {
        Told { code: self.codec.event_code(error), message: error.message().map(str::to_owned) }
    }

    fn error(self, info: &'static OperationInfo, error: &dyn ApiError) -> Box<Answer> {
        self.otherwise(info).error(error)
    }
}

/// The caller was deleted between the check of the signature and the decision.
fn gone() -> CommonError {
    errors::UnrecognizedClientException::new("The security token included in the request is invalid.").into()
}

/// By this the request's decision can be asked about; it is the request's id.
const DECISION: HeaderName = HeaderName::from_static("x-gatekey-decision");

/// Adds what AWS's answer has no place for.
fn with_hints(passage: &Passage<'_>, mut answer: Box<Answer>) -> Box<Answer> {
    if let Ok(id) = HeaderValue::from_bytes(&passage.arrival().id.text()) {
        answer.headers.insert(DECISION, id);
    }
    for (name, value) in passage.hints() {
        let printable: String =
            value.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect();
        if let Ok(value) = HeaderValue::from_str(&printable) {
            answer.headers.insert(HeaderName::from_static(name), value);
        }
    }
    answer
}
