//! Decisions explained: layer by layer, statement by statement, condition by condition.

use crate::condition::Condition;
use crate::facts::{Facts, Seen};
use crate::policy::{Effect, Policy, Statement};
use crate::remedy::{Change, smallest_changes};
use crate::request::{Attachment, ControlPolicies, Policies, Request};
use crate::scan::{Assume, Question, place};
use crate::truth::Truth;
use crate::verdict::{Layer, MatchClass, StatementRef, Verdict};
use gatekey_types::GrantId;
use serde::Serialize;

/// Why a decision came out as it did.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// Every layer, in the order of evaluation.
    pub layers: Vec<LayerTrace>,
    /// The grants that were looked at.
    pub grants: Vec<GrantTrace>,
    /// If the request is denied: the smallest changes, each of which would turn that.
    pub changes: Vec<Change>,
}

/// What one layer said.
#[derive(Clone, Debug, Serialize)]
pub struct LayerTrace {
    /// The layer.
    pub layer: Layer,
    /// Why it was not asked; nothing if it was.
    pub not_asked: Option<&'static str>,
    /// Its policies.
    pub policies: Vec<PolicyTrace>,
}

/// What one policy said.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyTrace {
    /// How it is named.
    pub name: String,
    /// The level of a control policy, root first; otherwise 0.
    pub level: usize,
    /// Its statements.
    pub statements: Vec<StatementTrace>,
}

/// Whether and why one statement applies.
#[derive(Clone, Debug, Serialize)]
pub struct StatementTrace {
    /// Which statement.
    pub at: StatementRef,
    /// Its Sid.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// Whether it means the caller; of an Allow of a resource policy also by which name.
    pub principal: bool,
    /// By which name.
    pub class: Option<MatchClass>,
    /// Whether it is about the action.
    pub action: bool,
    /// Whether it is about the resource.
    pub resource: Truth,
    /// Its conditions.
    pub conditions: Vec<ConditionTrace>,
    /// Whether it applies.
    pub applies: Truth,
    /// The one thing that keeps it from applying, if it is only one: `Principal`, `Action`, `Resource` or a condition key.
    pub near_miss: Option<String>,
}

/// Whether one condition holds, and for which value.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionTrace {
    /// The operator as written.
    pub operator: String,
    /// The key as documented.
    pub key: String,
    /// The values of the policy.
    pub wanted: Vec<String>,
    /// What the request has.
    pub seen: SeenValues,
    /// Whether it holds.
    pub holds: Truth,
}

/// The values of a request under one key.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeenValues {
    /// The key is absent.
    Absent,
    /// It cannot be told.
    Unknown,
    /// These.
    Values(Vec<String>),
}

/// Whether one grant lets the caller do it.
#[derive(Clone, Debug, Serialize)]
pub struct GrantTrace {
    /// The grant.
    pub id: GrantId,
    /// By which name it means the caller; nothing if it does not, or lacks the operation, or is not in effect yet.
    pub class: Option<MatchClass>,
    /// Whether it holds the operation.
    pub operation: bool,
    /// Whether it has spread, or its token was presented.
    pub in_effect: bool,
    /// Whether its constraints are met.
    pub constraints: Truth,
}

/// The most grants that a trace shows.
const MOST_GRANTS: usize = 100;

/// Decides as [`decide`](crate::decide) does, and explains.
pub fn decide_traced(request: &Request<'_>, policies: &Policies<'_>) -> (Verdict, Trace) {
    let question = Question { request, policies, assume: Assume::Against };
    let verdict = question.answer();
    let changes =
        if verdict.is_allowed() { Vec::new() } else { smallest_changes(request, policies, &verdict) };
    let trace = Trace { layers: question.trace_layers(), grants: question.trace_grants(), changes };
    (verdict, trace)
}

impl Question<'_> {
    fn trace_layers(&self) -> Vec<LayerTrace> {
        let (given, asked) = (self.policies, self.having_a_say());
        let exempt = "the caller or the resource is not bound by it";
        let mut layers = vec![
            self.trace_control(Layer::ServiceControl, given.service_control, asked.service_control, exempt),
            self.trace_control(
                Layer::ResourceControl,
                given.resource_control,
                asked.resource_control,
                exempt,
            ),
            self.trace_attached(Layer::Endpoint, given.endpoint),
        ];
        let not_asked = match (given.resource, asked.resource) {
            (Some(_), None) if self.unlocks() => {
                Some("a root session for unlocking key policies is not bound by it")
            }
            (Some(_), None) => Some("this operation does not ask the resource's policy"),
            (None, _) => Some("there is none"),
            _ => None,
        };
        let of_resource = asked.resource.map(|policy| {
            self.trace_policy("resource policy".to_owned(), policy, place(Layer::Resource, 0, 0))
        });
        layers.push(LayerTrace {
            layer: Layer::Resource,
            not_asked,
            policies: of_resource.into_iter().collect(),
        });
        layers.push(self.trace_attached(Layer::Identity, given.identity));
        layers.push(self.trace_attached(Layer::Boundary, given.boundary));
        layers.push(self.trace_attached(Layer::Session, given.session));
        layers
    }

    fn trace_attached<'p>(
        &self,
        layer: Layer,
        attached: impl IntoIterator<Item = &'p Attachment>,
    ) -> LayerTrace {
        let policies: Vec<_> = attached
            .into_iter()
            .enumerate()
            .map(|(index, a)| self.trace_policy(a.name.to_string(), &a.policy, place(layer, 0, index)))
            .collect();
        let not_asked = policies.is_empty().then_some("there is none");
        LayerTrace { layer, not_asked, policies }
    }

    fn trace_control(
        &self,
        layer: Layer,
        given: Option<ControlPolicies<'_>>,
        asked: Option<ControlPolicies<'_>>,
        exempt: &'static str,
    ) -> LayerTrace {
        let Some(control) = asked else {
            let not_asked = Some(if given.is_some() { exempt } else { "there is none" });
            return LayerTrace { layer, not_asked, policies: Vec::new() };
        };
        let at_level = |(level, attached): (usize, &crate::Level)| {
            let each = attached.iter().enumerate();
            each.map(|(index, a)| {
                self.trace_policy(a.name.to_string(), &a.policy, place(layer, level, index))
            })
            .collect::<Vec<_>>()
        };
        LayerTrace {
            layer,
            not_asked: None,
            policies: control.levels.iter().enumerate().flat_map(at_level).collect(),
        }
    }

    fn trace_policy(&self, name: String, policy: &Policy, at: StatementRef) -> PolicyTrace {
        let each = policy.statements().iter().enumerate();
        let statements = each.map(|(index, statement)| {
            let at = StatementRef { statement: u16::try_from(index).unwrap_or(u16::MAX), ..at };
            self.trace_statement(policy, statement, at)
        });
        PolicyTrace { name, level: usize::from(at.level), statements: statements.collect() }
    }

    fn trace_statement(&self, policy: &Policy, statement: &Statement, at: StatementRef) -> StatementTrace {
        let facts = self.facts(at.layer);
        let classes = self.whom(statement);
        let conditions: Vec<_> =
            statement.conditions.iter().map(|c| ConditionTrace::new(c, statement.effect, &facts)).collect();
        let mut trace = StatementTrace {
            at,
            sid: statement.sid.as_ref().map(|sid| sid.text.to_string()),
            effect: statement.effect,
            line: statement.span.line_and_column(policy.text()).0,
            principal: !classes.is_empty(),
            class: statement.principal.as_ref().and_then(|_| classes.first()),
            action: statement.action.as_ref().is_some_and(|block| block.contains(self.request.action)),
            resource: statement.covers(self.request, policy, &facts),
            conditions,
            applies: Truth::from(!classes.is_empty()).and(statement.is_about(self.request, policy, &facts)),
            near_miss: None,
        };
        trace.near_miss = trace.only_obstacle();
        trace
    }

    fn trace_grants(&self) -> Vec<GrantTrace> {
        let mut traces = Vec::new();
        let Some((grants, query)) = self.grant_query() else { return traces };
        grants.visit_candidates(&query, &mut |view| {
            traces.push(GrantTrace {
                id: view.grant.id,
                class: view.grant.grantee.matches(self.request.principal),
                operation: view.grant.terms.operations.contains(query.operation),
                in_effect: self.is_in_effect(view),
                constraints: self.meets_constraints(view.grant, query.operation),
            });
            traces.len() >= MOST_GRANTS
        });
        traces
    }
}

impl StatementTrace {
    fn only_obstacle(&self) -> Option<String> {
        let parts = [
            (self.principal, "Principal"),
            (self.action, "Action"),
            (self.resource != Truth::False, "Resource"),
        ];
        let elements = parts.into_iter().filter(|(holds, _)| !holds).map(|(_, name)| name.to_owned());
        let conditions = self.conditions.iter().filter(|c| c.holds == Truth::False).map(|c| c.key.clone());
        let mut obstacles = elements.chain(conditions);
        match (obstacles.next(), obstacles.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

impl ConditionTrace {
    fn new(condition: &Condition, effect: Effect, facts: &Facts<'_>) -> Self {
        let seen = facts.look(&condition.key);
        Self {
            operator: condition.operator_written.text.to_string(),
            key: condition.key.to_string(),
            wanted: condition.values.iter().map(|value| value.text.to_string()).collect(),
            seen: match &seen {
                Seen::Absent => SeenValues::Absent,
                Seen::Unknown => SeenValues::Unknown,
                seen => SeenValues::Values(seen.texts()),
            },
            holds: condition.holds(effect, facts),
        }
    }
}

#[cfg(test)]
mod tests;
