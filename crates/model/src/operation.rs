//! What a service and an operation are.

use crate::{ApiError, CommonError, ErrorInfo, Shape};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A service's part of the protocol.
#[derive(Debug)]
pub struct Service {
    /// The name in a credential's scope.
    pub signing_name: &'static str,
    /// The name that people read, as in `KMS`.
    pub id: &'static str,
    /// The model's version, as in `2014-11-01`.
    pub api_version: &'static str,
    /// What comes before the dot in `X-Amz-Target`.
    pub target_prefix: &'static str,
    /// The version in `application/x-amz-json-1.1`.
    pub json_version: &'static str,
    /// The protocols it speaks, the preferred first.
    pub protocols: &'static [Protocol],
    /// The namespace of its XML answers.
    pub xml_namespace: &'static str,
}

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson1.0 or 1.1.
    Json,
    /// A form in, XML out.
    Query,
    /// JSON bodies, paths and methods.
    RestJson,
    /// Smithy's RPC protocol in CBOR.
    RpcCbor,
}

/// What the model says of an operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// Its service.
    pub service: &'static Service,
    /// What it takes.
    pub input: &'static Shape,
    /// What it gives; without one the answer's body is empty.
    pub output: Option<&'static Shape>,
    /// The element around the output in an XML answer.
    pub result_wrapper: &'static str,
    /// The exceptions it may answer with, besides the common ones.
    pub errors: &'static [&'static ErrorInfo],
    /// Its HTTP binding, which matters to REST only.
    pub http: Http,
    /// Whether a request needs no signature.
    pub unsigned: bool,
}

/// An operation's HTTP binding.
#[derive(Clone, Copy, Debug)]
pub struct Http {
    /// The method.
    pub method: &'static str,
    /// The path, with `{Member}` where a member stands in it.
    pub path: &'static str,
    /// The status of a success.
    pub status: u16,
}

/// An operation as a type: what it takes, gives and may fail with.
pub trait Call: 'static {
    /// The service's operations.
    type Operation: Copy;
    /// What it takes.
    type Input: DeserializeOwned + Serialize + Send;
    /// What it gives.
    type Output: DeserializeOwned + Serialize + Send;
    /// What it may fail with: the model's exceptions and the common ones, and nothing else.
    type Error: ApiError + From<CommonError>;
    /// Which one it is.
    const OPERATION: Self::Operation;
    /// What the model says of it.
    const INFO: &'static OperationInfo;
}

/// What is done with an operation's type by those who know the operation only when it runs.
pub trait Visit<Operation> {
    /// What comes of it.
    type Output;
    /// Does it.
    fn visit<C: Call<Operation = Operation>>(self) -> Self::Output;
}

/// The input of an operation that takes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoInput {}

/// The output of an operation that gives nothing: an empty body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoOutput {}
