//! Why a case decides as it does.

use super::case::{Case, Decision, Situation, Subject};
use super::run::CaseResult;
use gatekey_policy::{Decider, Trace, decide_traced};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A decision and all that led to it.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// How the case came out.
    pub result: CaseResult,
    /// What decided.
    pub by: Decider,
    /// Layer by layer, statement by statement, what was looked at and what it said.
    pub trace: Trace,
    /// Who asked, what for, and on what.
    pub question: Question,
    /// The names that the case gives its grants, by their ids as the trace has them.
    pub grant_names: BTreeMap<String, String>,
}

/// What a case asks, in words.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    /// The caller: an ARN, a service, or `anonymous`.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
}

impl Case {
    /// Decides the case and tells why; nothing of a case that decides no request, since [`Case::run`] says all of it.
    pub fn explain(&self) -> Option<Explanation> {
        match &self.subject {
            Subject::Request(situation) => Some(self.explain_decision(situation)),
            Subject::Writing(_) => None,
        }
    }

    fn explain_decision(&self, situation: &Situation) -> Explanation {
        let (verdict, message, trace) = situation.ask(|request, policies| {
            let (verdict, trace) = decide_traced(request, policies);
            let message = (!verdict.is_allowed()).then(|| verdict.message(request, policies));
            (verdict, message, trace)
        });
        let ids = trace.grants.iter().map(|grant| grant.id);
        let named = ids.filter_map(|id| Some((id.to_string(), situation.grants.name_of(id)?.to_owned())));
        Explanation {
            grant_names: named.collect(),
            by: verdict.by,
            result: self.result(Decision::from(verdict.outcome), verdict.layer.name(), message),
            trace,
            question: situation.question(),
        }
    }
}

impl Situation {
    fn question(&self) -> Question {
        let asked = &self.request;
        Question {
            principal: asked.principal.display_name().to_owned(),
            action: asked.action.to_string(),
            resource: asked.resource.as_ref().map_or("*", |arn| arn.as_str()).to_owned(),
        }
    }
}

impl Explanation {
    /// As the command line's `--json` gives it.
    pub fn to_json(&self, name: &str) -> Value {
        json!({
            "name": name,
            "request": self.question,
            "decision": self.result.decision.as_str(),
            "layer": self.result.layer,
            "message": self.result.message,
            "by": self.by,
            "trace": self.trace,
            "grantNames": self.grant_names,
        })
    }
}
