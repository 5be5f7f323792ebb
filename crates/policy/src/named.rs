//! Principals as policies name them.

use crate::policy::Written;
use gatekey_types::{AccountId, PrincipalArn, ServicePrincipal, UniqueId};

/// Under which member of `Principal` an element stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrincipalMember {
    /// `"Principal": "*"`
    Bare,
    /// `AWS`
    Aws,
    /// `Service`
    Service,
    /// `Federated`
    Federated,
    /// `CanonicalUser`
    CanonicalUser,
}

/// One principal of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrincipalElement {
    /// Under which member it stands.
    pub member: PrincipalMember,
    /// As it is written.
    pub written: Written,
    /// What it names.
    pub named: Named,
}

/// What a principal element names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// Everyone.
    Everyone,
    /// An account: its root ARN, or the bare digits.
    Account(AccountId),
    /// A user, role, role session or federated user. Pinned to the unique id of the user or role, it matches by that; a
    /// session by the role's id and the session's name.
    Principal {
        /// As written.
        arn: PrincipalArn,
        /// The pin.
        id: Option<UniqueId>,
    },
    /// A bare unique id: someone who is gone, or a user or role by id.
    Id(UniqueId),
    /// A service.
    Service(ServicePrincipal),
    /// An identity provider.
    Federated(Box<str>),
    /// What can match nobody: it is refused when a document is written.
    Nobody,
}
