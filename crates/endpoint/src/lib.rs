//! From a raw request to an answer: signature, wire protocol, operation.
//!
//! The server gives each request here as it came. AWS's order of checks holds: what is asked, who asks, and only then
//! what with. Nothing is encoded but what the gate released.

mod authenticate;
mod json;
mod refuse;

use gatekey_gate::Gate;
use gatekey_model::kms;
use gatekey_server::{
    Answer, Application, Outcome, RawRequest, Readiness,
    dispatch::{BoxFuture, Measurement, MeasurementKind},
};
use gatekey_sigv4::SigningKeyCache;
use http::{Method, header::CONTENT_TYPE};
use std::sync::Arc;

/// Derived signing keys that are kept, at about 1 KiB each.
const SIGNING_KEYS: usize = 4096;

/// The services behind one endpoint.
pub struct Endpoint {
    gate: Arc<Gate>,
    signing_keys: SigningKeyCache,
}

impl Endpoint {
    /// Serves what the gate guards.
    pub fn new(gate: Arc<Gate>) -> Self {
        Self { gate, signing_keys: SigningKeyCache::new(SIGNING_KEYS) }
    }

    async fn answer(&self, request: RawRequest) -> Answer {
        if request.method != Method::POST {
            return refuse::not_post();
        }
        let Some(target) = request.headers.get("x-amz-target") else {
            return refuse::no_operation();
        };
        if !is_json(&request) {
            return refuse::wrong_content_type();
        }
        match target.to_str().ok().and_then(kms::Operation::from_target) {
            Some(operation) => json::kms(self, &request, operation).await,
            None => refuse::no_operation(),
        }
    }
}

/// Whether the content type is the JSON protocol's.
fn is_json(request: &RawRequest) -> bool {
    let content_type =
        request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-amz-json-1.1")
}

impl Application for Endpoint {
    fn call(&self, request: RawRequest) -> BoxFuture<'_, Answer> {
        Box::pin(self.answer(request))
    }

    fn ready(&self) -> Readiness {
        match self.gate.health() {
            Ok(()) => Readiness::Ready,
            Err(why) => Readiness::Unready(why.to_owned()),
        }
    }

    fn measurements(&self) -> Vec<Measurement> {
        let snapshot = self.gate.snapshot();
        vec![
            Measurement {
                name: "store_revision",
                help: "The commit that decisions are made on",
                kind: MeasurementKind::Counter,
                value: snapshot.revision.get() as f64,
            },
            Measurement {
                name: "keys",
                help: "Keys in all accounts and Regions",
                kind: MeasurementKind::Gauge,
                value: snapshot.keyring.len() as f64,
            },
        ]
    }
}

/// How an answer is counted.
fn counted(operation: &'static str, code: &'static str) -> Outcome {
    Outcome { service: "kms", operation, code }
}
