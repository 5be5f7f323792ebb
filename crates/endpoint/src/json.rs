//! Services that speak awsJson1.1.

use crate::{
    Endpoint,
    authenticate::{as_common, authenticate},
    counted,
    refuse::{common, to_server},
};
use gatekey_gate::{Arrival, ErrorOf, Gate, InputOf, Operation, OutputOf, Released, Told, Unrecorded};
use gatekey_kms::Visitor;
use gatekey_model::{ApiError, Call, CommonError, OperationInfo, common as errors, kms};
use gatekey_server::{Answer, RawRequest, dispatch::BoxFuture};
use gatekey_wire::json;
use serde::de::IgnoredAny;

/// How often a request is decided anew because others changed what it depends on.
const ATTEMPTS: usize = 16;

/// Answers a request to KMS.
pub(crate) async fn kms(endpoint: &Endpoint, request: &RawRequest, operation: kms::Operation) -> Answer {
    let now = endpoint.gate.now();
    let arrival = match authenticate(endpoint, request, &[kms::SERVICE.signing_name], now) {
        Ok(arrival) => arrival,
        Err(error) => return unauthenticated(request, as_common(&error)),
    };
    let serving = Serving { gate: &endpoint.gate, arrival: &arrival, body: &request.body };
    match gatekey_kms::visit(operation, serving) {
        Some(answer) => answer.await,
        None => unserved(&endpoint.gate, &arrival, operation.info()).await,
    }
}

/// AWS looks at the body's syntax before it looks at the signature, so that is what it tells first.
fn unauthenticated(request: &RawRequest, error: CommonError) -> Answer {
    let empty = request.body.is_empty();
    if !empty && serde_json::from_slice::<IgnoredAny>(&request.body).is_err() {
        return common(errors::SerializationException::bare());
    }
    common(error)
}

/// An operation of the model that this server does not have.
async fn unserved(gate: &Gate, arrival: &Arrival, info: &'static OperationInfo) -> Answer {
    let text = format!("{} is not served by this version of Gatekey.", info.name);
    refused(gate, arrival, info, errors::UnsupportedOperationException::new(text).into()).await
}

/// Answers an authenticated request that no handler sees; it too leaves its event.
async fn refused(gate: &Gate, arrival: &Arrival, info: &'static OperationInfo, error: CommonError) -> Answer {
    let passage = gate.enter(arrival, info, true);
    match gate.release::<(), _>(&passage, Err(error), told).await {
        Ok(released) => match released.into_inner() {
            Ok(()) => internal(info),
            Err(error) => error_answer(info, &error),
        },
        Err(unrecorded) => not_recorded(info, &unrecorded),
    }
}

/// An authenticated request, waiting for its handler.
struct Serving<'a> {
    gate: &'a Gate,
    arrival: &'a Arrival,
    body: &'a [u8],
}

impl<'a> Visitor for Serving<'a> {
    type Outcome = BoxFuture<'a, Answer>;

    fn visit<O: Operation>(self) -> BoxFuture<'a, Answer> {
        Box::pin(serve::<O>(self))
    }
}

/// Decodes, decides, does, records, encodes.
async fn serve<O: Operation>(serving: Serving<'_>) -> Answer {
    let Serving { gate, arrival, body } = serving;
    let info = O::Call::INFO;
    let input: InputOf<O> = match json::decode(body, info.input) {
        Ok(input) => input,
        Err(error) => return refused(gate, arrival, info, error.into()).await,
    };
    let (mut attempt, mut turn) = (0, None);
    loop {
        attempt += 1;
        let mut passage = gate.enter(arrival, info, O::READ_ONLY);
        let outcome = O::handle(&mut passage, &input).await;
        if passage.conflicted() && attempt < ATTEMPTS {
            if turn.is_none() {
                turn = Some(gate.turn().await);
            }
            continue;
        }
        return match gate.release(&passage, outcome, told).await {
            Ok(released) => encode::<O>(info, released),
            Err(unrecorded) => not_recorded(info, &unrecorded),
        };
    }
}

fn encode<O: Operation>(
    info: &'static OperationInfo,
    released: Released<Result<OutputOf<O>, ErrorOf<O>>>,
) -> Answer {
    match released.into_inner() {
        Ok(output) => match json::answer(info, &output) {
            Ok(answer) => to_server(answer, counted(info.name, "ok")),
            Err(error) => {
                tracing::error!(operation = info.name, %error, "an answer could not be encoded");
                internal(info)
            }
        },
        Err(error) => error_answer(info, &error),
    }
}

fn told<E: ApiError>(error: &E) -> Told {
    Told { code: error.code(), message: error.message().map(str::to_owned) }
}

fn error_answer(info: &'static OperationInfo, error: &dyn ApiError) -> Answer {
    to_server(json::error_answer(info.service, error), counted(info.name, error.code()))
}

fn internal(info: &'static OperationInfo) -> Answer {
    error_answer(info, &kms::KMSInternalException::bare())
}

/// What cannot be recorded does not leave.
fn not_recorded(info: &'static OperationInfo, unrecorded: &Unrecorded) -> Answer {
    tracing::error!(operation = info.name, %unrecorded, "an answer was withheld");
    internal(info)
}
