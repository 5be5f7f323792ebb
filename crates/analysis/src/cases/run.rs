//! A case's decision, and what it was to be.

use super::case::{Case, Decision, Expectation, Situation, Subject};
use super::writing::Refusal;
use gatekey_policy::{ControlPolicies, Level, Policies, Request, Resource, decide};
use gatekey_types::AccountId;

/// How a case came out.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided; `None` if no request was.
    pub layer: Option<&'static str>,
    /// The error by which AWS refuses a policy; `None` if it refuses none.
    pub error: Option<&'static str>,
    /// What a client reads; `None` if the request is allowed, or all policies accepted.
    pub message: Option<String>,
    /// Where the case wanted something else.
    pub mismatches: Vec<Mismatch>,
}

impl CaseResult {
    /// Whether everything is as the case wants it.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// Something that the case wanted and did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The member of `expect`.
    pub what: &'static str,
    /// What the case wants.
    pub expected: String,
    /// What came out.
    pub actual: String,
}

impl Case {
    /// Decides the case, or writes its policies.
    pub fn run(&self) -> CaseResult {
        match &self.subject {
            Subject::Request(situation) => {
                let (verdict, message) = situation.ask(|request, policies| {
                    let verdict = decide(request, policies);
                    let message = (!verdict.is_allowed()).then(|| verdict.message(request, policies));
                    (verdict, message)
                });
                self.result(Decision::from(verdict.outcome), verdict.layer.name(), message)
            }
            Subject::Writing(refusal) => self.written(refusal.as_ref()),
        }
    }

    /// Compares what was decided with what the case wants.
    pub(super) fn result(
        &self,
        decision: Decision,
        layer: &'static str,
        message: Option<String>,
    ) -> CaseResult {
        CaseResult {
            decision,
            layer: Some(layer),
            error: None,
            mismatches: self.mismatches(decision, layer, message.as_deref()),
            message,
        }
    }

    fn written(&self, refusal: Option<&Refusal>) -> CaseResult {
        let mismatches = match &self.expect {
            Some(Expectation::Written(expected)) => expected.mismatches(refusal),
            _ => Vec::new(),
        };
        CaseResult {
            decision: if refusal.is_some() { Decision::Refused } else { Decision::Accepted },
            layer: None,
            error: refusal.map(|refusal| refusal.error),
            message: refusal.map(Refusal::told),
            mismatches,
        }
    }

    fn mismatches(&self, decision: Decision, layer: &str, message: Option<&str>) -> Vec<Mismatch> {
        let Some(Expectation::Decided { decision: wanted, layer: wanted_layer, because }) = &self.expect
        else {
            return Vec::new();
        };
        let mut mismatches = Vec::new();
        let mut compare = |what, expected: &str, actual: &str, same: bool| {
            if !same {
                mismatches.push(Mismatch { what, expected: expected.to_owned(), actual: actual.to_owned() });
            }
        };
        compare("decision", wanted.as_str(), decision.as_str(), *wanted == decision);
        if let Some(wanted) = wanted_layer {
            compare("layer", wanted, layer, wanted == layer);
        }
        if let Some(wanted) = because {
            let message = message.unwrap_or("no message: the request is allowed");
            compare("because", wanted, message, message.contains(wanted.as_str()));
        }
        mismatches
    }
}

impl Situation {
    /// Lends the request and the policies in the form that the evaluator takes.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Request<'_>, &Policies<'_>) -> T) -> T {
        let asked = &self.request;
        let resource = asked.resource.as_ref().map_or(Resource::Any, Resource::Named);
        let mut request = Request::new(self.mode, &asked.principal, &asked.action, resource, &asked.context);
        request.resource_account = asked.resource_account;
        request.aws_managed_key = asked.aws_managed_key;
        request.retiring = asked.retiring.as_ref();
        request.new_grant = asked.new_grant.as_ref();
        ask(&request, &self.policies())
    }

    fn policies(&self) -> Policies<'_> {
        let management_account = self.request.management_account;
        Policies {
            resource: self.resource_policy.as_deref(),
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &self.session,
            service_control: control(self.service_control.as_deref(), management_account),
            resource_control: control(self.resource_control.as_deref(), management_account),
            endpoint: self.endpoint.as_ref(),
            grants: if self.grants.is_empty() { None } else { Some(&self.grants) },
            grant_tokens: &self.grant_tokens,
        }
    }
}

fn control(levels: Option<&[Level]>, management_account: Option<AccountId>) -> Option<ControlPolicies<'_>> {
    levels.map(|levels| ControlPolicies { management_account, levels })
}
