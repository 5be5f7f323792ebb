//! Credentials of a role for one workload, in the two shapes that SDKs look for: EC2's instance metadata, version 2, and
//! the container credentials endpoint.
//!
//! A listener belongs to one workload and one role. The role's trust policy decides: the gate is asked for AssumeRole in
//! the name of the service (`ec2.amazonaws.com`, `ecs-tasks.amazonaws.com`, `pods.eks.amazonaws.com`), and the audit log
//! has it so. What binds the workload to its listener is the socket's user, or a token; nothing here can be called by a
//! browser.

mod answers;
mod container;
mod instance;
mod session;

use answers::said;
use gatekey_gate::{Gate, ServiceRoles};
use gatekey_server::{
    Answer, Application, Leaving, RawRequest, Readiness,
    config::{WorkloadKind, WorkloadSettings},
    dispatch::{Call, Measurement},
};
use gatekey_types::Region;
use http::{StatusCode, Uri, header};
use session::Sessions;
use std::{net::IpAddr, sync::Arc};
use zeroize::Zeroizing;

/// What answers at one workload's listener.
pub struct Workload {
    sessions: Sessions,
    kind: Kind,
}

/// Which of AWS's ways, and what it needs.
enum Kind {
    Instance(instance::Instance),
    Container(container::Container),
}

impl Workload {
    /// The workload that the settings describe. `region` is the server's own; `token` is what the token file holds.
    pub fn new(
        gate: Arc<Gate>,
        settings: &WorkloadSettings,
        region: &Region,
        token: Option<Zeroizing<String>>,
    ) -> Self {
        let region = settings.region.as_ref().unwrap_or(region);
        let started = gate.now();
        let sessions = Sessions::new(ServiceRoles::new(gate), settings, region);
        let kind = match settings.kind {
            WorkloadKind::Instance => Kind::Instance(instance::Instance::new(started)),
            WorkloadKind::Container => Kind::Container(container::Container::new(token)),
        };
        Self { sessions, kind }
    }

    async fn answer(&self, request: &RawRequest) -> Box<Answer> {
        let said = if from_a_browser(request) {
            said(StatusCode::FORBIDDEN, "Forbidden")
        } else {
            match &self.kind {
                Kind::Instance(instance) => instance.answer(&self.sessions, request).await,
                Kind::Container(container) => container.answer(&self.sessions, request).await,
            }
        };
        said.into_answer()
    }
}

impl Application for Workload {
    fn call(self: Arc<Self>, request: RawRequest) -> Call {
        Call::alone(Box::pin(async move { Leaving::Now(self.answer(&request).await) }))
    }

    fn ready(&self) -> Readiness {
        Readiness::Ready
    }

    fn measurements(&self) -> Vec<Measurement> {
        Vec::new()
    }
}

/// A page in a browser could reach a loopback address: by its own origin, or by a name of its own that it makes to mean
/// this machine. Neither gets in.
fn from_a_browser(request: &RawRequest) -> bool {
    let host = request.headers.get(header::HOST);
    let named = host.is_some_and(|host| host.to_str().ok().is_none_or(|host| !is_address(host)));
    named || request.headers.contains_key(header::ORIGIN) || request.headers.contains_key(header::REFERER)
}

/// Whether a host is an IP address or `localhost`, with a port or without.
fn is_address(host: &str) -> bool {
    let Ok(uri) = host.parse::<Uri>() else { return false };
    let name = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests;
