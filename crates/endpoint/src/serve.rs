//! One request of any service, in any protocol: decode, decide, do, record, encode.

use crate::{codec::Codec, counted, refuse::to_server};
use gatekey_gate::{
    Arrival, ErrorOf, Gate, Gone, InputOf, Operation, OutputOf, Passage, Released, THROTTLED, Told,
    Unrecorded, Visitor,
};
use gatekey_model::{ApiError, Call, CommonError, OperationInfo, common as errors, kms};
use gatekey_server::{Answer, dispatch::BoxFuture};
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

impl<'a> Visitor for Serving<'a> {
    type Outcome = BoxFuture<'a, Answer>;

    fn visit<O: Operation>(self) -> BoxFuture<'a, Answer> {
        Box::pin(self.serve::<O>())
    }
}

impl<'a> Serving<'a> {
    /// Decodes, decides, does, records, encodes.
    async fn serve<O: Operation>(self) -> Answer {
        let Self { gate, arrival, codec } = self;
        let info = O::Call::INFO;
        let input: InputOf<O> = match codec.decode(info.input) {
            Ok(input) => input,
            Err(error) => return self.refused(info, error.into()).await,
        };
        let (mut attempt, mut turn) = (0, None);
        loop {
            attempt += 1;
            let mut passage = match gate.enter(arrival, info, O::READ_ONLY) {
                Ok(passage) => passage,
                Err(Gone) => return self.error(info, &gone()),
            };
            if attempt > 1 {
                passage.counted_before();
            }
            let mut outcome = O::handle(&mut passage, &input).await;
            if passage.is_throttled() {
                outcome = Err(throttled().into());
            }
            if passage.conflicted() && attempt < ATTEMPTS {
                if turn.is_none() {
                    turn = Some(gate.turn().await);
                }
                continue;
            }
            return match gate.release(&passage, outcome, |error| self.told(error)).await {
                Ok(released) => with_hints(&passage, self.encode::<O>(info, released)),
                Err(unrecorded) => self.not_recorded(info, &unrecorded),
            };
        }
    }

    fn encode<O: Operation>(
        self,
        info: &'static OperationInfo,
        released: Released<Result<OutputOf<O>, ErrorOf<O>>>,
    ) -> Answer {
        match released.into_inner() {
            Ok(output) => match self.codec.answer(info, &output, self.arrival.id) {
                Ok(answer) => to_server(answer, counted(info, "ok")),
                Err(error) => {
                    tracing::error!(operation = info.name, %error, "an answer could not be encoded");
                    self.internal(info)
                }
            },
            Err(error) => self.error(info, &error),
        }
    }

    /// An operation of the model that this server does not have.
    pub(crate) async fn unserved(self, info: &'static OperationInfo) -> Answer {
        let text = format!("{} is not served by this version of Gatekey.", info.name);
        self.refused(info, errors::UnsupportedOperationException::new(text).into()).await
    }

    /// Answers an authenticated request that no handler sees; it too leaves its event.
    async fn refused(self, info: &'static OperationInfo, error: CommonError) -> Answer {
        let Ok(passage) = self.gate.enter(self.arrival, info, true) else { return self.error(info, &gone()) };
        match self.gate.release::<(), _>(&passage, Err(error), |error| self.told(error)).await {
            Ok(released) => match released.into_inner() {
                Ok(()) => self.internal(info),
                Err(error) => self.error(info, &error),
            },
            Err(unrecorded) => self.not_recorded(info, &unrecorded),
        }
    }

    fn told<E: ApiError>(self, error: &E) -> Told {
        Told { code: self.codec.event_code(error), message: error.message().map(str::to_owned) }
    }

    fn error(self, info: &'static OperationInfo, error: &dyn ApiError) -> Answer {
        let answer = self.codec.error(info.service, error, self.arrival.id);
        to_server(answer, counted(info, self.codec.code(error)))
    }

    fn internal(self, info: &'static OperationInfo) -> Answer {
        match info.service.signing_name {
            "kms" => self.error(info, &kms::KMSInternalException::bare()),
            _ => self.error(info, &errors::InternalFailure::bare()),
        }
    }

    /// What cannot be recorded does not leave.
    fn not_recorded(self, info: &'static OperationInfo, unrecorded: &Unrecorded) -> Answer {
        tracing::error!(operation = info.name, %unrecorded, "an answer was withheld");
        self.internal(info)
    }
}

/// One request more than the quota has.
fn throttled() -> CommonError {
    errors::ThrottlingException::new(THROTTLED).into()
}

/// The caller was deleted between the check of the signature and the decision.
fn gone() -> CommonError {
    errors::UnrecognizedClientException::new("The security token included in the request is invalid.").into()
}

/// Adds what AWS's answer has no place for.
fn with_hints(passage: &Passage<'_>, mut answer: Answer) -> Answer {
    for (name, value) in passage.hints() {
        let printable: String =
            value.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect();
        if let Ok(value) = HeaderValue::from_str(&printable) {
            answer.headers.insert(HeaderName::from_static(name), value);
        }
    }
    answer
}
