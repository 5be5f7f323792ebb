//! The smallest number of deletions after which no way is left.

use super::ways::{Way, Ways};
use gatekey_types::PrincipalArn;
use std::collections::{BTreeMap, BTreeSet};

/// How many users and roles have to be deleted until nobody can change the key's policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Distance {
    /// Nobody can now.
    LockedOut,
    /// Any number: a root user can, who cannot be deleted.
    Unreachable,
    /// So many, these for instance.
    Exactly {
        /// How many.
        count: usize,
        /// One smallest set.
        set: Vec<PrincipalArn>,
    },
    /// At least so many and at most so many: too many to tell exactly.
    Between {
        /// No fewer than this.
        at_least: usize,
        /// No more than this; nothing if there are ways that were not looked at.
        at_most: Option<usize>,
        /// A set that closes every way that was looked at.
        set: Vec<PrincipalArn>,
    },
}

/// Up to this many deletions the answer is exact.
pub const MOST_EXACT: usize = 8;
/// More cases than this are not tried.
const MOST_CASES: usize = 50_000;

impl Distance {
    /// No fewer deletions than this.
    pub fn at_least(&self) -> usize {
        match self {
            Self::LockedOut => 0,
            Self::Unreachable => usize::MAX,
            Self::Exactly { count, .. } => *count,
            Self::Between { at_least, .. } => *at_least,
        }
    }
}

pub(super) fn of(found: Ways) -> Distance {
    if found.is_open_for_ever {
        return Distance::Unreachable;
    }
    let ways = smallest(found.ways);
    if ways.is_empty() && found.are_all {
        return Distance::LockedOut;
    }
    let apart = disjoint(&ways);
    let greedy = greedily(&ways);
    let exact = if found.are_all { exactly(&ways, apart, greedy.len()) } else { None };
    match exact {
        Some(set) => Distance::Exactly { count: set.len(), set: set.into_iter().collect() },
        None if found.are_all && apart == greedy.len() => Distance::Exactly { count: apart, set: greedy },
        None => Distance::Between {
            at_least: apart.max(1),
            at_most: found.are_all.then_some(greedy.len()),
            set: greedy,
        },
    }
}

/// Without ways that contain another: whatever closes that one closes them.
fn smallest(ways: BTreeSet<Way>) -> Vec<Way> {
    let mut sorted: Vec<Way> = ways.into_iter().collect();
    sorted.sort_by_key(Way::len);
    let mut kept: Vec<Way> = Vec::new();
    let mut singles: BTreeSet<PrincipalArn> = BTreeSet::new();
    for way in sorted {
        let is_closed = way.iter().any(|arn| singles.contains(arn))
            || (way.len() > 2 && kept.iter().any(|smaller| smaller.len() > 1 && smaller.is_subset(&way)));
        if is_closed {
            continue;
        }
        if way.len() == 1 {
            singles.extend(way.iter().cloned());
        }
        kept.push(way);
    }
    kept
}

/// How many ways there are that share nobody: each needs a deletion of its own.
fn disjoint(ways: &[Way]) -> usize {
    let mut taken: BTreeSet<&PrincipalArn> = BTreeSet::new();
    let mut count = 0;
    for way in ways {
        if way.iter().all(|arn| !taken.contains(arn)) {
            taken.extend(way);
            count += 1;
        }
    }
    count
}

/// Whoever is in most of the ways that are left, until none is.
fn greedily(ways: &[Way]) -> Vec<PrincipalArn> {
    let mut left: Vec<&Way> = ways.iter().filter(|way| way.len() > 1).collect();
    let mut set: Vec<PrincipalArn> = ways.iter().filter(|way| way.len() == 1).flatten().cloned().collect();
    loop {
        left.retain(|way| way.iter().all(|arn| !set.contains(arn)));
        let mut counts: BTreeMap<&PrincipalArn, usize> = BTreeMap::new();
        left.iter().flat_map(|way| way.iter()).for_each(|arn| *counts.entry(arn).or_default() += 1);
        let Some((most, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return set };
        set.push(most.clone());
    }
}

/// A smallest set that closes every way, if it has no more than [`MOST_EXACT`] members and is found in time.
fn exactly(ways: &[Way], at_least: usize, at_most: usize) -> Option<BTreeSet<PrincipalArn>> {
    let mut cases = 0;
    for size in at_least.max(1)..=at_most.min(MOST_EXACT) {
        let mut set = BTreeSet::new();
        match closes(ways, size, &mut set, &mut cases) {
            Some(true) => return Some(set),
            Some(false) => {}
            None => return None,
        }
    }
    None
}

/// Whether so many more close the rest: some member of the first open way has to be among them. `None` if it takes too long.
fn closes(ways: &[Way], more: usize, set: &mut BTreeSet<PrincipalArn>, cases: &mut usize) -> Option<bool> {
    *cases += 1;
    if *cases > MOST_CASES {
        return None;
    }
    let Some(open) = ways.iter().find(|way| way.is_disjoint(set)) else { return Some(true) };
    if more == 0 {
        return Some(false);
    }
    for arn in open {
        set.insert(arn.clone());
        if closes(ways, more - 1, set, cases)? {
            return Some(true);
        }
        set.remove(arn);
    }
    Some(false)
}
