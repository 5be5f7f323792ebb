//! Which service and operation a request is for.

use crate::{
    Endpoint,
    authenticate::{as_common, authenticate, is_signed, unsigned},
    codec::Codec,
    counted, refuse,
    serve::{Departing, Serving},
};
use gatekey_gate::{Arrival, is_cryptographic};
use gatekey_model::{
    CommonError, OperationInfo, accessanalyzer, cloudtrail, common as errors, gatekey, iam, kms,
    organizations, secretsmanager, ssm, sts, tagging,
};
use gatekey_server::{Answer, Leaving, RawRequest, dispatch::BoxFuture};
use gatekey_types::pause;
use gatekey_wire::{
    query::{self, Form},
    rest::{self, PathParameters},
};
use http::{HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use serde::de::IgnoredAny;
use std::sync::Arc;

/// The operation of a JSON service.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// The media type of what it takes.
const JSON: &str = "application/x-amz-json-1.1";
/// Smithy's name of a protocol, for those that came later.
const PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// An operation of one of the services here.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    AccessAnalyzer(accessanalyzer::Operation),
    CloudTrail(cloudtrail::Operation),
    Gatekey(gatekey::Operation),
    Iam(iam::Operation),
    Kms(kms::Operation),
    Organizations(organizations::Operation),
    SecretsManager(secretsmanager::Operation),
    Ssm(ssm::Operation),
    Sts(sts::Operation),
    Tagging(tagging::Operation),
}

impl Asked {
    fn of_target(target: &str) -> Option<Self> {
        kms::Operation::from_target(target)
            .map(Self::Kms)
            .or_else(|| organizations::Operation::from_target(target).map(Self::Organizations))
            .or_else(|| ssm::Operation::from_target(target).map(Self::Ssm))
            .or_else(|| secretsmanager::Operation::from_target(target).map(Self::SecretsManager))
            .or_else(|| tagging::Operation::from_target(target).map(Self::Tagging))
            .or_else(|| cloudtrail::Operation::from_target(target).map(Self::CloudTrail))
            .or_else(|| gatekey::Operation::from_target(target).map(Self::Gatekey))
    }

    /// Query services tell themselves apart by the version of their API.
    fn of_form(form: &Form) -> Result<Self, gatekey_wire::WireError> {
        if form.version() == Some(sts::SERVICE.api_version) {
            return query::operation(form, |name| sts::Operation::from_name(name).map(Self::Sts));
        }
        let is_iam = form.version() == Some(iam::SERVICE.api_version);
        query::operation(form, |name| iam::Operation::from_name(name).filter(|_| is_iam).map(Self::Iam))
    }

    fn info(self) -> &'static OperationInfo {
        match self {
            Self::AccessAnalyzer(operation) => operation.info(),
            Self::CloudTrail(operation) => operation.info(),
            Self::Gatekey(operation) => operation.info(),
            Self::Iam(operation) => operation.info(),
            Self::Kms(operation) => operation.info(),
            Self::Organizations(operation) => operation.info(),
            Self::SecretsManager(operation) => operation.info(),
            Self::Ssm(operation) => operation.info(),
            Self::Sts(operation) => operation.info(),
            Self::Tagging(operation) => operation.info(),
        }
    }

    fn visit(self, serving: Serving<'_>) -> Option<BoxFuture<'_, Departing>> {
        match self {
            Self::AccessAnalyzer(operation) => gatekey_accessanalyzer::visit(operation, serving),
            Self::CloudTrail(operation) => gatekey_cloudtrail::visit(operation, serving),
            Self::Gatekey(operation) => gatekey_gatekey::visit(operation, serving),
            Self::Iam(operation) => gatekey_iam::visit(operation, serving),
            Self::Kms(operation) => gatekey_kms::visit(operation, serving),
            Self::Organizations(operation) => gatekey_organizations::visit(operation, serving),
            Self::SecretsManager(operation) => gatekey_secretsmanager::visit(operation, serving),
            Self::Ssm(operation) => gatekey_ssm::visit(operation, serving),
            Self::Sts(operation) => gatekey_sts::visit(operation, serving),
            Self::Tagging(operation) => gatekey_tagging::visit(operation, serving),
        }
    }
}

/// Where a request goes.
pub(crate) enum Route {
    /// A service that has the operation in a header and JSON in the body.
    Json(Asked),
    /// A service that has the operation in a form: the query string.
    Query,
    /// The same, in the body.
    Form,
    /// A service with paths for its operations; of the services here there is one.
    Rest(accessanalyzer::Operation, PathParameters),
    /// Nowhere.
    Refused(Box<Answer>),
}

impl Route {
    /// Nothing of the body is looked at.
    pub(crate) fn of(request: &RawRequest) -> Self {
        if request.method == Method::GET && request.uri.query().is_some() {
            return Self::Query;
        }
        if request.method != Method::POST {
            return Self::Refused(refuse::not_post());
        }
        // Who names a target asks a JSON service, in whatever content type.
        let Some(target) = request.headers.get(TARGET) else { return Self::without_target(request) };
        if !is_in(request, JSON) {
            return Self::Refused(not_in_json(request, refuse::wrong_content_type));
        }
        let asked = target.to_str().ok().and_then(Asked::of_target);
        asked.map_or_else(|| Self::Refused(refuse::no_operation()), Self::Json)
    }

    fn without_target(request: &RawRequest) -> Self {
        if request.uri.path() != "/" {
            let operations = accessanalyzer::Operation::ALL.iter().map(|operation| operation.info());
            let asked = rest::route(operations, request.method.as_str(), request.uri.path());
            if let Some((info, parameters)) = asked {
                let operation = accessanalyzer::Operation::from_name(info.name);
                return operation.map_or_else(
                    || Self::Refused(refuse::no_operation()),
                    |operation| Self::Rest(operation, parameters),
                );
            }
        }
        if is_in(request, "application/x-www-form-urlencoded") {
            return Self::Form;
        }
        Self::Refused(not_in_json(request, refuse::no_operation))
    }

    /// Whether a cryptographic operation is asked for: there are by far the most of these, and what is long in them is done aside.
    pub(crate) fn is_brief(&self) -> bool {
        matches!(self, Self::Json(Asked::Kms(operation)) if is_cryptographic(operation.info()))
    }
}

/// A request that is not as JSON services have it. A body in JSON is in no other protocol, whatever the request says of itself.
fn not_in_json(request: &RawRequest, otherwise: impl FnOnce() -> Box<Answer>) -> Box<Answer> {
    let is_cbor = request.headers.get(PROTOCOL).is_some_and(|protocol| protocol == "rpc-v2-cbor");
    if is_cbor && !is_in(request, JSON) { refuse::no_cbor() } else { otherwise() }
}

/// Answers a request of any service. Nothing of the request is kept but the answer.
#[expect(
    clippy::manual_async_fn,
    reason = "an async fn has room for its arguments twice, and this is a large one"
)]
pub(crate) fn answer(
    endpoint: Arc<Endpoint>,
    request: RawRequest,
    route: Route,
) -> impl Future<Output = Leaving> + Send {
    async move { sent(&endpoint, &request, route).await.leave() }
}

async fn sent(endpoint: &Endpoint, request: &RawRequest, route: Route) -> Departing {
    match route {
        Route::Json(asked) => served(endpoint, request, asked, Codec::Json(&request.body)).await,
        Route::Query => {
            let text = request.uri.query().unwrap_or_default();
            of_query_service(endpoint, request, text.as_bytes()).await
        }
        Route::Form => of_query_service(endpoint, request, &request.body).await,
        Route::Rest(operation, parameters) => {
            of_rest_service(endpoint, request, operation, &parameters).await
        }
        Route::Refused(answer) => Departing::Free(answer),
    }
}

async fn of_rest_service(
    endpoint: &Endpoint,
    request: &RawRequest,
    operation: accessanalyzer::Operation,
    parameters: &PathParameters,
) -> Departing {
    let headers = request.headers.iter();
    let headers: Vec<(&str, &str)> =
        headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let shown = rest::Request {
        method: request.method.as_str(),
        path: request.uri.path(),
        query: request.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &request.body,
    };
    served(endpoint, request, Asked::AccessAnalyzer(operation), Codec::Rest(parameters, &shown)).await
}

async fn of_query_service(endpoint: &Endpoint, request: &RawRequest, text: &[u8]) -> Departing {
    let form = match Form::parse(text) {
        Ok(form) => form,
        Err(error) => return Departing::Free(refuse::query(&error.into(), request.id)),
    };
    match Asked::of_form(&form) {
        Ok(asked) => served(endpoint, request, asked, Codec::Query(&form)).await,
        Err(error) => Departing::Free(refuse::query(&error.into(), request.id)),
    }
}

/// Checks who asks, and hands on.
async fn served(endpoint: &Endpoint, request: &RawRequest, asked: Asked, codec: Codec<'_>) -> Departing {
    let (now, info) = (endpoint.gate.now(), asked.info());
    let arrival = match info.unsigned && !is_signed(request) {
        true => unsigned(endpoint, request, now),
        false => match authenticate(endpoint, request, info.service.signing_name, now).await {
            Ok(arrival) => arrival,
            Err(error) => return unauthenticated(request, info, codec, as_common(&error)),
        },
    };
    if info.service.signing_name == "iam" && !is_taken_by_iam(&arrival) {
        let text = "The security token included in the request is invalid";
        return unauthenticated(request, info, codec, errors::UnrecognizedClientException::new(text).into());
    }
    pause().await;
    let _place = match &arrival.signature {
        // Operations that take other credentials than a signature may wait for an identity provider: they hold up nobody.
        Some(signature) if !info.unsigned => Some(endpoint.fair.place(signature.principal().account()).await),
        _ => None,
    };
    let serving = Serving { gate: &endpoint.gate, arrival: &arrival, codec };
    match asked.visit(serving) {
        Some(answer) => answer.await,
        None => serving.unserved(info),
    }
}

/// IAM does not know all temporary credentials.
fn is_taken_by_iam(arrival: &Arrival) -> bool {
    arrival.signature.as_ref().is_none_or(|signature| signature.principal().is_taken_by_iam())
}

/// AWS looks at a JSON body's syntax before it looks at the signature, so that is what it tells first.
fn unauthenticated(
    request: &RawRequest,
    info: &'static OperationInfo,
    codec: Codec<'_>,
    error: CommonError,
) -> Departing {
    let error = match codec {
        Codec::Json(body) if !body.is_empty() && serde_json::from_slice::<IgnoredAny>(body).is_err() => {
            errors::SerializationException::bare().into()
        }
        _ => error,
    };
    let protocol = codec.protocol();
    let answer = protocol.error(info.service, &error, request.id);
    Departing::Free(refuse::to_server(answer, counted(info, protocol.code(&error))))
}

/// Whether the body is of this media type, with whatever parameters.
fn is_in(request: &RawRequest, wanted: &str) -> bool {
    request.headers.get(CONTENT_TYPE).is_some_and(|given| is_media_type(given, wanted))
}

fn is_media_type(given: &HeaderValue, wanted: &str) -> bool {
    // Almost every client writes just that.
    if given == wanted {
        return true;
    }
    let given = given.to_str().unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cryptographic_operations_of_kms_are_brief_and_no_others() {
        let is = |target: &'static str| {
            Asked::of_target(target).is_some_and(|asked| Route::Json(asked).is_brief())
        };
        for target in ["TrentService.Encrypt", "TrentService.ReEncrypt", "TrentService.GenerateDataKey"] {
            assert!(is(target), "{target}");
        }
        // What changes something waits for the disk, and who asks about everybody takes long.
        for other in [
            "TrentService.CreateKey",
            "TrentService.encrypt",
            "TrentService.",
            "Encrypt",
            "AmazonSSM.Encrypt",
            "Gatekey.WhoCan",
            "",
        ] {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters_its_case_and_spaces() {
        let is = |given: &str| {
            is_media_type(&HeaderValue::from_bytes(given.as_bytes()).unwrap(), "application/x-amz-json-1.1")
        };
        for given in [
            "application/x-amz-json-1.1",
            "Application/X-Amz-JSON-1.1",
            " application/x-amz-json-1.1\t; charset=utf-8",
            "application/x-amz-json-1.1;",
        ] {
            assert!(is(given), "{given}");
        }
        for other in [
            "",
            ";",
            "application/x-amz-json-1.0",
            "application/x-amz-json-1.1x",
            "é; application/x-amz-json-1.1",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
