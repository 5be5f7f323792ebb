//! The grants of one key, found by who may use them and with which encryption context.
//!
//! Persistent: a clone is cheap and shares everything, so that a snapshot can hold one.

use crate::action::KmsAction;
use crate::context::Context;
use crate::grant::{Grant, GrantQuery, GrantView, Grants, Operations, Party};
use crate::key::{KeyName, folded_name};
use crate::principal::{Identity, Principal};
use gatekey_types::{AccountId, Arn, GrantId, PrincipalArn, ServicePrincipal, UniqueId};
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, OrdMap};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Bound;
use std::sync::Arc;

/// A map by hash. The hash function is keyed by nothing: what a hostile caller could gain by colliding names, it would have to
/// pay for with collisions of all 64 bits of SipHash.
type HashMap<K, V> = GenericHashMap<K, V, BuildHasherDefault<DefaultHasher>, DefaultSharedPtr>;

/// The grants of one key. A decision looks only at those that it could use, however many there are.
#[derive(Clone, Default, Debug)]
pub struct GrantIndex {
    by_id: OrdMap<GrantId, Entry>,
    by_grantee: HashMap<GranteeName, OfGrantee>,
}

#[derive(Clone, Debug)]
struct Entry {
    grant: Arc<Grant>,
    shelf: Shelf,
}

/// A name that a grantee can have; every caller has a few.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum GranteeName {
    Account(AccountId),
    Arn(Arn),
    Id(UniqueId),
    Service(ServicePrincipal),
}

/// The grants of one grantee, twice: by what their constraints demand, and all by operation, for the operations that
/// constraints do not bind.
#[derive(Clone, Default, Debug)]
struct OfGrantee {
    by_demand: HashMap<Shelf, Shelved>,
    all: Shelved,
}

/// A part of what the constraints of a grant demand, from which the request can tell where to look.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Shelf {
    /// They demand nothing of the encryption context.
    Free,
    /// One pair that must be in it.
    Pair(Pair),
    /// The whole of it.
    Whole(BTreeSet<Pair>),
}

/// A name in lower case and a value.
type Pair = (String, String);

#[derive(Clone, Default, Debug)]
struct Shelved {
    by_operations: OrdMap<Operations, OrdMap<GrantId, Arc<Grant>>>,
    size: usize,
}

impl GrantIndex {
    /// With no grants.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many grants the key has.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether the key has none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The grant of this id.
    pub fn get(&self, id: &GrantId) -> Option<&Arc<Grant>> {
        self.by_id.get(id).map(|entry| &entry.grant)
    }

    /// Every grant, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Grant>> {
        self.by_id.values().map(|entry| &entry.grant)
    }

    /// The first `limit` grants of this very grantee after `after`, by id.
    pub fn of_grantee(&self, grantee: &Party, after: Option<&GrantId>, limit: usize) -> Vec<&Arc<Grant>> {
        let Some(of_grantee) = self.by_grantee.get(&GranteeName::of_party(grantee)) else {
            return Vec::new();
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        // The limit holds for each set of operations: what comes first of all is among what comes first of each.
        let of_each = of_grantee.all.by_operations.values().flat_map(|grants| {
            let rest = grants.range::<_, GrantId>((start, Bound::Unbounded)).map(|(_, grant)| grant);
            rest.filter(|grant| grant.grantee.is_same_as(grantee)).take(limit)
        });
        let mut first: Vec<_> = of_each.collect();
        first.sort_unstable_by_key(|grant| grant.id);
        first.truncate(limit);
        first
    }

    /// Adds a grant, in place of one with its id.
    pub fn insert(&mut self, grant: Arc<Grant>) {
        self.remove(&grant.id);
        let of_grantee = self.by_grantee.entry(GranteeName::of_party(&grant.grantee)).or_default();
        let shelf = of_grantee.shelf_for(&grant);
        of_grantee.by_demand.entry(shelf.clone()).or_default().add(&grant);
        of_grantee.all.add(&grant);
        self.by_id.insert(grant.id, Entry { grant, shelf });
    }

    /// Takes a grant out.
    pub fn remove(&mut self, id: &GrantId) -> Option<Arc<Grant>> {
        let Entry { grant, shelf } = self.by_id.remove(id)?;
        let name = GranteeName::of_party(&grant.grantee);
        if let Some(of_grantee) = self.by_grantee.get_mut(&name) {
            of_grantee.take(&shelf, &grant);
            if of_grantee.all.size == 0 {
                self.by_grantee.remove(&name);
            }
        }
        Some(grant)
    }

    /// The same grants, some of which have not spread yet and count only for who presents their token.
    pub fn spread<F: Fn(&Grant) -> bool>(&self, has_spread: F) -> impl Grants {
        Spreading { index: self, has_spread }
    }

    fn visit(&self, query: &GrantQuery<'_>, visit: &mut dyn FnMut(&Arc<Grant>) -> bool) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut shelves = None;
        names_of(query.principal).into_iter().any(|name| {
            let Some(of_grantee) = self.by_grantee.get(&name) else { return false };
            match shelves.get_or_insert_with(|| shelves_for(query)) {
                None => of_grantee.all.any(query.operation, visit),
                Some(shelves) => shelves.iter().any(|shelf| {
                    of_grantee.by_demand.get(shelf).is_some_and(|found| found.any(query.operation, visit))
                }),
            }
        })
    }
}

impl Grants for GrantIndex {
    fn visit_candidates(
        &self,
        wanted: &GrantQuery<'_>,
        visit: &mut dyn FnMut(GrantView<'_>) -> bool,
    ) -> bool {
        self.visit(wanted, &mut |grant| visit(GrantView { grant, settled: true }))
    }
}

struct Spreading<'a, F> {
    index: &'a GrantIndex,
    has_spread: F,
}

impl<F: Fn(&Grant) -> bool> Grants for Spreading<'_, F> {
    fn visit_candidates(
        &self,
        wanted: &GrantQuery<'_>,
        visit: &mut dyn FnMut(GrantView<'_>) -> bool,
    ) -> bool {
        self.index.visit(wanted, &mut |grant| visit(GrantView { grant, settled: (self.has_spread)(grant) }))
    }
}

impl OfGrantee {
    /// Where the grant goes: of several pairs that it demands, to the one that the fewest others share.
    fn shelf_for(&self, grant: &Grant) -> Shelf {
        let constraints = &grant.terms.constraints;
        if let Some(whole) = &constraints.encryption_context_equals {
            return Shelf::Whole(folded(whole).collect());
        }
        let pairs = constraints.encryption_context_subset.iter().flat_map(folded).map(Shelf::Pair);
        pairs
            .min_by_key(|shelf| self.by_demand.get(shelf).map_or(0, |found| found.size))
            .unwrap_or(Shelf::Free)
    }

    fn take(&mut self, shelf: &Shelf, grant: &Grant) {
        self.all.take(grant);
        if let Some(found) = self.by_demand.get_mut(shelf) {
            found.take(grant);
            if found.size == 0 {
                self.by_demand.remove(shelf);
            }
        }
    }
}

impl Shelved {
    fn add(&mut self, grant: &Arc<Grant>) {
        self.by_operations.entry(grant.terms.operations).or_default().insert(grant.id, Arc::clone(grant));
        self.size += 1;
    }

    fn take(&mut self, grant: &Grant) {
        let operations = grant.terms.operations;
        if let Some(grants) = self.by_operations.get_mut(&operations) {
            self.size = self.size.saturating_sub(usize::from(grants.remove(&grant.id).is_some()));
            if grants.is_empty() {
                self.by_operations.remove(&operations);
            }
        }
    }

    fn any(&self, operation: KmsAction, visit: &mut dyn FnMut(&Arc<Grant>) -> bool) -> bool {
        let with = self.by_operations.iter().filter(|(operations, _)| operations.contains(operation));
        with.flat_map(|(_, grants)| grants.values()).any(visit)
    }
}

/// Where to look for grants that the request could use; `None` is everywhere, since its encryption context does not count.
fn shelves_for(query: &GrantQuery<'_>) -> Option<Vec<Shelf>> {
    let is_unbound =
        matches!(query.operation, KmsAction::DescribeKey | KmsAction::RetireGrant | KmsAction::CreateGrant);
    if is_unbound || has_unknown_context(query.context) {
        return None;
    }
    let pairs: BTreeSet<Pair> = query
        .context
        .encryption_context()
        .map(|(name, value)| (folded_name(name), value.text().into()))
        .collect();
    let each = pairs.iter().cloned().map(Shelf::Pair);
    Some(std::iter::once(Shelf::Free).chain(each).chain([Shelf::Whole(pairs.clone())]).collect())
}

fn has_unknown_context(context: &Context<'_>) -> bool {
    context.rest_is_unknown() || context.names_unknown(|key| key.name() == KeyName::KmsEncryptionContext)
}

fn folded(pairs: &BTreeMap<String, String>) -> impl Iterator<Item = Pair> {
    pairs.iter().map(|(name, value)| (folded_name(name), value.clone()))
}

impl GranteeName {
    fn of_party(party: &Party) -> Self {
        match party {
            Party::Id(id) => Self::Id(id.clone()),
            Party::Service(service) => Self::Service(service.clone()),
            Party::Principal { arn: PrincipalArn::Root(_, account), .. } => Self::Account(*account),
            // A pinned user or role may be renamed: the id finds it. A session is found by its own name.
            Party::Principal { arn: PrincipalArn::User(..) | PrincipalArn::Role(..), id: Some(id) } => {
                Self::Id(id.clone())
            }
            Party::Principal { arn, .. } => Self::Arn(arn.arn().clone()),
        }
    }
}

/// Every name by which a grant can mean the caller.
fn names_of(caller: &Principal) -> Vec<GranteeName> {
    let arn = |arn: &PrincipalArn| Some(GranteeName::Arn(arn.arn().clone()));
    let id = |id: &Option<UniqueId>| id.clone().map(GranteeName::Id);
    let own: Vec<Option<GranteeName>> = match &caller.identity {
        Identity::Root { .. } | Identity::Unsigned { .. } => Vec::new(),
        Identity::User { arn: own, id: own_id } => vec![id(own_id), arn(own)],
        Identity::RoleSession { session, role, role_id, .. } => vec![id(role_id), arn(role), arn(session)],
        Identity::FederatedUser { arn: own, parent, parent_id } => {
            vec![arn(own), id(parent_id), parent.as_ref().and_then(arn)]
        }
        Identity::Service { name, names } => {
            let all: BTreeSet<_> = names.iter().chain([name]).collect();
            all.into_iter().map(|name| Some(GranteeName::Service(name.clone()))).collect()
        }
    };
    own.into_iter().flatten().chain(caller.account().map(GranteeName::Account)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Case, equals, grant, party, principal, subset};
    use crate::{ConditionKey, Constraints, Value};
    use proptest::prelude::*;

    fn found(index: &GrantIndex, caller: &str, operation: KmsAction, pairs: &[(&str, &str)]) -> Vec<GrantId> {
        let caller = principal(caller);
        let mut context = Context::new();
        context.set_encryption_context(pairs.iter().copied());
        let query = GrantQuery { principal: &caller, operation, context: &context };
        let mut ids = Vec::new();
        index.visit_candidates(&query, &mut |view| {
            ids.push(view.grant.id);
            false
        });
        ids
    }

    #[test]
    fn of_many_grants_of_one_grantee_only_those_that_fit_the_context_are_looked_at() {
        let mut index = GrantIndex::new();
        for n in 0..200 {
            let own = format!("vol-{n}");
            let constraints = subset(&[("tenant", "same"), ("volume", own.as_str())]);
            index.insert(Arc::new(grant(n, "A:user/u", &[KmsAction::Decrypt], constraints)));
        }
        let fitting =
            found(&index, "A:user/u", KmsAction::Decrypt, &[("tenant", "same"), ("VOLUME", "vol-7")]);
        assert_eq!(fitting.len(), 2, "its own, and the first, which was filed under the shared pair");
        assert!(found(&index, "A:user/u", KmsAction::Encrypt, &[("volume", "vol-7")]).is_empty());
        assert!(found(&index, "A:user/u", KmsAction::DescribeKey, &[]).is_empty());
        assert!(found(&index, "A:user/v", KmsAction::Decrypt, &[("volume", "vol-7")]).is_empty());
    }

    #[test]
    fn what_was_removed_is_found_no_more_and_leaves_nothing_behind() {
        let mut index = GrantIndex::new();
        for (n, constraints) in
            [Constraints::default(), equals(&[("a", "1")]), subset(&[("a", "1")])].into_iter().enumerate()
        {
            let n = u8::try_from(n).unwrap();
            index.insert(Arc::new(grant(n, "A:role/r", &[KmsAction::Sign], constraints)));
        }
        assert_eq!(found(&index, "A:assumed-role/r/s", KmsAction::Sign, &[("A", "1")]).len(), 3);
        let ids: Vec<_> = index.iter().map(|grant| grant.id).collect();
        for id in &ids {
            assert!(index.remove(id).is_some());
        }
        assert!(index.is_empty() && index.by_grantee.is_empty());
    }

    #[test]
    fn the_grants_of_one_grantee_are_listed_by_id_across_their_operations() {
        let mut index = GrantIndex::new();
        for n in 0..10 {
            let operations = if n % 3 == 0 { KmsAction::Sign } else { KmsAction::Decrypt };
            let grantee = if n == 5 { "A:user/v" } else { "A:user/u" };
            index.insert(Arc::new(grant(n, grantee, &[operations], Constraints::default())));
        }
        let all: Vec<_> = index.iter().map(|grant| grant.id).collect();
        let listed = |after: Option<&GrantId>, limit| -> Vec<GrantId> {
            index.of_grantee(&party("A:user/u"), after, limit).into_iter().map(|grant| grant.id).collect()
        };
        let own: Vec<_> = all.iter().enumerate().filter(|(n, _)| *n != 5).map(|(_, id)| *id).collect();
        assert_eq!(listed(None, 100), own);
        assert_eq!(listed(None, 3), own[..3]);
        assert_eq!(listed(Some(&own[3]), 4), own[4..8]);
        assert!(index.of_grantee(&party("A:user/w"), None, 9).is_empty());
    }

    #[test]
    fn names_in_any_script_are_found_without_case() {
        let mut index = GrantIndex::new();
        index.insert(Arc::new(grant(1, "A:user/u", &[KmsAction::Sign], subset(&[("ΟΔΟΣ", "1")]))));
        assert_eq!(found(&index, "A:user/u", KmsAction::Sign, &[("οδοσ", "1")]).len(), 1);
    }

    fn constraints() -> impl Strategy<Value = Constraints> {
        let pairs = || proptest::collection::btree_map("[abA]", "[12]", 0..3);
        let pairs = || proptest::option::of(pairs());
        (pairs(), pairs()).prop_map(|(equal, part)| Constraints {
            encryption_context_equals: equal,
            encryption_context_subset: part,
            source_arn: None,
        })
    }

    proptest! {
        /// The index is only a shortcut: the decision with it is the decision with every grant as a candidate.
        #[test]
        fn the_index_never_changes_a_decision(
            grants in proptest::collection::vec((0..4_usize, 0..3_usize, constraints()), 0..8),
            context in proptest::collection::btree_map("[abA]", "[12]", 0..3),
            caller in 0..4_usize,
        ) {
            let grantees = ["A:user/u", "A:role/r", "A:root", "A:federated-user/f"];
            let operations = [KmsAction::Decrypt, KmsAction::DescribeKey, KmsAction::Sign];
            let callers = ["A:user/u", "A:assumed-role/r/s", "A:root", "A:federated-user/f"];
            let mut case = Case::new(callers[caller], "kms:Decrypt");
            for (name, value) in context {
                let key = ConditionKey::of(KeyName::KmsEncryptionContext, name);
                case.context.put(key, crate::Values::One(Value::from(value)));
            }
            let mut index = GrantIndex::new();
            for (n, (grantee, operation, constraints)) in grants.into_iter().enumerate() {
                let n = u8::try_from(n).unwrap();
                let made = grant(n, grantees[grantee], &[operations[operation]], constraints);
                index.insert(Arc::new(made.clone()));
                case.grants.push((made, true));
            }
            let slow = case.decide();
            let fast = case.ask(|request, policies| {
                crate::decide(request, &crate::Policies { grants: Some(&index), ..*policies })
            });
            prop_assert_eq!(slow.outcome, fast.outcome);
        }
    }

    #[test]
    fn a_pinned_grantee_is_found_under_a_new_name() {
        let mut index = GrantIndex::new();
        let mut made = grant(1, "A:user/before", &[KmsAction::Sign], Constraints::default());
        made.grantee = match party("A:user/before") {
            Party::Principal { arn, .. } => Party::Principal { arn, id: Some(crate::testing::user_id()) },
            other => other,
        };
        index.insert(Arc::new(made));
        assert_eq!(found(&index, "A:user/u", KmsAction::Sign, &[]).len(), 1);
    }

    #[test]
    fn a_grant_that_has_not_spread_is_shown_as_such() {
        let mut index = GrantIndex::new();
        index.insert(Arc::new(grant(1, "A:user/u", &[KmsAction::Sign], Constraints::default())));
        let caller = principal("A:user/u");
        let context = Context::new();
        let query = GrantQuery { principal: &caller, operation: KmsAction::Sign, context: &context };
        assert!(index.spread(|_| false).visit_candidates(&query, &mut |view| !view.settled));
    }
}
