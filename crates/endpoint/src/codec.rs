//! The protocols, behind one face.

use gatekey_model::{ApiError, OperationInfo, Service};
use gatekey_types::RequestId;
use gatekey_wire::{
    Answer, WireError, json, query,
    rest::{self, PathParameters},
};
use serde::{Serialize, de::DeserializeOwned};

/// A protocol, without a request in it: what is left to tell of an error.
#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    /// awsJson1.1.
    Json,
    /// awsQuery.
    Query,
    /// restJson.
    Rest,
}

impl Protocol {
    pub(crate) fn error(self, service: &'static Service, error: &dyn ApiError, id: RequestId) -> Answer {
        match self {
            Self::Json => json::error_answer(service, error),
            Self::Query => query::error_answer(service, error, &id.to_string()),
            Self::Rest => rest::error_answer(error),
        }
    }

    /// An error's code, as the protocol has it.
    pub(crate) fn code(self, error: &dyn ApiError) -> &'static str {
        match self {
            Self::Json | Self::Rest => error.info().json.code,
            Self::Query => error.info().query.code,
        }
    }
}

/// A request in its protocol, which is also that of its answer.
#[derive(Clone, Copy)]
pub(crate) enum Codec<'a> {
    /// awsJson1.1, with its body.
    Json(&'a [u8]),
    /// awsQuery, with its form.
    Query(&'a query::Form),
    /// restJson, with what its path says and the whole request. By reference: each future on the way has a codec.
    Rest(&'a PathParameters, &'a rest::Request<'a>),
}

impl Codec<'_> {
    pub(crate) fn decode<T: DeserializeOwned>(self, info: &'static OperationInfo) -> Result<T, WireError> {
        match self {
            Self::Json(body) => json::decode(body, info.input),
            Self::Query(form) => form.decode(info.input),
            Self::Rest(parameters, request) => rest::decode(info, parameters, request),
        }
    }

    pub(crate) fn answer<T: Serialize>(
        self,
        info: &'static OperationInfo,
        output: &T,
        id: RequestId,
    ) -> Result<Answer, WireError> {
        match self {
            Self::Json(_) => json::answer(info, output),
            Self::Query(_) => query::answer(info, output, &id.to_string()),
            Self::Rest(..) => rest::answer(info, output),
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Json(_) => Protocol::Json,
            Self::Query(_) => Protocol::Query,
            Self::Rest(..) => Protocol::Rest,
        }
    }

    /// The code in an event. CloudTrail has the exception's name, also where a query service's answers have a shorter one:
    /// `NoSuchEntityException`; only a denial is `AccessDenied`.
    pub(crate) fn event_code(self, error: &dyn ApiError) -> &'static str {
        match (self, error.info().name) {
            (Self::Query(_), "AccessDeniedException") => "AccessDenied",
            (Self::Query(_), name) => name,
            (Self::Json(_) | Self::Rest(..), _) => error.code(),
        }
    }
}
