//! Principals as policies and grants name them, and whether they mean a caller.

use crate::grant::Party;
use crate::policy::{PrincipalBlock, Written};
use crate::principal::{Identity, Principal};
use crate::verdict::MatchClass;
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
    /// session by the role's id and its own ARN.
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

/// The classes by which a statement matched a caller.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Classes(u16);

impl Classes {
    /// Those that need no identity policy and that no boundary and no session policy limits by keeping silent.
    pub(crate) const UNLIMITED: Self = Self::of(&[
        MatchClass::Session,
        MatchClass::User,
        MatchClass::Wildcard,
        MatchClass::RootUser,
        MatchClass::Service,
        MatchClass::Federated,
        MatchClass::NotPrincipal,
    ]);
    /// Those that need no identity policy, but that a boundary and a session policy limit.
    pub(crate) const LIMITED: Self = Self::of(&[MatchClass::Role, MatchClass::FederatedParent]);
    /// The one that delegates to identity policies.
    pub(crate) const DELEGATING: Self = Self::of(&[MatchClass::Account]);

    const fn of(classes: &[MatchClass]) -> Self {
        let mut bits = 0;
        let mut rest = classes;
        while let Some((first, others)) = rest.split_first() {
            bits |= 1 << (*first as u8);
            rest = others;
        }
        Self(bits)
    }

    pub(crate) fn add(&mut self, class: MatchClass) {
        self.0 |= 1 << (class as u8);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The first class, in the order of [`MatchClass`].
    pub(crate) fn first(self) -> Option<MatchClass> {
        self.first_in(Self(u16::MAX))
    }

    /// The first class, in the order of [`MatchClass`], that is in both.
    pub(crate) fn first_in(self, wanted: Self) -> Option<MatchClass> {
        MatchClass::ALL.into_iter().find(|class| self.0 & wanted.0 & (1 << (*class as u8)) != 0)
    }
}

impl Named {
    /// By which of the caller's names it means the caller, if it does.
    pub(crate) fn matches(&self, caller: &Principal) -> Option<MatchClass> {
        match self {
            Self::Everyone => Some(inferred_class_of_everyone()),
            Self::Account(account) => match caller.account() {
                Some(own) if own == *account && caller.is_root() => Some(MatchClass::RootUser),
                Some(own) if own == *account => Some(MatchClass::Account),
                _ => None,
            },
            Self::Principal { arn, id } => match_arn(arn, id.as_ref(), &caller.identity),
            Self::Id(id) => match_id(id, &caller.identity),
            Self::Service(service) => match &caller.identity {
                Identity::Service { name, names } if name == service || names.contains(service) => {
                    Some(MatchClass::Service)
                }
                _ => None,
            },
            Self::Federated(wanted) => match &caller.identity {
                Identity::Unsigned { provider: Some(provider) } if **provider == **wanted => {
                    Some(MatchClass::Federated)
                }
                _ => None,
            },
            Self::Nobody => None,
        }
    }
}

/// Whether the name means the user or role: by the pin where there is one, so that a principal that was made again under
/// the old name is another; otherwise by the ARN.
fn is_meant(named: &PrincipalArn, pin: Option<&UniqueId>, arn: &PrincipalArn, id: Option<&UniqueId>) -> bool {
    match pin {
        Some(pin) => id == Some(pin),
        None => named == arn,
    }
}

fn match_arn(named: &PrincipalArn, pin: Option<&UniqueId>, caller: &Identity) -> Option<MatchClass> {
    match (named, caller) {
        (PrincipalArn::Root(_, account), _) => match caller {
            Identity::Root { arn } if arn.account() == *account => Some(MatchClass::RootUser),
            _ => (account_of(caller) == Some(*account)).then_some(MatchClass::Account),
        },
        (PrincipalArn::User(..), Identity::User { arn, id }) => {
            is_meant(named, pin, arn, id.as_ref()).then_some(MatchClass::User)
        }
        (PrincipalArn::User(..), Identity::FederatedUser { parent: Some(parent), parent_id, .. }) => {
            is_meant(named, pin, parent, parent_id.as_ref()).then_some(MatchClass::FederatedParent)
        }
        (PrincipalArn::Role(..), Identity::RoleSession { role, role_id, .. }) => {
            is_meant(named, pin, role, role_id.as_ref()).then_some(MatchClass::Role)
        }
        (PrincipalArn::AssumedRole(..), Identity::RoleSession { session, role_id, .. }) => {
            inferred_session_is_pinned_by_its_role(named, pin, session, role_id.as_ref())
                .then_some(MatchClass::Session)
        }
        (PrincipalArn::FederatedUser(..), Identity::FederatedUser { arn, .. }) => {
            (named == arn).then_some(MatchClass::Session)
        }
        _ => None,
    }
}

/// A session that a policy names is that of the role which had the name when the policy was stored.
fn inferred_session_is_pinned_by_its_role(
    named: &PrincipalArn,
    pin: Option<&UniqueId>,
    session: &PrincipalArn,
    role_id: Option<&UniqueId>,
) -> bool {
    named == session && (pin.is_none() || pin == role_id)
}

fn match_id(wanted: &UniqueId, caller: &Identity) -> Option<MatchClass> {
    match caller {
        Identity::User { id, .. } if id.as_ref() == Some(wanted) => Some(MatchClass::User),
        Identity::RoleSession { role_id, .. } if role_id.as_ref() == Some(wanted) => Some(MatchClass::Role),
        Identity::FederatedUser { parent_id, .. } if parent_id.as_ref() == Some(wanted) => {
            Some(MatchClass::FederatedParent)
        }
        _ => None,
    }
}

fn account_of(caller: &Identity) -> Option<AccountId> {
    match caller {
        Identity::Root { arn } | Identity::User { arn, .. } | Identity::FederatedUser { arn, .. } => {
            Some(arn.account())
        }
        Identity::RoleSession { session, .. } => Some(session.account()),
        Identity::Service { .. } | Identity::Unsigned { .. } => None,
    }
}

impl Party {
    /// By which of the caller's names it means the caller, if it does.
    pub(crate) fn matches(&self, caller: &Principal) -> Option<MatchClass> {
        match self {
            Self::Principal { arn, id } => match_arn(arn, inferred_pin_of_a_grant(id), &caller.identity),
            Self::Id(id) => match_id(id, &caller.identity),
            Self::Service(service) => Named::Service(service.clone()).matches(caller),
        }
    }
}

impl PrincipalBlock {
    /// By which names an Allow with this block means the caller.
    pub(crate) fn allows(&self, caller: &Principal) -> Classes {
        let mut classes = Classes::default();
        for element in &self.elements {
            if let Some(class) = element.named.matches(caller) {
                classes.add(class);
            }
        }
        match self.negated {
            false => classes,
            true => inferred_not_principal_allows(classes),
        }
    }

    /// Whether a Deny with this block reaches the caller: by any name by which an Allow would.
    pub(crate) fn denies(&self, caller: &Principal, has_boundary: bool) -> bool {
        match self.negated {
            false => self.elements.iter().filter_map(|e| e.named.matches(caller)).any(inferred_deny_reaches),
            // A caller with a permissions boundary is always denied, whoever is listed.
            true => has_boundary || !self.inferred_spares(caller),
        }
    }

    /// Whether `NotPrincipal` with Deny spares the caller: only if every name of the caller is listed, its account too.
    /// AWS says that it depends on the service and does not say how KMS does it; this is the strict reading.
    fn inferred_spares(&self, caller: &Principal) -> bool {
        let lists = |class| self.elements.iter().any(|element| element.named.matches(caller) == Some(class));
        if lists(MatchClass::Wildcard) {
            return true;
        }
        match &caller.identity {
            Identity::Root { .. } => lists(MatchClass::RootUser),
            Identity::User { .. } => lists(MatchClass::Account) && lists(MatchClass::User),
            Identity::RoleSession { session, .. } => {
                let has_name = session.session_name().is_some();
                let names_session = !has_name || lists(MatchClass::Session);
                lists(MatchClass::Account) && lists(MatchClass::Role) && names_session
            }
            Identity::FederatedUser { parent, parent_id, .. } => {
                let has_parent_user = matches!(parent, Some(PrincipalArn::User(..))) || parent_id.is_some();
                let names_parent = !has_parent_user || lists(MatchClass::FederatedParent);
                lists(MatchClass::Account) && lists(MatchClass::Session) && names_parent
            }
            Identity::Service { .. } => lists(MatchClass::Service),
            Identity::Unsigned { .. } => lists(MatchClass::Federated),
        }
    }
}

/// `*` names the caller as freely as its own ARN would: neither boundary nor session policy limits it by keeping silent.
/// Documented for `*` with a condition on `aws:PrincipalArn`, and taken to be so whatever the condition.
fn inferred_class_of_everyone() -> MatchClass {
    MatchClass::Wildcard
}

/// Whoever made a principal again under the old name has no grant of the one that is gone: a grant means the unique id.
fn inferred_pin_of_a_grant(id: &Option<UniqueId>) -> Option<&UniqueId> {
    id.as_ref()
}

/// By which names a Deny reaches a caller: by all, that of the account too, which is not documented of key policies. So it
/// reaches every principal of the account, the root user among them.
fn inferred_deny_reaches(_by: MatchClass) -> bool {
    true
}

/// `NotPrincipal` with Allow means everyone whom no listed name means, as freely as `*` does. AWS advises against it and
/// does not say more.
fn inferred_not_principal_allows(listed: Classes) -> Classes {
    let mut classes = Classes::default();
    if listed.is_empty() {
        classes.add(MatchClass::NotPrincipal);
    }
    classes
}

#[cfg(test)]
mod tests;
