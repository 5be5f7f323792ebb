//! The decision: how the layers combine. In the order of AWS's documented evaluation.

use crate::action::{Action, ActionTarget, KmsAction};
use crate::grants::{GrantRule, Limits};
use crate::principal::Identity;
use crate::reach::is_within_reach;
use crate::request::{ControlPolicies, Mode, Policies, Request, Resource};
use crate::scan::{Assume, Found, FoundInResource, Question};
use crate::verdict::{Decider, Layer, MatchClass, Outcome, StatementRef, Verdict};

/// Decides. Total and pure: any request and any policies give a verdict.
///
/// Keys that the context says are unknown count against the caller: use [`decide_partially`](crate::decide_partially) to
/// learn what depends on them.
pub fn decide(request: &Request<'_>, policies: &Policies<'_>) -> Verdict {
    Question { request, policies, assume: Assume::Against }.answer()
}

/// The actions for which AWS asks no permission, and which no policy can deny: whoever has credentials may ask who they
/// belong to, and may prove a second factor.
const OPEN: [&str; 3] = [
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    // Gatekey's own: whoever was answered may ask why.
    "gatekey:ExplainOwnDecision",
];

/// Decides on an action that needs no permission. Any other action is denied, and so is the unsigned caller.
pub fn decide_open(request: &Request<'_>) -> Verdict {
    let is_open = OPEN.iter().any(|open| request.action.to_string() == *open);
    let is_signed = !matches!(request.principal.identity, Identity::Unsigned { .. });
    let ruling = match is_open && is_signed {
        true => Ruling::allows(Layer::Identity, Decider::Rule, None),
        false => Ruling::nothing_in(Layer::Identity),
    };
    Verdict::new(ruling.outcome, ruling.layer, ruling.by, ruling.class, request)
}

/// How the layers combine for one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// Identity policies alone: there is no resource that could have a policy.
    IdentityOnly,
    /// A key or a role of the caller's account, or a caller without an account: the resource's policy must open.
    OwnKey,
    /// A key or a role of another account: both sides must allow.
    OtherAccount,
    /// Any other resource of the caller's account: either side suffices.
    OwnResource,
    /// `kms:RetireGrant`.
    Retirement,
    /// A root session for unlocking key policies, whatever it asks for.
    Unlocking,
}

/// What every layer says. A layer that has no say is `None`.
struct Findings {
    service_control: Option<Found>,
    resource_control: Option<Found>,
    endpoint: Option<Found>,
    resource: FoundInResource,
    identity: Found,
    boundary: Option<Found>,
    session: Option<Found>,
}

/// How a decision came out, and why.
struct Ruling {
    outcome: Outcome,
    layer: Layer,
    by: Decider,
    class: Option<MatchClass>,
}

impl Ruling {
    fn denies(layer: Layer, at: StatementRef) -> Self {
        Self { outcome: Outcome::ExplicitDeny, layer, by: Decider::Statement(at), class: None }
    }
    fn nothing_in(layer: Layer) -> Self {
        Self { outcome: Outcome::ImplicitDeny, layer, by: Decider::Nothing, class: None }
    }
    fn refused_by_rule(layer: Layer) -> Self {
        Self { outcome: Outcome::ImplicitDeny, layer, by: Decider::Rule, class: None }
    }
    fn allows(layer: Layer, by: Decider, class: Option<MatchClass>) -> Self {
        Self { outcome: Outcome::Allow, layer, by, class }
    }
    fn statement(layer: Layer, at: StatementRef, class: Option<MatchClass>) -> Self {
        Self::allows(layer, Decider::Statement(at), class)
    }
}

impl Question<'_> {
    pub(crate) fn answer(&self) -> Verdict {
        let found = self.findings();
        let ruling = found
            .inferred_first_deny()
            .or_else(|| found.inferred_guard_first())
            .unwrap_or_else(|| self.combine_or_rescue(&found));
        Verdict::new(ruling.outcome, ruling.layer, ruling.by, ruling.class, self.request)
    }

    fn combine_or_rescue(&self, found: &Findings) -> Ruling {
        match self.combine(found) {
            ruling if ruling.outcome != Outcome::Allow && self.rescues() => {
                Ruling::allows(Layer::Identity, Decider::Rule, Some(MatchClass::RootRescue))
            }
            ruling => ruling,
        }
    }

    fn combine(&self, found: &Findings) -> Ruling {
        match self.rule() {
            Rule::IdentityOnly => self.by_identity_only(found),
            Rule::OwnKey => self.of_own_key(found),
            Rule::OtherAccount => self.across_accounts(found),
            Rule::OwnResource => self.of_own_resource(found),
            Rule::Retirement => self.of_retirement(found),
            Rule::Unlocking => self.of_unlocking(found),
        }
    }

    /// The caller's account differs from the resource's. A caller without an account is never foreign.
    fn is_cross_account(&self) -> bool {
        let caller = self.request.principal.account();
        matches!((caller, self.request.resource_account), (Some(own), Some(owner)) if own != owner)
    }

    fn rule(&self) -> Rule {
        if self.is_by_unlocker() { Rule::Unlocking } else { self.rule_of_request() }
    }

    fn rule_of_request(&self) -> Rule {
        let kms = self.request.action.kms();
        match self.request.mode {
            Mode::Kms if kms == Some(KmsAction::RetireGrant) => Rule::Retirement,
            Mode::Kms if is_identity_only(self.request) => Rule::IdentityOnly,
            _ if self.is_cross_account() => Rule::OtherAccount,
            Mode::Kms | Mode::Trust => Rule::OwnKey,
            Mode::Generic => Rule::OwnResource,
        }
    }

    /// The policies that have a say, the others left out.
    pub(crate) fn having_a_say(&self) -> Policies<'_> {
        let has_resource = !matches!(self.rule_of_request(), Rule::IdentityOnly | Rule::Retirement);
        let asks_resource =
            has_resource && !self.inferred_unlocking_leaves_only_the_key_policy_aside(Layer::Resource);
        let policies = self.policies;
        Policies {
            resource: policies.resource.filter(|_| asks_resource),
            service_control: policies.service_control.filter(|control| self.is_bound_by_scp(control)),
            resource_control: policies.resource_control.filter(|c| has_resource && self.is_bound_by_rcp(c)),
            grants: policies.grants.filter(|_| asks_resource && self.request.mode == Mode::Kms),
            ..*policies
        }
    }

    /// Asks every layer that has a say.
    fn findings(&self) -> Findings {
        let asked = self.having_a_say();
        let one = |layer, policy| self.scan(layer, 0, std::slice::from_ref(policy));
        let has_session = !asked.session.is_empty();
        Findings {
            service_control: asked.service_control.map(|c| self.scan_levels(Layer::ServiceControl, &c)),
            resource_control: asked.resource_control.map(|c| self.scan_levels(Layer::ResourceControl, &c)),
            endpoint: asked.endpoint.map(|policy| one(Layer::Endpoint, policy)),
            resource: asked.resource.map(|policy| self.scan_resource(policy)).unwrap_or_default(),
            identity: self.scan(Layer::Identity, 0, asked.identity),
            boundary: asked.boundary.map(|policy| one(Layer::Boundary, policy)),
            session: has_session.then(|| self.scan(Layer::Session, 0, asked.session)),
        }
    }

    /// SCPs bind the principals of member accounts, root users included; not services, not service-linked roles.
    fn is_bound_by_scp(&self, control: &ControlPolicies<'_>) -> bool {
        let principal = self.request.principal;
        let account = principal.account();
        account.is_some() && account != control.management_account && !principal.is_service_linked()
    }

    /// RCPs bind every caller of a member account's resources, services included; not service-linked roles.
    fn is_bound_by_rcp(&self, control: &ControlPolicies<'_>) -> bool {
        let request = self.request;
        let owner = request.resource_account.or(request.principal.account());
        is_within_reach(request)
            && !request.principal.is_service_linked()
            && (owner.is_none() || owner != control.management_account)
    }

    /// No layer of the caller's own keeps it from what its identity side allows.
    fn limits(&self, found: &Findings) -> Limits {
        Limits {
            identity: found.identity.allow.is_some(),
            boundary: found.boundary.is_none_or(|boundary| boundary.allow.is_some()),
            session: match (found.session, &self.request.principal.identity) {
                (Some(session), _) => session.allow.is_some(),
                (None, identity) => inferred_identity_side_of(identity),
            },
            is_root: self.request.principal.is_root(),
        }
    }

    fn by_identity_only(&self, found: &Findings) -> Ruling {
        let is_unsigned = matches!(self.request.principal.identity, Identity::Unsigned { .. });
        if is_unsigned || self.is_cross_account() {
            return Ruling::refused_by_rule(Layer::Resource);
        }
        self.identity_side(found)
    }

    /// What the caller's own side says: identity policies within boundary and session policy. A root user has every right
    /// that no policy takes away.
    fn identity_side(&self, found: &Findings) -> Ruling {
        let limits = self.limits(found);
        match (found.identity.allow, limits.first_lacking()) {
            (_, Some(layer)) => Ruling::nothing_in(layer),
            (Some(at), None) => Ruling::statement(Layer::Identity, at, None),
            (None, None) => Ruling::allows(Layer::Identity, Decider::Rule, None),
        }
    }

    /// What the resource's policy opens within one account, if it opens anything.
    fn opened_by_resource(&self, found: &Findings) -> Option<Ruling> {
        let limits = self.limits(found);
        let unlimited = found.resource.unlimited.filter(|_| self.may_be_named() && limits.root_session());
        let limited = found.resource.limited.filter(|_| limits.boundary && limits.session);
        let (class, at) = unlimited.or(limited)?;
        Some(Ruling::statement(Layer::Resource, at, Some(class)))
    }

    /// The unsigned cannot reach KMS, nor assume a role without an identity provider's token, whatever a policy says.
    fn may_be_named(&self) -> bool {
        let Identity::Unsigned { provider } = &self.request.principal.identity else { return true };
        match self.request.mode {
            Mode::Kms => inferred_unsigned_reach_a_key(),
            Mode::Trust => provider.is_some(),
            Mode::Generic => true,
        }
    }

    fn of_own_key(&self, found: &Findings) -> Ruling {
        let limits = self.limits(found);
        let by_delegation = || {
            let (_, at) = found.resource.delegating.zip(found.identity.allow)?;
            limits.allow().then(|| Ruling::statement(Layer::Identity, at, Some(MatchClass::Account)))
        };
        let by_policies = self.opened_by_resource(found).or_else(by_delegation);
        inferred_policy_or_grant(by_policies, || self.by_grant(&limits))
            .unwrap_or_else(|| Ruling::nothing_in(inferred_layer_that_lacks(found, &limits)))
    }

    fn across_accounts(&self, found: &Findings) -> Ruling {
        if self.request.mode == Mode::Kms && !can_cross_accounts(self.request.action) {
            return Ruling::refused_by_rule(Layer::Resource);
        }
        let limits = self.limits(found);
        let by_policies = self.by_both_sides(found);
        if by_policies.outcome == Outcome::Allow {
            return by_policies;
        }
        self.inferred_cross_account_grant_no_iam(&limits).unwrap_or(by_policies)
    }

    /// Of grants AWS says that "a grant or IAM policy in your account" lets a caller use another account's key: so a grant
    /// does, and no identity policy is needed beside it.
    fn inferred_cross_account_grant_no_iam(&self, limits: &Limits) -> Option<Ruling> {
        self.by_grant(limits)
    }

    /// The resource's policy names the caller in any way, and the caller's own side allows: silence of either denies.
    fn by_both_sides(&self, found: &Findings) -> Ruling {
        let resource = &found.resource;
        let delegated = resource.delegating.map(|at| (MatchClass::Account, at));
        let Some((class, at)) = resource.unlimited.or(resource.limited).or(delegated) else {
            return Ruling::nothing_in(Layer::Resource);
        };
        match self.limits(found).first_lacking() {
            Some(layer) => Ruling::nothing_in(layer),
            None => Ruling::statement(Layer::Resource, at, Some(class)),
        }
    }

    fn of_own_resource(&self, found: &Findings) -> Ruling {
        self.opened_by_resource(found).unwrap_or_else(|| match &self.request.principal.identity {
            Identity::Service { .. } | Identity::Unsigned { .. } => Ruling::nothing_in(Layer::Resource),
            _ => match (self.identity_side(found), found.resource.limited) {
                (side, None) => side,
                (side, Some(_)) if side.outcome == Outcome::Allow => side,
                (_, Some(_)) => Ruling::nothing_in(inferred_layer_that_lacks(found, &self.limits(found))),
            },
        })
    }

    fn of_retirement(&self, found: &Findings) -> Ruling {
        self.retirement(&self.limits(found))
            .map_or_else(|| Ruling::nothing_in(Layer::Identity), Ruling::grant)
    }

    /// The task and nothing else. The session's own policies must allow, which are those of its task.
    fn of_unlocking(&self, found: &Findings) -> Ruling {
        if self.is_cross_account() {
            return Ruling::refused_by_rule(Layer::Resource);
        }
        match self.limits(found).first_lacking() {
            _ if !self.unlocks() => Ruling::nothing_in(Layer::Session),
            Some(layer) => Ruling::nothing_in(layer),
            None => Ruling::allows(Layer::Identity, Decider::Rule, Some(MatchClass::UnlockTask)),
        }
    }

    fn by_grant(&self, limits: &Limits) -> Option<Ruling> {
        self.usable_grant(limits).map(Ruling::grant)
    }
}

impl Ruling {
    fn grant(rule: GrantRule) -> Self {
        match rule {
            GrantRule::Grant(id, class) => Self::allows(Layer::Grant, Decider::Grant(id), Some(class)),
            GrantRule::IssuingAccount(id) => Self::allows(Layer::Grant, Decider::Grant(id), None),
        }
    }
}

impl Findings {
    /// Any Deny of any layer denies. The order decides only which is reported; AWS reports one and does not say which.
    fn inferred_first_deny(&self) -> Option<Ruling> {
        let deny = |found: &Option<Found>| found.and_then(|found| found.deny);
        let denies = [
            (Layer::ServiceControl, deny(&self.service_control)),
            (Layer::ResourceControl, deny(&self.resource_control)),
            (Layer::Endpoint, deny(&self.endpoint)),
            (Layer::Resource, self.resource.deny),
            (Layer::Identity, self.identity.deny),
            (Layer::Boundary, deny(&self.boundary)),
            (Layer::Session, deny(&self.session)),
        ];
        denies.into_iter().find_map(|(layer, at)| at.map(|at| Ruling::denies(layer, at)))
    }

    /// A guard that does not allow denies. An SCP that does not is reported as an explicit deny. That guards bind grants too,
    /// and are reported before a resource's policy that keeps silent, is not documented.
    fn inferred_guard_first(&self) -> Option<Ruling> {
        let is_silent = |found: &Option<Found>| found.is_some_and(|found| found.allow.is_none());
        if is_silent(&self.resource_control) {
            return Some(Ruling::nothing_in(Layer::ResourceControl));
        }
        if is_silent(&self.service_control) {
            let nothing = Ruling::nothing_in(Layer::ServiceControl);
            return Some(Ruling { outcome: Outcome::ExplicitDeny, ..nothing });
        }
        is_silent(&self.endpoint).then(|| Ruling::nothing_in(Layer::Endpoint))
    }
}

/// What stands behind a caller without a session policy: of a federated user nothing of the user who made the session. AWS
/// says so of its identity policies; that a key policy that names that user opens nothing either, it does not say.
fn inferred_identity_side_of(caller: &Identity) -> bool {
    !matches!(caller, Identity::FederatedUser { .. })
}

/// KMS takes signed requests only; that no key policy can open a key to the unsigned is not documented.
fn inferred_unsigned_reach_a_key() -> bool {
    false
}

/// A policy and a grant are each a way of its own to be allowed. For CreateGrant, where both have rules, AWS does not say so.
fn inferred_policy_or_grant(
    by_policies: Option<Ruling>,
    by_grant: impl FnOnce() -> Option<Ruling>,
) -> Option<Ruling> {
    by_policies.or_else(by_grant)
}

/// Which layer a denial within one account is put down to; AWS names one and does not say how it chooses.
fn inferred_layer_that_lacks(found: &Findings, limits: &Limits) -> Layer {
    if found.resource.limited.is_some() {
        return if limits.boundary { Layer::Session } else { Layer::Boundary };
    }
    match (found.resource.delegating, limits.first_lacking()) {
        (Some(_), Some(layer)) => layer,
        _ => Layer::Resource,
    }
}

/// Actions without a resource, and the side of the alias operations that acts on the alias, have no key policy to ask. An
/// action on a key asked on anything else has one: none is there, so it is denied.
fn is_identity_only(request: &Request<'_>) -> bool {
    let is_key = match request.resource {
        Resource::Named(arn) => arn.service() == "kms" && arn.resource().starts_with("key/"),
        Resource::Any => false,
    };
    match request.action {
        Action::Kms(action) => match action.facts().target {
            ActionTarget::Nothing => true,
            ActionTarget::KeyAndAlias => !is_key,
            // Tags given when a key is made need this permission before there is a key.
            ActionTarget::Key => *action == KmsAction::TagResource && request.resource == Resource::Any,
        },
        Action::Other(_) => !is_key,
    }
}

/// Whether a principal of another account can be allowed the action at all.
fn can_cross_accounts(action: &Action) -> bool {
    action.kms().is_some_and(|action| action.facts().cross_account)
}

#[cfg(test)]
mod tests;
