//! A case's decision, and what it was to be.

use super::case::{Case, Decision};
use gatekey_policy::{ControlPolicies, Level, Policies, Request, Resource, decide};
use gatekey_types::AccountId;

/// How a case came out.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided.
    pub layer: &'static str,
    /// What a client reads; `None` if the request is allowed.
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
    /// `decision`, `layer` or `because`.
    pub what: &'static str,
    /// What the case wants.
    pub expected: String,
    /// What came out.
    pub actual: String,
}

impl Case {
    /// Decides the case.
    pub fn run(&self) -> CaseResult {
        let (verdict, message) = self.with_question(|request, policies| {
            let verdict = decide(request, policies);
            let message = (!verdict.is_allowed()).then(|| verdict.message(request, policies));
            (verdict, message)
        });
        self.result(Decision::from(verdict.outcome), verdict.layer.name(), message)
    }

    /// Compares what came out with what the case wants.
    pub(super) fn result(
        &self,
        decision: Decision,
        layer: &'static str,
        message: Option<String>,
    ) -> CaseResult {
        CaseResult {
            decision,
            layer,
            mismatches: self.mismatches(decision, layer, message.as_deref()),
            message,
        }
    }

    /// Lends the request and the policies in the form that the evaluator takes.
    pub fn with_question<T>(&self, ask: impl FnOnce(&Request<'_>, &Policies<'_>) -> T) -> T {
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

    fn mismatches(&self, decision: Decision, layer: &str, message: Option<&str>) -> Vec<Mismatch> {
        let Some(expect) = &self.expect else { return Vec::new() };
        let mut mismatches = Vec::new();
        let mut compare = |what, expected: &str, actual: &str, same: bool| {
            if !same {
                mismatches.push(Mismatch { what, expected: expected.to_owned(), actual: actual.to_owned() });
            }
        };
        compare("decision", expect.decision.as_str(), decision.as_str(), expect.decision == decision);
        if let Some(wanted) = &expect.layer {
            compare("layer", wanted, layer, wanted == layer);
        }
        if let Some(wanted) = &expect.because {
            let message = message.unwrap_or("no message: the request is allowed");
            compare("because", wanted, message, message.contains(wanted.as_str()));
        }
        mismatches
    }
}

fn control(levels: Option<&[Level]>, management_account: Option<AccountId>) -> Option<ControlPolicies<'_>> {
    levels.map(|levels| ControlPolicies { management_account, levels })
}
