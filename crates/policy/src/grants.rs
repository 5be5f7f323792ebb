//! What a grant lets its grantee do, and who may retire it.

use crate::action::KmsAction;
use crate::facts::{Facts, Seen};
use crate::grant::{Constraints, Grant, GrantQuery, GrantView, Grants, Party, is_child_at_least_as_strict};
use crate::key::{ConditionKey, KeyName, same_name};
use crate::named::Classes;
use crate::policy::Effect;
use crate::request::Mode;
use crate::scan::Question;
use crate::template::ArnPattern;
use crate::truth::Truth;
use crate::verdict::{Decider, Layer, MatchClass};
use gatekey_types::GrantId;
use std::collections::BTreeMap;

/// What the caller's own policies leave it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Some identity policy allows.
    pub(crate) identity: bool,
    /// The boundary allows, or there is none.
    pub(crate) boundary: bool,
    /// The session policy allows, or there is none and none is needed.
    pub(crate) session: bool,
    pub(crate) is_root: bool,
}

impl Limits {
    /// The caller's own side allows: a root user's does without an identity policy.
    pub(crate) fn allow(&self) -> bool {
        self.first_lacking().is_none()
    }

    /// The first of the caller's layers that does not allow.
    pub(crate) fn first_lacking(&self) -> Option<Layer> {
        let lacking = [
            (self.identity || self.inferred_root_needs_no_identity_policy(), Layer::Identity),
            (self.boundary, Layer::Boundary),
            (self.session, Layer::Session),
        ];
        lacking.into_iter().find_map(|(allows, layer)| (!allows).then_some(layer))
    }

    /// A root user has no identity policies. That its account's side therefore allows what another account's key opens to it
    /// is not documented.
    fn inferred_root_needs_no_identity_policy(&self) -> bool {
        self.is_root
    }

    /// An account as grantee means its root user, and of its other principals those whom identity policies allow; what the
    /// others need is not documented.
    fn inferred_account_grantee(&self) -> bool {
        self.allow()
    }

    /// A root user's session that was made for one task is held to the task's policy, whatever else would allow.
    pub(crate) fn root_session(&self) -> bool {
        !self.is_root || self.session
    }

    /// What else a match of this class needs. For grants AWS says nothing of boundaries and session policies: as for key
    /// policies, what names the user or the session is not limited by them, what names the role is.
    fn inferred_let_pass(&self, class: MatchClass) -> bool {
        let mut classes = Classes::default();
        classes.add(class);
        if classes.first_in(Classes::UNLIMITED).is_some() {
            self.root_session()
        } else if classes.first_in(Classes::LIMITED).is_some() {
            self.boundary && self.session
        } else {
            self.inferred_account_grantee()
        }
    }
}

/// Why a grant operation is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GrantRule {
    /// By this grant.
    Grant(GrantId, MatchClass),
    /// The caller's account made the grant that is to be retired.
    IssuingAccount(GrantId),
}

impl Question<'_> {
    /// The first grant of the key that lets the caller do this. Within one account and across: a grant alone suffices.
    pub(crate) fn usable_grant(&self, limits: &Limits) -> Option<GrantRule> {
        let (grants, query) = self.grant_query()?;
        let operation = query.operation;
        let mut usable = None;
        grants.visit_candidates(&query, &mut |view| {
            usable = self.use_of(view, operation, limits);
            usable.is_some()
        });
        usable
    }

    /// What to ask of the key's grants, where grants have a say.
    pub(crate) fn grant_query(&self) -> Option<(&'_ dyn Grants, GrantQuery<'_>)> {
        let request = self.request;
        let grants = self.policies.grants.filter(|_| request.mode == Mode::Kms)?;
        let operation = request.action.kms().filter(|action| action.facts().grantable)?;
        Some((grants, GrantQuery { principal: request.principal, operation, context: request.context }))
    }

    fn use_of(&self, view: GrantView<'_>, operation: KmsAction, limits: &Limits) -> Option<GrantRule> {
        let grant = view.grant;
        let class = self.class_of(view, operation)?;
        let truth = self.meets_constraints(grant, operation);
        let is_met = self.assume.applies(truth, Effect::Allow, Decider::Grant(grant.id));
        (is_met && limits.inferred_let_pass(class)).then_some(GrantRule::Grant(grant.id, class))
    }

    /// By which name the grant means the caller, if it holds the operation and is in effect.
    pub(crate) fn class_of(&self, view: GrantView<'_>, operation: KmsAction) -> Option<MatchClass> {
        let holds = view.grant.terms.operations.contains(operation) && self.is_in_effect(view);
        view.grant.grantee.matches(self.request.principal).filter(|_| holds)
    }

    /// A grant that has not spread counts for who presents its token.
    pub(crate) fn is_in_effect(&self, view: GrantView<'_>) -> bool {
        view.settled || self.inferred_token_counts(view.grant)
    }

    /// A token only names a grant. That it is no bearer's right, and that one of no use is ignored, is not documented.
    fn inferred_token_counts(&self, grant: &Grant) -> bool {
        self.policies.grant_tokens.contains(&grant.id)
    }

    /// Whether the request meets the grant's constraints. DescribeKey and RetireGrant carry no encryption context; for
    /// CreateGrant it is the child that must be as strict.
    pub(crate) fn meets_constraints(&self, grant: &Grant, operation: KmsAction) -> Truth {
        let constraints = &grant.terms.constraints;
        let facts = self.facts(Layer::Grant);
        let source = constraints.meet_source_arn(&facts);
        match operation {
            KmsAction::DescribeKey => source,
            KmsAction::RetireGrant => Truth::True,
            KmsAction::CreateGrant => {
                let child = self.request.new_grant;
                source.and(child.is_some_and(|child| is_child_at_least_as_strict(&grant.terms, child)).into())
            }
            _ => source.and(constraints.meet_encryption_context(&facts)),
        }
    }

    /// Who may retire a grant: its retiring principal; its grantee, if the operation is among the granted; and the account
    /// that made it. The key policy and RCPs play no part.
    pub(crate) fn retirement(&self, limits: &Limits) -> Option<GrantRule> {
        let grant = self.request.retiring?;
        let caller = self.request.principal;
        let by = |party: &Party| party.matches(caller).filter(|class| limits.inferred_let_pass(*class));
        let can_grantee = grant.terms.operations.contains(KmsAction::RetireGrant);
        let class =
            grant.retiring.as_ref().and_then(by).or_else(|| by(&grant.grantee).filter(|_| can_grantee));
        if let Some(class) = class {
            return Some(GrantRule::Grant(grant.id, class));
        }
        let is_of_issuer = caller.account() == Some(grant.issuing_account);
        (is_of_issuer && limits.allow()).then_some(GrantRule::IssuingAccount(grant.id))
    }
}

impl Constraints {
    fn meet_source_arn(&self, facts: &Facts<'_>) -> Truth {
        let Some(wanted) = &self.source_arn else { return Truth::True };
        match facts.look(&KeyName::AwsSourceArn.into()) {
            Seen::One(seen) => {
                let pattern = ArnPattern::of_pieces(crate::glob::pieces(wanted));
                pattern.is_some_and(|pattern| pattern.matches(&seen.text())).into()
            }
            Seen::Unknown => Truth::Unknown,
            _ => Truth::False,
        }
    }

    fn meet_encryption_context(&self, facts: &Facts<'_>) -> Truth {
        let contains = |pairs: &BTreeMap<String, String>| {
            Truth::all(pairs.iter().map(|(name, value)| carries_pair(facts, name, value)))
        };
        let subset = self.encryption_context_subset.as_ref().map_or(Truth::True, contains);
        let equals = self
            .encryption_context_equals
            .as_ref()
            .map_or(Truth::True, |pairs| contains(pairs).and(carries_nothing_but(facts, pairs)));
        subset.and(equals)
    }
}

/// Whether the request's encryption context has the pair: the name without case, the value with case.
fn carries_pair(facts: &Facts<'_>, name: &str, value: &str) -> Truth {
    match facts.look(&ConditionKey::of(KeyName::KmsEncryptionContext, name)) {
        Seen::One(seen) => (seen.text() == value).into(),
        Seen::Colliding(seen) => seen.iter().any(|seen| seen.text() == value).into(),
        Seen::Unknown => Truth::Unknown,
        Seen::Absent | Seen::Many(_) => Truth::False,
    }
}

fn carries_nothing_but(facts: &Facts<'_>, pairs: &BTreeMap<String, String>) -> Truth {
    let context = facts.request.context;
    let is_listed = |name: &str, value: &str| {
        pairs.iter().any(|(n, v)| inferred_same_context_name(n, name) && v == value)
    };
    if !context.encryption_context().all(|(name, value)| is_listed(name, &value.text())) {
        return Truth::False;
    }
    let any_other = ConditionKey::of(KeyName::KmsEncryptionContext, "\u{0}");
    if facts.look(&any_other) == Seen::Unknown { Truth::Unknown } else { Truth::True }
}

/// AWS's two documents contradict each other; the API reference says that names in constraints are compared without case.
fn inferred_same_context_name(a: &str, b: &str) -> bool {
    same_name(a, b)
}

#[cfg(test)]
mod tests;
