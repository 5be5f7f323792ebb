//! The protocols, behind one face.

use gatekey_model::{ApiError, OperationInfo, Service, Shape};
use gatekey_types::RequestId;
use gatekey_wire::{Answer, WireError, json, query};
use serde::{Serialize, de::DeserializeOwned};

/// A protocol, without a request in it: what is left to tell of an error.
#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    /// awsJson1.1.
    Json,
    /// awsQuery.
    Query,
}

impl Protocol {
    pub(crate) fn error(self, service: &'static Service, error: &dyn ApiError, id: RequestId) -> Answer {
        match self {
            Self::Json => json::error_answer(service, error),
            Self::Query => query::error_answer(service, error, &id.to_string()),
        }
    }

    /// An error's code, as the protocol has it.
    pub(crate) fn code(self, error: &dyn ApiError) -> &'static str {
        match self {
            Self::Json => error.info().json.code,
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
}

impl Codec<'_> {
    pub(crate) fn decode<T: DeserializeOwned>(self, shape: &'static Shape) -> Result<T, WireError> {
        match self {
            Self::Json(body) => json::decode(body, shape),
            Self::Query(form) => form.decode(shape),
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
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Json(_) => Protocol::Json,
            Self::Query(_) => Protocol::Query,
        }
    }

    /// The code in an event. CloudTrail has the exception's name, also where a query service's answers have a shorter one:
    /// `NoSuchEntityException`; only a denial is `AccessDenied`.
    pub(crate) fn event_code(self, error: &dyn ApiError) -> &'static str {
        match (self, error.info().name) {
            (Self::Query(_), "AccessDeniedException") => "AccessDenied",
            (Self::Query(_), name) => name,
            (Self::Json(_), _) => error.code(),
        }
    }
}
