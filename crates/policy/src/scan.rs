//! What the policies of each layer say to a request, before anything is combined.

use crate::action::Action;
use crate::facts::Facts;
use crate::glob::Glob;
use crate::named::Classes;
use crate::policy::{Effect, Policy, ResourceBlock, ResourcePattern, Statement};
use crate::request::{Attachment, ControlPolicies, Policies, Request};
use crate::template::{Filled, as_pieces};
use crate::truth::Truth;
use crate::verdict::{Decider, Layer, MatchClass, StatementRef};

/// What to take for true where the context leaves a statement open.
#[derive(Clone, Copy)]
pub(crate) enum Assume<'a> {
    /// The worst for the caller: an Allow does not apply, a Deny does.
    Against,
    /// The best for the caller.
    InFavour,
    /// Whether each applies is said.
    Told(&'a dyn Fn(Decider, Effect) -> bool),
}

impl Assume<'_> {
    pub(crate) fn applies(self, truth: Truth, effect: Effect, what: Decider) -> bool {
        match (truth, self) {
            (Truth::True, _) => true,
            (Truth::False, _) => false,
            (Truth::Unknown, Self::Against) => effect == Effect::Deny,
            (Truth::Unknown, Self::InFavour) => effect == Effect::Allow,
            (Truth::Unknown, Self::Told(applies)) => applies(what, effect),
        }
    }
}

/// One request with everything that has a say, ready to be asked.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) policies: &'a Policies<'a>,
    pub(crate) assume: Assume<'a>,
}

/// What one layer says.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Found {
    pub(crate) deny: Option<StatementRef>,
    pub(crate) allow: Option<StatementRef>,
}

/// What the resource's policy says: its Allow statements by what else they need.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct FoundInResource {
    pub(crate) deny: Option<StatementRef>,
    /// Needs nothing more.
    pub(crate) unlimited: Option<(MatchClass, StatementRef)>,
    /// Needs that boundary and session policy allow.
    pub(crate) limited: Option<(MatchClass, StatementRef)>,
    /// Needs an identity policy, within boundary and session policy.
    pub(crate) delegating: Option<StatementRef>,
}

impl<'a> Question<'a> {
    pub(crate) fn facts(&self, layer: Layer) -> Facts<'a> {
        Facts::of_layer(self.request, layer)
    }

    /// Everything attached at one place: any Deny denies, any Allow allows.
    pub(crate) fn scan(&self, layer: Layer, level: usize, attached: &[Attachment]) -> Found {
        let mut found = Found::default();
        for (index, attachment) in attached.iter().enumerate() {
            let place = place(layer, level, index);
            self.each_applying(&attachment.policy, place, &mut |at, statement, _| match statement.effect {
                Effect::Deny => found.deny = found.deny.or(Some(at)),
                Effect::Allow => found.allow = found.allow.or(Some(at)),
            });
        }
        found
    }

    /// Control policies: every level must allow.
    pub(crate) fn scan_levels(&self, layer: Layer, control: &ControlPolicies<'_>) -> Found {
        let mut whole = Found { deny: None, allow: Some(place(layer, 0, 0)) };
        for (index, level) in control.levels.iter().enumerate() {
            let found = self.scan(layer, index, level);
            whole.deny = whole.deny.or(found.deny);
            whole.allow = whole.allow.and(found.allow);
        }
        whole
    }

    /// The resource's own policy.
    pub(crate) fn scan_resource(&self, policy: &Policy) -> FoundInResource {
        let mut found = FoundInResource::default();
        self.each_applying(policy, place(Layer::Resource, 0, 0), &mut |at, statement, classes| {
            if statement.effect == Effect::Deny {
                found.deny = found.deny.or(Some(at));
                return;
            }
            let with = |class| (class, at);
            found.unlimited = found.unlimited.or(classes.first_in(Classes::UNLIMITED).map(with));
            found.limited = found.limited.or(classes.first_in(Classes::LIMITED).map(with));
            found.delegating = found.delegating.or(classes.first_in(Classes::DELEGATING).map(|_| at));
        });
        found
    }

    /// Gives each statement that applies to the request.
    pub(crate) fn each_applying(
        &self,
        policy: &Policy,
        place: StatementRef,
        visit: &mut dyn FnMut(StatementRef, &Statement, Classes),
    ) {
        if let Action::Kms(action) = self.request.action
            && policy.kms_bits() & action.bit() == 0
        {
            return;
        }
        let facts = self.facts(place.layer);
        for (index, statement) in policy.statements().iter().enumerate() {
            if !statement.names_action(self.request.action) {
                continue;
            }
            let at = StatementRef { statement: small(index), ..place };
            let classes = self.whom(statement);
            if classes.is_empty() {
                continue;
            }
            let truth = statement.is_about(self.request, policy, &facts);
            if self.assume.applies(truth, statement.effect, Decider::Statement(at)) {
                visit(at, statement, classes);
            }
        }
    }

    /// By which names the statement means the caller; of a Deny or a statement without principals only whether it does.
    pub(crate) fn whom(&self, statement: &Statement) -> Classes {
        let caller = self.request.principal;
        let mut everyone = Classes::default();
        everyone.add(MatchClass::Wildcard);
        match (&statement.principal, statement.effect) {
            _ if statement.is_damaged => everyone,
            (None, _) => everyone,
            (Some(block), Effect::Allow) => block.allows(caller),
            (Some(block), Effect::Deny) if block.denies(caller, self.policies.boundary.is_some()) => everyone,
            (Some(_), Effect::Deny) => Classes::default(),
        }
    }
}

impl Statement {
    /// Whether it is about the action; a damaged one is about every action.
    fn names_action(&self, action: &Action) -> bool {
        self.is_damaged || self.action.as_ref().is_some_and(|block| block.contains(action))
    }

    /// Whether the statement is about this request, whoever makes it.
    pub(crate) fn is_about(&self, request: &Request<'_>, policy: &Policy, facts: &Facts<'_>) -> Truth {
        if self.is_damaged {
            return Truth::from(self.effect == Effect::Deny);
        }
        if !self.names_action(request.action) {
            return Truth::False;
        }
        let resource = self.covers(request, policy, facts);
        if resource == Truth::False {
            return Truth::False;
        }
        resource.and(Truth::all(self.conditions.iter().map(|condition| condition.holds(self.effect, facts))))
    }

    /// Whether the resource is one that the statement names. A trust policy names none: it is its role's.
    pub(crate) fn covers(&self, request: &Request<'_>, policy: &Policy, facts: &Facts<'_>) -> Truth {
        match &self.resource {
            Some(block) => block.inferred_covers(request.resource.text(), facts),
            None => Truth::from(policy.kind() == crate::Kind::Trust),
        }
    }
}

impl ResourceBlock {
    /// Resources are compared with case, the hexadecimal digits of a key's id too, and in a key policy as elsewhere: it means
    /// its key by `*` or by an ARN that matches the key's. Neither is documented.
    fn inferred_covers(&self, resource: &str, facts: &Facts<'_>) -> Truth {
        let any = Truth::any(self.compiled().iter().map(|pattern| pattern.covers(resource, facts)));
        any.negated_if(self.negated)
    }
}

/// What can be said of a statement without a request.
impl Statement {
    /// Whether whoever asks is meant: everybody is, or nobody is named, as in identity policies.
    pub fn means_everybody(&self) -> bool {
        let everyone = |block: &crate::PrincipalBlock| {
            !block.negated && block.elements.iter().any(|element| element.named == crate::Named::Everyone)
        };
        self.principal.as_ref().is_none_or(everyone)
    }

    /// Whether it is about every resource, whatever the request carries.
    pub fn covers_everything(&self) -> bool {
        let everything = |block: &ResourceBlock| {
            !block.negated && block.compiled().iter().any(|one| matches!(one, ResourcePattern::Everything))
        };
        self.resource.as_ref().is_some_and(everything)
    }

    /// Whether there may be a request for this action on a resource of this name in which it has a say, whoever makes it.
    pub fn may_be_about(&self, action: &Action, resource: &str) -> bool {
        self.is_damaged || (self.names_action(action) && self.may_cover(resource))
    }

    /// Whether there may be a request in which it is about a resource of this name, which may itself have wildcards.
    pub fn may_cover(&self, resource: &str) -> bool {
        let is_open = resource.contains(['*', '?', '$']);
        let covers = |pattern: &ResourcePattern| match pattern {
            ResourcePattern::Everything => Truth::True,
            ResourcePattern::Glob(glob) if !is_open => glob.matches(resource).into(),
            ResourcePattern::Glob(_) | ResourcePattern::Template(_) => Truth::Unknown,
        };
        let any = |block: &ResourceBlock| {
            Truth::any(block.compiled().iter().map(covers)).negated_if(block.negated) != Truth::False
        };
        self.resource.as_ref().is_none_or(any)
    }
}

impl Policy {
    /// Whether there may be a request for this action on a resource of this name in which it has a say, whoever makes it.
    pub fn may_be_about(&self, action: &Action, resource: &str) -> bool {
        let names_action = match action {
            Action::Kms(known) => self.kms_bits() & known.bit() != 0,
            Action::Other(_) => true,
        };
        names_action && self.statements().iter().any(|statement| statement.may_be_about(action, resource))
    }
}

impl ResourcePattern {
    fn covers(&self, resource: &str, facts: &Facts<'_>) -> Truth {
        match self {
            Self::Everything => Truth::True,
            Self::Glob(glob) => glob.matches(resource).into(),
            Self::Template(template) => match template.fill(&|key| facts.variable(key)) {
                Filled::Parts(parts) => Glob::of_pieces(as_pieces(&parts)).matches(resource).into(),
                Filled::Nothing => Truth::False,
                Filled::Unknown => Truth::Unknown,
            },
        }
    }
}

pub(crate) fn place(layer: Layer, level: usize, policy: usize) -> StatementRef {
    StatementRef { layer, level: small(level), policy: small(policy), statement: 0 }
}

fn small(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}
