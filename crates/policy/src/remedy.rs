//! The smallest changes that would turn a denial. Each is tried on the real decision before it is offered.

use crate::action::Action;
use crate::grant::{Constraints, Grant, GrantQuery, GrantTerms, GrantView, Grants, Party};
use crate::policy::{Effect, Kind, Policy, Statement};
use crate::principal::{Identity, Principal};
use crate::request::{Attachment, Mode, Policies, Request, Resource};
use crate::scan::{Assume, Question};
use crate::verdict::{Decider, Layer, Outcome, Verdict};
use crate::{Operations, decide};
use gatekey_types::{GrantId, PrincipalArn};
use serde::Serialize;
use std::sync::Arc;

/// One change that would allow the request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// Where.
    pub layer: Layer,
    /// What to do, in a sentence.
    pub what: String,
    /// The statement to add, or the grant's parameters, as JSON. A change without one takes something away.
    pub document: Option<String>,
}

/// Of the changes that are enough alone, at most these are offered; then of those that are enough together.
const MOST_CHANGES: usize = 3;

/// Up to three changes: to the resource's policy, to an identity policy, a grant; or what denies and must go.
pub(crate) fn smallest_changes(
    request: &Request<'_>,
    policies: &Policies<'_>,
    verdict: &Verdict,
) -> Vec<Change> {
    let attempt = Attempt { request, policies };
    if verdict.outcome == Outcome::ExplicitDeny {
        return attempt.take_away(verdict);
    }
    let single = [attempt.by_resource_policy(), attempt.by_identity_policy(), attempt.by_grant()];
    let mut changes: Vec<Change> = single.into_iter().flatten().collect();
    if changes.is_empty() {
        changes = attempt.by_both_policies().unwrap_or_default();
    }
    if changes.is_empty() {
        changes.extend(attempt.by_limits(verdict.layer));
    }
    changes.truncate(MOST_CHANGES);
    changes
}

struct Attempt<'a> {
    request: &'a Request<'a>,
    policies: &'a Policies<'a>,
}

impl Attempt<'_> {
    fn is_allowed_with(&self, policies: &Policies<'_>) -> bool {
        decide(self.request, policies).is_allowed()
    }

    /// Every Deny that applies must go; an SCP that is silent must speak.
    fn take_away(&self, verdict: &Verdict) -> Vec<Change> {
        let Decider::Statement(at) = verdict.by else {
            let what =
                format!("allow {} at every level of the service control policies", self.request.action);
            return vec![Change { layer: verdict.layer, what, document: Some(self.identity_statement()) }];
        };
        let name = match self.policies.attachment(at) {
            Some(attachment) => format!("`{}`", attachment.name),
            None => "the resource's policy".to_owned(),
        };
        let sid = self.policies.statement(at).and_then(|statement| statement.sid.as_ref());
        let which = match sid {
            Some(sid) => format!("`{}`", sid.text),
            None => format!("number {}", at.statement + 1),
        };
        let (type_of, more) = (
            verdict.layer.name(),
            if self.others_deny(verdict) { "; other statements deny too" } else { "" },
        );
        let what = format!("remove or narrow the Deny statement {which} of {name} ({type_of}){more}");
        vec![Change { layer: verdict.layer, what, document: None }]
    }

    /// Whether a Deny of another layer or statement would still apply.
    fn others_deny(&self, verdict: &Verdict) -> bool {
        let question = Question { request: self.request, policies: self.policies, assume: Assume::Against };
        let is_other = |(at, effect): &(crate::StatementRef, Effect)| {
            *effect == Effect::Deny && Decider::Statement(*at) != verdict.by
        };
        question.applying().iter().any(is_other)
    }

    fn by_resource_policy(&self) -> Option<Change> {
        let (statement, text) = self.resource_statement()?;
        let policy = with_statement(self.policies.resource, &statement);
        let changed = Policies { resource: Some(&policy), ..*self.policies };
        self.is_allowed_with(&changed).then(|| Change {
            layer: Layer::Resource,
            what: format!("add this statement to {}", self.resource_policy_name()),
            document: Some(text),
        })
    }

    fn by_identity_policy(&self) -> Option<Change> {
        let text = self.identity_statement();
        let attached = self.with_identity(&text);
        let changed = Policies { identity: &attached, ..*self.policies };
        (self.has_identity_policies() && self.is_allowed_with(&changed)).then(|| self.identity_change(text))
    }

    fn identity_change(&self, text: String) -> Change {
        let what =
            format!("add this statement to an identity policy of {}", self.request.principal.display_name());
        Change { layer: Layer::Identity, what, document: Some(text) }
    }

    /// Across accounts neither side is enough alone.
    fn by_both_policies(&self) -> Option<Vec<Change>> {
        let (statement, text) = self.resource_statement()?;
        let policy = with_statement(self.policies.resource, &statement);
        let identity = self.identity_statement();
        let attached = self.with_identity(&identity);
        let changed = Policies { resource: Some(&policy), identity: &attached, ..*self.policies };
        if !self.has_identity_policies() || !self.is_allowed_with(&changed) {
            return None;
        }
        let what = format!(
            "add this statement to {}, and the other to an identity policy",
            self.resource_policy_name()
        );
        let first = Change { layer: Layer::Resource, what, document: Some(text) };
        Some(vec![first, self.identity_change(identity)])
    }

    fn by_grant(&self) -> Option<Change> {
        let operation = self.request.action.kms().filter(|action| action.facts().grantable)?;
        let account = self.request.resource_account?;
        let name = grantee_of(self.request.principal)?;
        let grant = Grant {
            id: GrantId::from_bytes([0xff; 32]),
            grantee: Party::Principal { arn: name.clone(), id: None },
            retiring: None,
            issuing_account: account,
            terms: GrantTerms {
                operations: Operations::from_iter([operation]),
                constraints: Constraints::default(),
            },
        };
        let grants = One(grant);
        let is_key = self.request.mode == Mode::Kms;
        let changed = Policies { grants: Some(&grants), ..*self.policies };
        (is_key && self.is_allowed_with(&changed)).then(|| Change {
            layer: Layer::Grant,
            what: "create this grant on the key".to_owned(),
            document: Some(format!(
                "{{ \"GranteePrincipal\" : {}, \"Operations\" : [ \"{}\" ] }}",
                quoted(name.arn().as_str()),
                operation.name()
            )),
        })
    }

    /// The boundary or the session policy keeps silent, and nothing else can make up for it.
    fn by_limits(&self, layer: Layer) -> Option<Change> {
        let what = match layer {
            Layer::Boundary => "let the permissions boundary allow it",
            Layer::Session => "pass a session policy that allows it",
            Layer::Endpoint => "let the VPC endpoint policy allow it",
            Layer::ResourceControl => "let a resource control policy of every level allow it",
            _ => return None,
        };
        Some(Change { layer, what: what.to_owned(), document: Some(self.identity_statement()) })
    }

    fn has_identity_policies(&self) -> bool {
        !matches!(
            self.request.principal.identity,
            Identity::Root { .. } | Identity::Service { .. } | Identity::Unsigned { .. }
        )
    }

    fn resource_policy_name(&self) -> &'static str {
        match self.request.mode {
            Mode::Kms => "the key policy",
            Mode::Trust => "the role's trust policy",
            Mode::Generic => "the resource's policy",
        }
    }

    /// A statement that names the caller, and only it, for this action.
    fn resource_statement(&self) -> Option<(Statement, String)> {
        let whom = match &self.request.principal.identity {
            Identity::Service { name, .. } => format!("{{ \"Service\" : {} }}", quoted(name.as_str())),
            Identity::Unsigned { provider } => {
                format!("{{ \"Federated\" : {} }}", quoted(provider.as_ref()?))
            }
            _ => format!("{{ \"AWS\" : {} }}", quoted(grantee_of(self.request.principal)?.arn().as_str())),
        };
        let kind = match self.request.mode {
            Mode::Kms => Kind::Key,
            Mode::Trust => Kind::Trust,
            Mode::Generic => Kind::Resource,
        };
        let resource = if kind == Kind::Trust { "" } else { ", \"Resource\" : \"*\"" };
        let text = format!(
            "{{ \"Effect\" : \"Allow\", \"Principal\" : {whom}, \"Action\" : \"{}\"{resource} }}",
            self.request.action
        );
        let policy = read_one(&text, kind)?;
        let statement = policy.statements().first().cloned()?;
        Some((statement, text))
    }

    fn identity_statement(&self) -> String {
        let resource = match self.request.resource {
            Resource::Any => "*",
            Resource::Named(arn) => arn.as_str(),
        };
        let action: &Action = self.request.action;
        format!(
            "{{ \"Effect\" : \"Allow\", \"Action\" : \"{action}\", \"Resource\" : {} }}",
            quoted(resource)
        )
    }

    fn with_identity(&self, statement: &str) -> Vec<Attachment> {
        let added =
            read_one(statement, Kind::Identity).map(|policy| Attachment::inline("", Arc::new(policy)));
        self.policies.identity.iter().cloned().chain(added).collect()
    }
}

struct One(Grant);

impl Grants for One {
    fn visit_candidates(&self, _: &GrantQuery<'_>, visit: &mut dyn FnMut(GrantView<'_>) -> bool) -> bool {
        visit(GrantView { grant: &self.0, settled: true })
    }
}

/// The name by which a policy or a grant best names the caller: a session by its role, a federated user by its own.
fn grantee_of(principal: &Principal) -> Option<&PrincipalArn> {
    principal.condition_arn()
}

fn read_one(statement: &str, kind: Kind) -> Option<Policy> {
    Policy::parse(&format!("{{ \"Version\" : \"2012-10-17\", \"Statement\" : {statement} }}"), kind).ok()
}

fn with_statement(policy: Option<&Policy>, added: &Statement) -> Policy {
    let before = policy.map(Policy::statements).unwrap_or_default();
    let statements = before.iter().chain([added]).cloned().collect();
    let (kind, text, version) = match policy {
        Some(policy) => (policy.kind(), Arc::clone(policy.text()), policy.version()),
        None => (Kind::Key, Arc::from(""), crate::Version::V2012),
    };
    Policy::new(kind, text, version, None, statements, crate::Pins::new())
}

/// As JSON writes a text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
