//! Roles for workloads: the one place where the server itself asks, in the name of an AWS service.

use crate::{Answered, Arrival, Denied, Gate, Passage, Told};
use gatekey_directory::{
    AccessKeyId, Caller, Claims, NewAccessKey, Role, RoleRecord, Secret, Subject, arn_of,
};
use gatekey_model::sts;
use gatekey_policy::{Context, KeyName, Principal};
use gatekey_store::Revision;
use gatekey_types::{AccountId, Arn, Region, RequestId, ServicePrincipal, Timestamp, UniqueId};
use std::sync::Arc;

/// Asks for roles in the name of an AWS service, as EC2 does for its instances.
///
/// It is made of an `Arc<Gate>`, which the composition root has and no operation can get: a [`Passage`] lends its gate
/// only. So no request, whatever it holds, becomes a service. And all that a service can do here is AssumeRole, decided by
/// the role's trust policy like any other.
pub struct ServiceRoles {
    gate: Arc<Gate>,
}

/// Which role, for which workload, in which service's name.
#[derive(Debug, Clone)]
pub struct Assumption {
    /// The service, such as `ec2.amazonaws.com`.
    pub service: ServicePrincipal,
    /// The role's account.
    pub account: AccountId,
    /// The role's name.
    pub role: String,
    /// The session's name.
    pub session: String,
    /// What the service asks for, an instance or a task (`aws:SourceArn`); its account is `aws:SourceAccount`.
    pub source: Arn,
    /// The Region of the workload.
    pub region: Region,
    /// How long the session lasts, in seconds.
    pub seconds: u32,
}

/// A session of a role, as its workload gets it.
#[derive(Debug, Clone)]
pub struct RoleSession {
    /// The access key.
    pub access_key: AccessKeyId,
    /// Its secret.
    pub secret: Secret,
    /// The session token.
    pub token: Secret,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// The role.
    pub role: Arn,
    /// What [`ServiceRoles::standing`] was when it was decided.
    pub standing: Revision,
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSession {
    /// There is no such role, or its trust policy does not allow the service.
    #[error("{0}")]
    Denied(String),
    /// The server is at fault.
    #[error("a session cannot be given now")]
    Unavailable,
}

impl ServiceRoles {
    /// Asks at this gate.
    pub fn new(gate: Arc<Gate>) -> Self {
        Self { gate }
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// When the identities of the account last changed. Sessions that were decided on before are to be asked for anew:
    /// the role may have gone, or its trust in the service.
    pub fn standing(&self, account: AccountId) -> Revision {
        self.gate.snapshot().directory.changed(account)
    }

    /// The role's instance profile, if it is in one: ARN and id.
    pub fn instance_profile(&self, account: AccountId, role: &str) -> Option<(Arn, UniqueId)> {
        let snapshot = self.gate.snapshot();
        let role = snapshot.directory.roles.get(account, role)?.id().clone();
        let profiles = &snapshot.directory.instance_profiles;
        let profile = snapshot
            .directory
            .referrers(role.as_str())
            .filter_map(|id| profiles.by_id(id))
            .find(|profile| profile.account == account && profile.record.role.as_ref() == Some(&role))?;
        Some((profile.arn(), profile.id().clone()))
    }

    /// Makes a session of the role, if its trust policy lets the service assume it. Either outcome is in the audit log
    /// before this returns, as AssumeRole by the service.
    ///
    /// # Errors
    /// [`NoSession`]
    pub async fn assume(&self, id: RequestId, assumption: &Assumption) -> Result<RoleSession, NoSession> {
        let service = assumption.service.as_str();
        let arrival = Arrival {
            signature: None,
            region: assumption.region.clone(),
            id,
            now: self.gate.now(),
            source: service.into(),
            user_agent: Some(service.into()),
            tls: None,
            host: None,
        };
        let call = sts::Operation::AssumeRole.info();
        let mut passage = self.gate.enter(&arrival, call, true).map_err(|_| NoSession::Unavailable)?;
        passage.caller = Arc::new(Caller::unsigned(Principal::service(assumption.service.clone())));
        let outcome = passage.session_for_service(assumption);
        let released = self.gate.release(&passage, outcome, |fault: &NoSession| Told {
            code: match fault {
                NoSession::Denied(_) => "AccessDenied",
                NoSession::Unavailable => "InternalFailure",
            },
            message: Some(fault.to_string()),
        });
        released.await.map_err(|_| NoSession::Unavailable)?.into_inner()
    }
}

impl Passage<'_> {
    fn session_for_service(&mut self, assumption: &Assumption) -> Result<Answered<RoleSession>, NoSession> {
        let Assumption { service, account, role: name, session, .. } = assumption;
        let found = self.snapshot.directory.roles.get(*account, name).cloned();
        let arn = found.as_ref().map_or_else(|| arn_of::<RoleRecord>(*account, "/", name), |role| role.arn());
        self.draft.set_parameters(&serde_json::json!({
            "roleArn": arn,
            "roleSessionName": session,
            "durationSeconds": assumption.seconds,
        }));
        self.draft.touch_resource("AWS::IAM::Role", *account, &arn);
        let no_role = || {
            tracing::warn!(role = %arn, "there is no such role for the workload");
            let text =
                format!("User: {service} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            NoSession::Denied(text)
        };
        let role = found.filter(|_| self.snapshot.directory.has_account(*account)).ok_or_else(no_role)?;
        let mut context = Context::new();
        context
            .set(KeyName::AwsSourceAccount, account.as_str())
            .set(KeyName::AwsSourceArn, assumption.source.as_str())
            .set("sts:RoleSessionName", session.as_str());
        let allowed = self
            .authorize_assumption("sts:AssumeRole", &role, context)
            .map_err(|Denied { message }| NoSession::Denied(message))?;
        let made = self.new_session(assumption, &role)?;
        self.draft.set_response(&serde_json::json!({
            "credentials": { "accessKeyId": made.access_key.as_str(), "expiration": made.expires.to_string() },
            "assumedRoleUser": {
                "assumedRoleId": format!("{}:{session}", role.id()),
                "arn": format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name()),
            },
        }));
        Ok(self.answer(&allowed, made))
    }

    fn new_session(&self, assumption: &Assumption, role: &Role) -> Result<RoleSession, NoSession> {
        let (access_key, secret) = NewAccessKey::temporary(role.account, self.entropy());
        let issued = self.now();
        let expires = issued.plus_millis(i64::from(assumption.seconds) * 1000);
        let claims = Claims {
            access_key: access_key.clone(),
            secret: secret.clone(),
            subject: Subject::Role {
                account: role.account,
                role: role.id().clone(),
                session: assumption.session.clone(),
            },
            issued,
            expires,
            mfa: None,
            policy: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            federated_provider: None,
            chained: false,
        };
        let token = self.gate.seal_session(&claims).map_err(|error| {
            tracing::error!(%error, "a session token could not be sealed");
            NoSession::Unavailable
        })?;
        Ok(RoleSession {
            access_key,
            secret,
            token: Secret::new(token.into()),
            issued,
            expires,
            role: role.arn(),
            standing: self.snapshot.directory.changed(role.account),
        })
    }
}
