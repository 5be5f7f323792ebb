//! Grants: what a decision needs to know of one, and the rule for grants made from grants.

use crate::action::KmsAction;
use gatekey_types::{AccountId, GrantId, PrincipalArn, ServicePrincipal, UniqueId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One grant on one key, as far as it decides anything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who may use it.
    pub grantee: Party,
    /// Who may retire it.
    pub retiring: Option<Party>,
    /// The account of the caller who made it.
    pub issuing_account: AccountId,
    /// What it allows and under which constraints.
    pub terms: GrantTerms,
}

/// What a grant allows: operations and constraints.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct GrantTerms {
    /// The operations.
    pub operations: Operations,
    /// What requests must carry.
    #[serde(default)]
    pub constraints: Constraints,
}

/// The constraints of a grant. All must hold.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Constraints {
    /// The encryption context must be exactly this. Names are compared without case, values with case.
    #[serde(default)]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The encryption context must contain these pairs.
    #[serde(default)]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// `aws:SourceArn` must match this, as by `ArnLike`.
    #[serde(default)]
    pub source_arn: Option<String>,
}

/// A set of grantable operations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Operations(u64);

impl Operations {
    /// Whether the operation is in the set.
    pub fn contains(self, operation: KmsAction) -> bool {
        self.0 & operation.bit() != 0
    }

    /// Whether all of `other` is in the set.
    pub fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The operations, in alphabetical order.
    pub fn iter(self) -> impl Iterator<Item = KmsAction> {
        KmsAction::all().map(|facts| facts.action).filter(move |action| self.contains(*action))
    }
}

/// Operations that no grant can hold are left out.
impl FromIterator<KmsAction> for Operations {
    fn from_iter<I: IntoIterator<Item = KmsAction>>(operations: I) -> Self {
        let grantable = operations.into_iter().filter(|action| action.facts().grantable);
        Self(grantable.fold(0, |bits, action| bits | action.bit()))
    }
}

impl Serialize for Operations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(KmsAction::name))
    }
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = <Vec<String>>::deserialize(deserializer)?;
        let operation = |name: &String| {
            KmsAction::named(name)
                .filter(|action| action.facts().grantable)
                .ok_or_else(|| serde::de::Error::custom("not a grant operation"))
        };
        names.iter().map(operation).collect()
    }
}

/// The grantee or the retiring principal of a grant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Party {
    /// A principal by ARN. Users and roles of a directory are pinned to their unique id when the grant is made: then the id
    /// alone matches, so a principal that is made again under the old name has no grants.
    Principal {
        /// The ARN that was given.
        arn: PrincipalArn,
        /// The unique id of the user or role that it named; of a role session the role's.
        #[serde(default)]
        id: Option<UniqueId>,
    },
    /// A principal by unique id alone.
    Id(UniqueId),
    /// An AWS service.
    Service(ServicePrincipal),
}

impl Party {
    /// Whether both mean the same principal: the one with this unique id, whatever its name was and is.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self.pinned(), other.pinned()) {
            (Some(id), Some(other)) => id == other,
            _ => self == other,
        }
    }

    /// The unique id that alone says who is meant: of users and roles. A session is meant by its name too.
    fn pinned(&self) -> Option<&UniqueId> {
        match self {
            Self::Id(id)
            | Self::Principal { arn: PrincipalArn::User(..) | PrincipalArn::Role(..), id: Some(id) } => {
                Some(id)
            }
            _ => None,
        }
    }
}

/// Whether a grant of `child` may be made by the right of a grant of `parent`: the child's operations are among the
/// parent's, and its constraints are the same or stricter.
///
/// Where the parent has none, the child may have any. From a subset follows a larger subset, or an equality that contains
/// it; from an equality only the same equality. A source ARN stays as it is.
pub fn is_child_at_least_as_strict(parent: &GrantTerms, child: &GrantTerms) -> bool {
    let (old, new) = (&parent.constraints, &child.constraints);
    parent.operations.contains_all(child.operations)
        && keeps_equality(old, new)
        && keeps_subset(old, new)
        && (old.source_arn.is_none() || old.source_arn == new.source_arn)
}

fn keeps_equality(parent: &Constraints, child: &Constraints) -> bool {
    match (&parent.encryption_context_equals, &child.encryption_context_equals) {
        (None, _) => true,
        (Some(old), Some(new)) => holds_pairs(old, new) && holds_pairs(new, old),
        (Some(_), None) => false,
    }
}

fn keeps_subset(parent: &Constraints, child: &Constraints) -> bool {
    let Some(old) = &parent.encryption_context_subset else { return true };
    let held_by = |pairs: &Option<BTreeMap<_, _>>| pairs.as_ref().is_some_and(|new| holds_pairs(new, old));
    held_by(&child.encryption_context_subset) || held_by(&child.encryption_context_equals)
}

/// Whether `pairs` has each of `wanted`: names without case, values with case.
fn holds_pairs(pairs: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    let has =
        |name: &str, value: &str| pairs.iter().any(|(n, v)| crate::key::same_name(n, name) && v == value);
    wanted.iter().all(|(name, value)| has(name, value))
}

/// The grants of one key, found by who may use them, so that fifty thousand cost a decision what ten do.
///
/// An implementation may give more than was asked for, never less: the decision checks each grant itself.
pub trait Grants {
    /// Gives each grant that may be of use to the request, until `visit` returns `true`. Says whether it did.
    fn visit_candidates(&self, wanted: &GrantQuery<'_>, visit: &mut dyn FnMut(GrantView<'_>) -> bool)
    -> bool;
}

/// A grant, and whether it has spread: one that has not counts only for a caller who presents its token.
#[derive(Clone, Copy, Debug)]
pub struct GrantView<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// Whether it is in effect everywhere.
    pub settled: bool,
}

/// Which grants a request may use.
#[derive(Clone, Copy, Debug)]
pub struct GrantQuery<'a> {
    /// Who asks.
    pub principal: &'a crate::Principal,
    /// For which operation.
    pub operation: KmsAction,
    /// With which encryption context.
    pub context: &'a crate::Context<'a>,
}
