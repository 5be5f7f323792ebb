//! From a raw request to an answer: signature, wire protocol, operation.
//!
//! The server gives each request here as it came. AWS's order of checks holds: what is asked, who asks, and only then
//! what with. Nothing is encoded but what the gate released.

mod authenticate;
mod codec;
mod fair;
mod refuse;
mod route;
mod serve;

use crate::route::Route;
use fair::Halls;
use gatekey_gate::Gate;
use gatekey_model::OperationInfo;
use gatekey_server::{
    Application, Lanes, Outcome, RawRequest, Readiness,
    dispatch::{Call, Measurement, MeasurementKind, boxed},
};
use gatekey_sigv4::SigningKeyCache;
use gatekey_types::Region;
use std::sync::Arc;

/// Derived signing keys that are kept, at about 1 KiB each.
const SIGNING_KEYS: usize = 4096;

/// The services behind one endpoint.
pub struct Endpoint {
    gate: Arc<Gate>,
    signing_keys: SigningKeyCache,
    /// Who is answered next.
    fair: Halls,
    /// The Region of requests that nobody signed.
    region: Region,
}

impl Endpoint {
    /// Serves what the gate guards, in these lanes and outside of them. Requests without a signature, which alone names a Region, are
    /// for `region`.
    pub fn new(gate: Arc<Gate>, region: Region, lanes: &Lanes) -> Self {
        let signing_keys = SigningKeyCache::new(SIGNING_KEYS);
        Self { gate, signing_keys, fair: Halls::new(lanes), region }
    }
}

impl Application for Endpoint {
    fn call(self: Arc<Self>, request: RawRequest) -> Call {
        let route = Route::of(&request);
        let is_brief = route.is_brief();
        Call { answer: boxed(|| route::answer(self, request, route)), is_brief }
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
            Measurement {
                name: "principals",
                help: "Users and roles in all accounts",
                kind: MeasurementKind::Gauge,
                value: (snapshot.directory.users.len() + snapshot.directory.roles.len()) as f64,
            },
        ]
    }
}

/// How an answer is counted.
fn counted(info: &'static OperationInfo, code: &'static str) -> Outcome {
    Outcome { service: info.service.signing_name, operation: info.name, code }
}
