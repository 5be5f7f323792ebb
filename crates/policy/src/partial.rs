//! Decisions where part of the context is not known.
//!
//! Every combination of layers only gains from an Allow that applies and only loses from a Deny that does. So the worst
//! case is decided with each open Allow left out and each open Deny counted, the best case the other way round; where the
//! two differ, what is open is spelled out. Both run through the very code that decides when all is known.

use crate::condition::Condition;
use crate::grant::Grant;
use crate::policy::{Effect, Statement};
use crate::request::{Policies, Request};
use crate::scan::{Assume, Question};
use crate::truth::Truth;
use crate::verdict::{Decider, StatementRef, Verdict};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

/// A decision that may depend on what is not known.
#[derive(Clone, PartialEq, Debug)]
pub enum Partial {
    /// Allowed, whatever the unknown keys turn out to be.
    Allowed(Verdict),
    /// Denied, whatever they turn out to be.
    Denied(Verdict),
    /// It depends.
    AllowedIf(Residue),
}

/// What an answer depends on: allowed if any of the ways is open and none of the exceptions applies.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Residue {
    /// Each lists what must hold together; an empty one is always open.
    pub ways: Vec<Vec<Open>>,
    /// Deny statements, none of which may apply.
    pub unless: Vec<Open>,
    /// Whether all ways are listed. Beyond [`MOST_WAYS`] they are not.
    pub is_complete: bool,
}

/// A statement or a grant that applies or not, depending on what is not known.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Open {
    /// Which.
    pub what: Decider,
    /// What of it is open. It applies if all of these hold.
    pub conditions: Vec<OpenCondition>,
}

/// One condition that is not known to hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct OpenCondition {
    /// `StringEquals`, or `Resource`, or `EncryptionContextSubset`.
    pub operator: String,
    /// The condition key.
    pub key: String,
    /// The values of the policy.
    pub values: Vec<String>,
}

/// More ways than this are not listed.
pub const MOST_WAYS: usize = 32;
/// More searches than this are not made.
const MOST_SEARCHES: usize = 512;
/// More open statements and grants than this are not told apart.
const MOST_OPEN: usize = 256;

/// Decides, with the keys that the context says are unknown left open.
pub fn decide_partially(request: &Request<'_>, policies: &Policies<'_>) -> Partial {
    let with = |assume| Question { request, policies, assume };
    let worst = with(Assume::Against).answer();
    if worst.is_allowed() {
        return Partial::Allowed(worst);
    }
    let best = with(Assume::InFavour).answer();
    if !best.is_allowed() {
        return Partial::Denied(best);
    }
    Partial::AllowedIf(Search::new(request, policies).residue())
}

/// The search for the ways in which what is open can make the request allowed.
struct Search<'a> {
    request: &'a Request<'a>,
    policies: &'a Policies<'a>,
    allows: Vec<Decider>,
    denies: Vec<Decider>,
    is_cut: bool,
}

impl<'a> Search<'a> {
    fn new(request: &'a Request<'a>, policies: &'a Policies<'a>) -> Self {
        let open = RefCell::new(Vec::new());
        let record = |what: Decider, effect: Effect| {
            open.borrow_mut().push((what, effect));
            effect == Effect::Allow
        };
        Question { request, policies, assume: Assume::Told(&record) }.answer();
        let open = open.into_inner();
        let of = |wanted: Effect| {
            let found: BTreeSet<_> =
                open.iter().filter(|(_, effect)| *effect == wanted).map(|(what, _)| *what).collect();
            found
        };
        let (mut allows, denies) = (of(Effect::Allow), of(Effect::Deny));
        let mut search = Self {
            request,
            policies,
            allows: Vec::new(),
            denies: denies.into_iter().collect(),
            is_cut: false,
        };
        allows.extend(search.open_grants());
        search.is_cut = allows.len() > MOST_OPEN;
        search.allows = allows.into_iter().take(MOST_OPEN).collect();
        search
    }

    fn question(&self) -> Question<'a> {
        Question { request: self.request, policies: self.policies, assume: Assume::Against }
    }

    /// A decision stops at the first grant that it can use; these are all that are open.
    fn open_grants(&self) -> Vec<Decider> {
        let question = self.question();
        let mut open = Vec::new();
        let Some((grants, query)) = question.grant_query() else { return open };
        grants.visit_candidates(&query, &mut |view| {
            let is_meant = question.class_of(view, query.operation).is_some();
            if is_meant && question.meets_constraints(view.grant, query.operation) == Truth::Unknown {
                open.push(Decider::Grant(view.grant.id));
            }
            open.len() > MOST_OPEN
        });
        open
    }

    /// Whether the request is allowed if of what is open just these Allows apply, and no Deny.
    fn is_allowed_with(&self, applying: &BTreeSet<Decider>) -> bool {
        let applies = |what: Decider, effect: Effect| effect == Effect::Allow && applying.contains(&what);
        Question { assume: Assume::Told(&applies), ..self.question() }.answer().is_allowed()
    }

    /// The smallest sets of open Allows that make it allowed: find one, then look for others without each of its members.
    fn ways(&mut self) -> BTreeSet<BTreeSet<Decider>> {
        let mut ways = BTreeSet::new();
        let mut pending = vec![BTreeSet::new()];
        let mut seen = BTreeSet::new();
        let mut searches = 0;
        while let Some(without) = pending.pop() {
            let rest: BTreeSet<_> =
                self.allows.iter().filter(|what| !without.contains(*what)).copied().collect();
            if !seen.insert(without.clone()) || !self.is_allowed_with(&rest) {
                continue;
            }
            searches += 1;
            if searches > MOST_SEARCHES || ways.len() >= MOST_WAYS {
                self.is_cut = true;
                break;
            }
            let way = self.smallest_within(rest);
            pending.extend(way.iter().map(|what| without.iter().chain([what]).copied().collect()));
            ways.insert(way);
        }
        ways
    }

    fn smallest_within(&self, mut set: BTreeSet<Decider>) -> BTreeSet<Decider> {
        for what in set.clone() {
            set.remove(&what);
            if !self.is_allowed_with(&set) {
                set.insert(what);
            }
        }
        set
    }

    fn residue(mut self) -> Residue {
        let ways = self.ways();
        let open = |what: &Decider| Open { what: *what, conditions: self.open_conditions(*what) };
        Residue {
            ways: ways.iter().map(|way| way.iter().map(open).collect()).collect(),
            unless: self.denies.iter().map(open).collect(),
            is_complete: !self.is_cut,
        }
    }

    fn open_conditions(&self, what: Decider) -> Vec<OpenCondition> {
        match what {
            Decider::Statement(at) => self.open_conditions_of_statement(at),
            Decider::Grant(id) => {
                let mut found = Vec::new();
                if let Some((grants, query)) = self.question().grant_query() {
                    grants.visit_candidates(&query, &mut |view| {
                        let is_it = view.grant.id == id;
                        if is_it {
                            found = constraints_of(view.grant);
                        }
                        is_it
                    });
                }
                found
            }
            Decider::Rule | Decider::Nothing => Vec::new(),
        }
    }

    fn open_conditions_of_statement(&self, at: StatementRef) -> Vec<OpenCondition> {
        let (Some(policy), Some(statement)) = (self.policies.policy(at), self.policies.statement(at)) else {
            return Vec::new();
        };
        let facts = self.question().facts(at.layer);
        let is_open = |condition: &&Condition| condition.holds(statement.effect, &facts) == Truth::Unknown;
        let resource = statement.covers(self.request, policy, &facts) == Truth::Unknown;
        let conditions = statement.conditions.iter().filter(is_open).map(OpenCondition::of);
        resource.then(|| OpenCondition::of_resource(statement)).into_iter().chain(conditions).collect()
    }
}

fn constraints_of(grant: &Grant) -> Vec<OpenCondition> {
    let constraints = &grant.terms.constraints;
    let maps = [
        ("EncryptionContextEquals", &constraints.encryption_context_equals),
        ("EncryptionContextSubset", &constraints.encryption_context_subset),
    ];
    let pairs = maps.into_iter().flat_map(|(operator, map)| {
        map.iter().flatten().map(move |(name, value)| OpenCondition {
            operator: operator.to_owned(),
            key: format!("kms:EncryptionContext:{name}"),
            values: vec![value.clone()],
        })
    });
    let source = constraints.source_arn.iter().map(|arn| OpenCondition {
        operator: "SourceArn".to_owned(),
        key: "aws:SourceArn".to_owned(),
        values: vec![arn.clone()],
    });
    pairs.chain(source).collect()
}

impl OpenCondition {
    fn of(condition: &Condition) -> Self {
        Self {
            operator: condition.operator.to_string(),
            key: condition.key.to_string(),
            values: condition.values.iter().map(|value| value.text.to_string()).collect(),
        }
    }

    fn of_resource(statement: &Statement) -> Self {
        let patterns = statement.resource.iter().flat_map(|block| block.patterns.iter());
        let name = statement.resource.as_ref().is_some_and(|block| block.negated);
        Self {
            operator: if name { "NotResource" } else { "Resource" }.to_owned(),
            key: String::new(),
            values: patterns.map(|pattern| pattern.text.to_string()).collect(),
        }
    }
}

impl Residue {
    /// Whether the request is allowed, once it is known of each open statement and grant whether it applies. Exact if the
    /// residue is complete; otherwise it may say no where the answer is yes, never the reverse.
    pub fn is_met(&self, applies: impl Fn(Decider) -> bool) -> bool {
        let is_open = |way: &Vec<Open>| way.iter().all(|open| applies(open.what));
        self.ways.iter().any(is_open) && !self.unless.iter().any(|open| applies(open.what))
    }
}

/// `aws:SourceIp IpAddress "10.0.0.0/8"`
impl fmt::Display for OpenCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" or ");
        let space = if self.key.is_empty() { "" } else { " " };
        write!(f, "{}{space}{} {values}", self.key, self.operator)
    }
}

/// Conditions joined by `and`.
impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.conditions, " and "))
    }
}

/// One sentence without a full stop: `if (...) or (...), unless (...)`.
impl fmt::Display for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_always = self.ways.iter().any(Vec::is_empty);
        if !is_always {
            let ways: Vec<String> =
                self.ways.iter().map(|way| format!("({})", joined(way, " and "))).collect();
            write!(f, "if {}", ways.join(" or "))?;
        }
        if !self.is_complete {
            f.write_str(" or in further ways")?;
        }
        if !self.unless.is_empty() {
            let unless: Vec<String> = self.unless.iter().map(|open| format!("({open})")).collect();
            write!(f, "{}unless {}", if is_always { "" } else { ", " }, unless.join(" or "))?;
        }
        Ok(())
    }
}

fn joined<T: fmt::Display>(items: &[T], between: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests;
