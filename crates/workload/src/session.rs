//! The session that a workload has now.

use gatekey_gate::{Assumption, NoSession, RoleSession, ServiceRoles};
use gatekey_server::config::{WorkloadKind, WorkloadSettings};
use gatekey_types::{Arn, Region, RequestId};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long an instance's session lasts, as on EC2.
const OF_AN_INSTANCE: u32 = 6 * 60 * 60;
/// How long a container's session lasts.
const OF_A_CONTAINER: u32 = 60 * 60;

/// Gives the workload its session: the present one for the first half of its life, then a new one.
pub(crate) struct Sessions {
    pub(crate) roles: ServiceRoles,
    pub(crate) assumption: Assumption,
    present: Mutex<Option<RoleSession>>,
}

impl Sessions {
    pub(crate) fn new(roles: ServiceRoles, settings: &WorkloadSettings, region: &Region) -> Self {
        let WorkloadSettings { account, role, kind, session, service, .. } = settings;
        let seconds = match kind {
            WorkloadKind::Instance => OF_AN_INSTANCE,
            WorkloadKind::Container => OF_A_CONTAINER,
        };
        let (of, resource) = match service.as_str() {
            "ec2.amazonaws.com" => ("ec2", "instance"),
            "pods.eks.amazonaws.com" => ("eks", "podidentityassociation"),
            _ => ("ecs", "task"),
        };
        let resource = format_args!("{resource}/{session}").to_string();
        let assumption = Assumption {
            service: service.clone(),
            account: *account,
            role: role.clone(),
            session: session.clone(),
            source: Arn::of_parts(region.partition(), of, region.as_str(), *account, &resource),
            region: region.clone(),
            seconds,
        };
        Self { roles, assumption, present: Mutex::default() }
    }

    /// The session to give now. `id` names the request in the audit log if a new one is asked for.
    ///
    /// # Errors
    /// [`NoSession`]
    pub(crate) async fn now(&self, id: RequestId) -> Result<RoleSession, NoSession> {
        let kept = self.present().clone();
        if let Some(session) = kept.filter(|session| self.is_good(session)) {
            return Ok(session);
        }
        *self.present() = None;
        let fresh = self.roles.assume(id, &self.assumption).await?;
        Ok(self.present().insert(fresh).clone())
    }

    fn present(&self) -> MutexGuard<'_, Option<RoleSession>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is in the first half of its life, and nothing of its account's identities changed since it was made.
    fn is_good(&self, session: &RoleSession) -> bool {
        let half = i64::from(self.assumption.seconds) * 500;
        let left = session.expires.millis_since(self.roles.gate().now());
        left > half && session.standing == self.roles.standing(self.assumption.account)
    }
}
