//! Who makes a request, with all that follows from who it is.

use gatekey_types::{AccountId, PrincipalArn, ServicePrincipal, Timestamp, UniqueId};

/// The one who makes a request. Every condition key that depends on the caller alone is derived from it
/// (authorization.md 1.1), so no caller of the engine can forget one.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Who it is.
    pub identity: Identity,
    /// The organization of its account.
    pub organization: Option<Organization>,
    /// The tags of the user or role and of the session, the session's winning: `aws:PrincipalTag/NAME`.
    pub tags: Vec<(String, String)>,
    /// How it proved itself.
    pub credentials: Credentials,
    /// `aws:FederatedProvider` of the session.
    pub federated_provider: Option<String>,
    /// `aws:SourceIdentity` of the session.
    pub source_identity: Option<String>,
    /// The task of a root user's session that AssumeRoot made: `aws:AssumedRoot`.
    pub root_task: Option<RootTask>,
}

/// What AssumeRoot made a root user's session for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootTask {
    /// `KMSUnlockKeyPolicy`, which AWS does not have: such a session may read and replace the key policies of its account,
    /// whatever they say, and do nothing else.
    UnlockKeyPolicy,
    /// Any other: the session's task policy says all that there is to say.
    Other,
}

impl RootTask {
    /// The task of this policy, by the policy's name.
    pub fn named(policy: &str) -> Self {
        if policy == "KMSUnlockKeyPolicy" { Self::UnlockKeyPolicy } else { Self::Other }
    }
}

/// Which kind of principal, and its names.
///
/// Unique ids are optional since a case or a simulation may name principals that exist nowhere; the directory always gives
/// them. A policy element that is pinned to an id matches by the id alone.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The root user of an account.
    Root {
        /// `arn:aws:iam::ACCOUNT:root`
        arn: PrincipalArn,
    },
    /// An IAM user, by its own keys or by GetSessionToken.
    User {
        /// The user's ARN with path.
        arn: PrincipalArn,
        /// `AIDA...`
        id: Option<UniqueId>,
    },
    /// A session of a role. A role itself makes no request.
    RoleSession {
        /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. A role ARN stands for a session without a name.
        session: PrincipalArn,
        /// The role's ARN with path.
        role: PrincipalArn,
        /// `AROA...`
        role_id: Option<UniqueId>,
        /// Whether the role is a service-linked one: no SCP or RCP binds it.
        service_linked: bool,
    },
    /// A session of GetFederationToken.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`
        arn: PrincipalArn,
        /// The user (or root user) who asked for the session.
        parent: Option<PrincipalArn>,
        /// That user's `AIDA...`
        parent_id: Option<UniqueId>,
    },
    /// An AWS service that calls for itself, not on behalf of a caller.
    Service {
        /// The principal's name.
        name: ServicePrincipal,
        /// All its names: `aws:PrincipalServiceNamesList`.
        names: Vec<ServicePrincipal>,
    },
    /// Nobody, or the bearer of an identity provider's token who has no credentials yet.
    Unsigned {
        /// The provider as `{"Federated": ...}` names it, where a token was presented.
        provider: Option<String>,
    },
}

/// The organization of an account.
#[derive(Clone, Debug)]
pub struct Organization {
    /// `o-...`
    pub id: String,
    /// `o-.../r-.../ou-.../`
    pub paths: Vec<String>,
}

/// How the caller proved itself; decides which of the MFA and token keys the request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Long-term access keys, root's included: `aws:MultiFactorAuthPresent` is absent.
    LongTerm,
    /// Temporary credentials: `aws:MultiFactorAuthPresent` is present, true or false.
    Temporary {
        /// `aws:TokenIssueTime`.
        issued: Timestamp,
        /// When a second factor was given, if one was; `aws:MultiFactorAuthAge` counts from here.
        mfa: Option<Timestamp>,
    },
    /// Not said: no key is derived.
    Unstated,
}

impl Principal {
    /// A principal of this identity, with nothing else said of it.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            organization: None,
            tags: Vec::new(),
            credentials: Credentials::Unstated,
            federated_provider: None,
            source_identity: None,
            root_task: None,
        }
    }

    /// The root user of an account.
    pub fn root(arn: PrincipalArn) -> Self {
        Self::new(Identity::Root { arn })
    }

    /// An IAM user.
    pub fn user(arn: PrincipalArn, id: Option<UniqueId>) -> Self {
        Self::new(Identity::User { arn, id })
    }

    /// A session of a role. A role under `/aws-service-role/` is service-linked.
    pub fn role_session(session: PrincipalArn, role: PrincipalArn, role_id: Option<UniqueId>) -> Self {
        let service_linked = role.arn().resource().starts_with("role/aws-service-role/");
        Self::new(Identity::RoleSession { session, role, role_id, service_linked })
    }

    /// A session of GetFederationToken.
    pub fn federated_user(
        arn: PrincipalArn,
        parent: Option<PrincipalArn>,
        parent_id: Option<UniqueId>,
    ) -> Self {
        Self::new(Identity::FederatedUser { arn, parent, parent_id })
    }

    /// A service that calls for itself.
    pub fn service(name: ServicePrincipal) -> Self {
        Self::new(Identity::Service { names: vec![name.clone()], name })
    }

    /// Nobody.
    pub fn anonymous() -> Self {
        Self::new(Identity::Unsigned { provider: None })
    }

    /// The account that the principal belongs to; services and the unsigned have none.
    pub fn account(&self) -> Option<AccountId> {
        self.arn().map(PrincipalArn::account)
    }

    /// The ARN by which the caller is named in messages and records.
    pub fn arn(&self) -> Option<&PrincipalArn> {
        match &self.identity {
            Identity::Root { arn } | Identity::User { arn, .. } | Identity::FederatedUser { arn, .. } => {
                Some(arn)
            }
            Identity::RoleSession { session, .. } => Some(session),
            Identity::Service { .. } | Identity::Unsigned { .. } => None,
        }
    }

    /// `aws:PrincipalArn`: of a session the role's ARN.
    pub fn condition_arn(&self) -> Option<&PrincipalArn> {
        match &self.identity {
            Identity::RoleSession { role, .. } => Some(role),
            Identity::Service { .. } => inferred_arn_of_a_service(),
            _ => self.arn(),
        }
    }

    /// How messages name the caller: the ARN, or the service's name.
    pub fn display_name(&self) -> &str {
        match (&self.identity, self.arn()) {
            (_, Some(arn)) => arn.arn().as_str(),
            (Identity::Service { name, .. }, None) => name.as_str(),
            (_, None) => "anonymous",
        }
    }

    /// Whether this is a root user.
    pub fn is_root(&self) -> bool {
        matches!(self.identity, Identity::Root { .. })
    }

    /// Whether this is a session of a service-linked role: neither SCP nor RCP binds it.
    pub fn is_service_linked(&self) -> bool {
        matches!(self.identity, Identity::RoleSession { service_linked: true, .. })
    }
}

/// `aws:PrincipalArn` of a service is not documented: it is absent.
fn inferred_arn_of_a_service() -> Option<&'static PrincipalArn> {
    None
}
