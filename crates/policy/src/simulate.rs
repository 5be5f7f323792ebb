//! What IAM's policy simulator and its GetContextKeys operations answer.

use crate::error::Span;
use crate::facts::Seen;
use crate::policy::{Effect, Policy};
use crate::request::{Policies, Request};
use crate::scan::{Assume, Question};
use crate::verdict::{Layer, Outcome, StatementRef, Verdict};
use std::collections::BTreeMap;

/// The result for one action on one resource.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The decision.
    pub verdict: Verdict,
    /// The statements that brought it about: those that allow, or those that deny; none for an implicit denial.
    pub matched: Vec<MatchedStatement>,
    /// Condition keys that the policies compare or use as variables, and that the request does not have.
    pub missing_context: Vec<String>,
    /// Whether the service control policies allow; nothing where there are none.
    pub allowed_by_organizations: Option<bool>,
    /// Whether the permissions boundary allows; nothing where there is none.
    pub allowed_by_boundary: Option<bool>,
}

/// A statement that had a part in a decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MatchedStatement {
    /// Which.
    pub at: StatementRef,
    /// The name of its policy.
    pub policy: String,
    /// Line and column of its first character, from 1.
    pub start: (u32, u32),
    /// Line and column after its last character.
    pub end: (u32, u32),
}

impl Outcome {
    /// As the simulator names it.
    pub fn simulator_name(self) -> &'static str {
        match self {
            Self::Allow => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// Simulates one action on one resource, as SimulateCustomPolicy and SimulatePrincipalPolicy do for each pair.
///
/// The simulator knows nothing of how KMS treats key policies: ask in [`Mode::Generic`](crate::Mode::Generic), with the
/// resource policy that was passed, if any.
pub fn simulate(request: &Request<'_>, policies: &Policies<'_>) -> Simulated {
    let question = Question { request, policies, assume: Assume::Against };
    let verdict = question.answer();
    let applying = question.applying();
    let says = |layer, effect| applying.iter().any(|(at, e)| at.layer == layer && *e == effect);
    let allows = |layer| says(layer, Effect::Allow) && !says(layer, Effect::Deny);
    Simulated {
        matched: matched(policies, &verdict, &applying),
        missing_context: question.missing_context(),
        allowed_by_organizations: policies.service_control.map(|control| {
            let every_level = (0..control.levels.len()).all(|level| {
                applying.iter().any(|(at, e)| {
                    at.layer == Layer::ServiceControl && usize::from(at.level) == level && *e == Effect::Allow
                })
            });
            every_level && !says(Layer::ServiceControl, Effect::Deny)
        }),
        allowed_by_boundary: policies.boundary.map(|_| allows(Layer::Boundary)),
        verdict,
    }
}

fn matched(
    policies: &Policies<'_>,
    verdict: &Verdict,
    applying: &[(StatementRef, Effect)],
) -> Vec<MatchedStatement> {
    let wanted = match verdict.outcome {
        Outcome::Allow => Effect::Allow,
        Outcome::ExplicitDeny => Effect::Deny,
        Outcome::ImplicitDeny => return Vec::new(),
    };
    // What allows is a grant of rights; guards only let it pass.
    let counts = |layer| wanted == Effect::Deny || matches!(layer, Layer::Identity | Layer::Resource);
    let found = applying.iter().filter(|(at, effect)| *effect == wanted && counts(at.layer));
    found.filter_map(|(at, _)| MatchedStatement::new(policies, *at)).collect()
}

impl MatchedStatement {
    fn new(policies: &Policies<'_>, at: StatementRef) -> Option<Self> {
        let (policy, statement) = (policies.policy(at)?, policies.statement(at)?);
        let name =
            policies.attachment(at).map_or_else(|| "ResourcePolicy".to_owned(), |a| a.name.to_string());
        let after = Span { start: statement.span.end, end: statement.span.end };
        Some(Self {
            at,
            policy: name,
            start: statement.span.line_and_column(policy.text()),
            end: after.line_and_column(policy.text()),
        })
    }
}

/// Every condition key that the policies name, in conditions and as variables, each once, in alphabetical order: what
/// GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy answer.
pub fn context_keys<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<String> {
    let keys = policies.into_iter().flat_map(Policy::condition_keys);
    let by_folded: BTreeMap<String, String> =
        keys.map(|key| (key.to_string().to_lowercase(), key.to_string())).collect();
    by_folded.into_values().collect()
}

impl Question<'_> {
    /// Every statement that applies, of every layer that has a say.
    pub(crate) fn applying(&self) -> Vec<(StatementRef, Effect)> {
        let asked = self.having_a_say();
        let mut found = Vec::new();
        asked.each_policy(&mut |at, policy| {
            self.each_applying(policy, at, &mut |at, statement, _| found.push((at, statement.effect)));
        });
        found
    }

    fn missing_context(&self) -> Vec<String> {
        let mut missing = BTreeMap::new();
        self.having_a_say().each_policy(&mut |at, policy| {
            let facts = self.facts(at.layer);
            for key in policy.condition_keys().filter(|key| facts.look(key) == Seen::Absent) {
                missing.insert(key.to_string().to_lowercase(), key.to_string());
            }
        });
        missing.into_values().collect()
    }
}

impl Policies<'_> {
    /// Gives every policy and its place, in the order of evaluation.
    pub(crate) fn each_policy(&self, give: &mut dyn FnMut(StatementRef, &Policy)) {
        let place = crate::scan::place;
        let controls =
            [(Layer::ServiceControl, self.service_control), (Layer::ResourceControl, self.resource_control)];
        for (layer, control) in controls {
            for (level, attached) in control.iter().flat_map(|control| control.levels).enumerate() {
                attached
                    .iter()
                    .enumerate()
                    .for_each(|(index, a)| give(place(layer, level, index), &a.policy));
            }
        }
        let mut list = |layer, attached: &[crate::Attachment]| {
            attached.iter().enumerate().for_each(|(index, a)| give(place(layer, 0, index), &a.policy));
        };
        list(Layer::Endpoint, self.endpoint.map(std::slice::from_ref).unwrap_or_default());
        list(Layer::Identity, self.identity);
        list(Layer::Boundary, self.boundary.map(std::slice::from_ref).unwrap_or_default());
        list(Layer::Session, self.session);
        if let Some(policy) = self.resource {
            give(place(Layer::Resource, 0, 0), policy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use crate::testing::*;

    fn get() -> Case {
        Case::new("A:user/u", "s3:GetObject").mode(Mode::Generic).on("arn:aws:s3:::b/x")
    }

    #[test]
    fn an_allow_lists_what_allows_with_lines_and_columns() {
        let case = get().identity(vec![allows(&["ec2:*"]), allows(&["s3:*"])]);
        let simulated = case.ask(simulate);
        assert_eq!(simulated.verdict.outcome.simulator_name(), "allowed");
        let [only] = simulated.matched.as_slice() else { panic!("{:?}", simulated.matched) };
        assert_eq!((only.at.policy, only.policy.as_str(), only.start), (1, "p", (1, 38)));
        assert!(only.end.1 > only.start.1);
        assert_eq!((simulated.allowed_by_boundary, simulated.allowed_by_organizations), (None, None));
    }

    #[test]
    fn a_deny_lists_every_statement_that_denies() {
        let case = get().identity(vec![allows(&["s3:*"]), denies(&["s3:*"])]).boundary(denies(&["s3:Get*"]));
        let simulated = case.ask(simulate);
        assert_eq!(simulated.verdict.outcome.simulator_name(), "explicitDeny");
        assert_eq!(
            simulated.matched.iter().map(|m| m.at.layer).collect::<Vec<_>>(),
            [Layer::Identity, Layer::Boundary]
        );
        assert_eq!(simulated.allowed_by_boundary, Some(false));
    }

    #[test]
    fn guards_are_reported_apart() {
        let case = get()
            .identity(vec![allows(&["s3:*"])])
            .boundary(allows(&["s3:*"]))
            .scp(vec![vec![allows(&["*"])], vec![allows(&["ec2:*"])]]);
        let simulated = case.ask(simulate);
        assert_eq!(
            (simulated.allowed_by_boundary, simulated.allowed_by_organizations),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn context_that_the_policies_ask_for_and_the_request_lacks_is_listed_once() {
        let condition = r#""Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1","AWS:sourcevpc":"vpc-2","aws:PrincipalType":"User"},
            "Bool":{"aws:SecureTransport":"true"}}"#;
        let statement = statement(
            "Allow",
            &[],
            &["s3:*"],
            &format!(r#""Resource":"arn:aws:s3:::b/${{aws:PrincipalTag/team}}",{condition}"#),
        );
        let case = get().identity(vec![vec![statement]]).context("aws:SecureTransport", true);
        assert_eq!(case.ask(simulate).missing_context, ["aws:PrincipalTag/team", "aws:SourceVpc"]);
        let all = context_keys(case.identity.iter().map(|a| &*a.policy));
        assert_eq!(
            all,
            ["aws:PrincipalTag/team", "aws:PrincipalType", "aws:SecureTransport", "aws:SourceVpc"]
        );
    }
}
