//! The ways in which someone gets to change the policy, each as the users and roles that all have to be there.

use super::Admin;
use crate::who_can::Holders;
use crate::world::{CallerKind, Entity, World};
use gatekey_policy::{Action, Effect, Named, Policy};
use gatekey_types::PrincipalArn;
use std::collections::{BTreeMap, BTreeSet};

/// Who has to be there, by ARN.
pub(super) type Way = BTreeSet<PrincipalArn>;

/// All ways, or what is known of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    /// Each way that was found.
    pub(super) ways: BTreeSet<Way>,
    /// Whether someone can who cannot be deleted and needs nobody who can.
    pub(super) is_open_for_ever: bool,
    /// Whether these are all.
    pub(super) are_all: bool,
}

/// More ways than this are not followed.
const MOST_WAYS: usize = 2_000;
/// Longer chains of roles than this are not followed.
const MOST_ROLES: usize = 6;
/// More pairs of a role and who might assume it than this are not looked at.
pub(super) const MOST_PAIRS: usize = 5_000_000;

/// The ways to these administrators. A user is one of its own; a role needs whoever assumes it, who may be a role again; a role
/// that a service, an identity provider or another server's account can assume needs nobody else.
pub(super) fn of<'w>(world: &'w World, admins: &[(Admin, Option<&'w Entity>)]) -> Ways {
    let mut search = Search::new(world, MOST_PAIRS);
    for (admin, entity) in admins {
        search.add_admin(admin.who.kind, *entity);
        if search.ways.is_open_for_ever {
            break;
        }
    }
    search.ways
}

impl Ways {
    fn are_none(&self) -> bool {
        self.ways.is_empty() && !self.is_open_for_ever && self.are_all
    }
}

/// Who can assume a role.
#[derive(Clone, Default)]
struct Assumers<'w> {
    entities: Vec<&'w Entity>,
    /// Someone who is none of the world's users and roles.
    is_open_to_others: bool,
}

pub(super) struct Search<'w> {
    world: &'w World,
    assumers: BTreeMap<PrincipalArn, Assumers<'w>>,
    /// How many more pairs of a role and who might assume it may be looked at.
    left: usize,
    ways: Ways,
}

impl<'w> Search<'w> {
    pub(super) fn new(world: &'w World, most: usize) -> Self {
        let ways = Ways { are_all: true, ..Ways::default() };
        Self { world, assumers: BTreeMap::new(), left: most, ways }
    }

    /// Whether there is a way to this administrator, or may be one.
    pub(super) fn has_way_to(&mut self, kind: CallerKind, entity: Option<&'w Entity>) -> bool {
        self.ways = Ways { are_all: true, ..Ways::default() };
        self.add_admin(kind, entity);
        !self.ways.are_none()
    }

    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Counts so many more; false, and none is left, where those are too many.
    pub(super) fn count(&mut self, more: usize) -> bool {
        let left = self.left.checked_sub(more);
        self.left = left.unwrap_or_default();
        left.is_some()
    }

    fn add_admin(&mut self, kind: CallerKind, entity: Option<&'w Entity>) {
        match (kind, entity) {
            (CallerKind::Root, _) => self.ways.is_open_for_ever = true,
            (CallerKind::User, Some(user)) => self.add(Way::from([user.arn.clone()])),
            (CallerKind::Role | CallerKind::Session, Some(role)) => self.follow(role, &Way::new()),
            // Whoever may ask for a federated user is not known.
            _ => self.ways.are_all = false,
        }
    }

    fn add(&mut self, way: Way) {
        if self.ways.ways.len() >= MOST_WAYS {
            self.ways.are_all = false;
            return;
        }
        self.ways.ways.insert(way);
    }

    fn follow(&mut self, role: &'w Entity, behind: &Way) {
        let mut way = behind.clone();
        if !way.insert(role.arn.clone()) {
            return;
        }
        if way.len() > MOST_ROLES || self.ways.ways.len() >= MOST_WAYS {
            self.ways.are_all = false;
            return;
        }
        let assumers = self.assumers_of(role);
        if assumers.is_open_to_others {
            return self.add(way);
        }
        for entity in assumers.entities {
            match entity.is_role() {
                true => self.follow(entity, &way),
                false => self.add(way.iter().cloned().chain([entity.arn.clone()]).collect()),
            }
        }
    }

    fn assumers_of(&mut self, role: &'w Entity) -> Assumers<'w> {
        if let Some(known) = self.assumers.get(&role.arn) {
            return known.clone();
        }
        let count: usize = self.world.accounts.values().map(|account| account.entities.len()).sum();
        if !self.count(count) {
            self.ways.are_all = false;
            return Assumers::default();
        }
        let found = assumers(self.world, role);
        self.assumers.insert(role.arn.clone(), found.clone());
        found
    }
}

fn assumers<'w>(world: &'w World, role: &'w Entity) -> Assumers<'w> {
    let Ok(action) = "sts:AssumeRole".parse::<Action>() else { return Assumers::default() };
    let Some(trust) = &role.trust else { return Assumers::default() };
    let arn = role.arn.arn();
    let mut holders = Holders::of_trust(world, arn, role, &action);
    let all = world.entities().filter(|(_, entity)| entity.arn != role.arn);
    let can = |(account, entity): &(&'w crate::world::Account, &'w Entity)| {
        holders.of_entity(account, entity).is_possible()
    };
    let entities = all.filter(can).map(|(_, entity)| entity).collect();
    Assumers { entities, is_open_to_others: is_open_to_others(world, trust) }
}

/// Whether an Allow of a trust policy names a service, an identity provider, everyone, or an account that is not here.
fn is_open_to_others(world: &World, trust: &Policy) -> bool {
    let allows = trust.statements().iter().filter(|statement| statement.effect == Effect::Allow);
    let blocks = allows.filter_map(|statement| statement.principal.as_ref());
    blocks.into_iter().any(|block| {
        block.negated
            || block.elements.iter().any(|element| match &element.named {
                Named::Everyone | Named::Service(_) | Named::Federated(_) => true,
                Named::Account(account) => world.account(*account).is_none(),
                Named::Principal { arn, .. } => {
                    world.account(arn.account()).is_none() || matches!(arn, PrincipalArn::FederatedUser(..))
                }
                Named::Id(_) | Named::Nobody => false,
            })
    })
}
