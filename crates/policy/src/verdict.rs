//! The answer.

use crate::{Action, Request, Resource};
use gatekey_types::{AccountId, Arn, GrantId};
use serde::Serialize;

/// How a decision came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Something allows and nothing denies.
    Allow,
    /// Nothing allows.
    ImplicitDeny,
    /// A statement denies. A service control policy that fails to allow is reported so too.
    ExplicitDeny,
}

/// The layer that decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Layer {
    /// Service control policies.
    ServiceControl,
    /// Resource control policies.
    ResourceControl,
    /// The VPC endpoint's policy.
    Endpoint,
    /// The resource's policy: the key policy.
    Resource,
    /// Identity policies; also the right that a root user has without any.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// A grant. Only allows.
    Grant,
}

impl Layer {
    /// The layer's name in policy cases and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceControl => "scp",
            Self::ResourceControl => "rcp",
            Self::Endpoint => "endpoint",
            Self::Resource => "resource-based",
            Self::Identity => "identity-based",
            Self::Boundary => "permissions-boundary",
            Self::Session => "session",
            Self::Grant => "grant",
        }
    }
}

impl Serialize for Layer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// By which name an Allow of a resource policy or the grantee of a grant matched the caller (authorization.md 1.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchClass {
    /// The very session.
    Session,
    /// The user.
    User,
    /// The role of the session.
    Role,
    /// The user behind a federated user.
    FederatedParent,
    /// Everyone.
    Wildcard,
    /// The account, and the caller is its root user.
    RootUser,
    /// The account: identity policies must allow too.
    Account,
    /// The service.
    Service,
    /// An identity provider.
    Federated,
    /// Everyone but those listed.
    NotPrincipal,
    /// None: the caller is a root session for unlocking key policies, and no key policy is asked. AWS does not have it.
    UnlockTask,
    /// None: the caller is the root user, whom the operator lets in where nothing denies it. AWS does not have it.
    RootRescue,
}

impl MatchClass {
    pub(crate) const ALL: [Self; 12] = [
        Self::Session,
        Self::User,
        Self::Role,
        Self::FederatedParent,
        Self::Wildcard,
        Self::RootUser,
        Self::Account,
        Self::Service,
        Self::Federated,
        Self::NotPrincipal,
        Self::UnlockTask,
        Self::RootRescue,
    ];
}

/// One statement of one of the policies that were asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct StatementRef {
    /// The layer.
    pub layer: Layer,
    /// The level, of control policies; otherwise 0.
    pub level: u16,
    /// Which of the layer's (or level's) policies.
    pub policy: u16,
    /// Which of its statements.
    pub statement: u16,
}

/// What decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decider {
    /// A statement.
    Statement(StatementRef),
    /// A grant.
    Grant(GrantId),
    /// A rule of AWS, not a policy: the rights of a root user, or the operations that no other account may ask for. Or
    /// Gatekey's own rule of the root session that unlocks key policies, or of the root user's rescue: `class` says so.
    Rule,
    /// That nothing allowed.
    Nothing,
}

/// The decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// How it came out.
    pub outcome: Outcome,
    /// The layer that decided.
    pub layer: Layer,
    /// What in it decided.
    pub by: Decider,
    /// By which name the caller was matched, where the resource policy or a grant allowed.
    pub class: Option<MatchClass>,
    permit: Option<Permit>,
}

/// Proof that a request was allowed. Only a decision makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit {
    action: Action,
    resource: Option<Arn>,
    account: Option<AccountId>,
}

impl Permit {
    /// What was allowed.
    pub fn action(&self) -> &Action {
        &self.action
    }
    /// On what; `None` for actions without a resource.
    pub fn resource(&self) -> Option<&Arn> {
        self.resource.as_ref()
    }
    /// In whose account, where that was said.
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }
}

impl Verdict {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }

    /// The proof, if the request is allowed.
    pub fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    /// Takes the proof, if the request is allowed.
    pub fn into_permit(self) -> Option<Permit> {
        self.permit
    }
}

impl Verdict {
    /// The only place where a permit is made.
    pub(crate) fn new(
        outcome: Outcome,
        layer: Layer,
        by: Decider,
        class: Option<MatchClass>,
        request: &Request<'_>,
    ) -> Self {
        let permit = (outcome == Outcome::Allow).then(|| Permit {
            action: request.action.clone(),
            resource: match request.resource {
                Resource::Any => None,
                Resource::Named(arn) => Some(arn.clone()),
            },
            account: request.resource_account.or(request.principal.account()),
        });
        Self { outcome, layer, by, class, permit }
    }
}
