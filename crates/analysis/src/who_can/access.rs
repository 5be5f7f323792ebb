//! What one caller can do, and by what.

use crate::world::{Inquiry, On};
use gatekey_policy::{
    Action, Context, Decider, Grant, KmsAction, Layer, MatchClass, Partial, Residue, Verdict, decide_at_best,
    decide_partially,
};
use gatekey_types::GrantId;

/// Whether someone can do something.
#[derive(Clone, PartialEq, Debug)]
pub enum Access {
    /// Whatever the request carries.
    Always(Through),
    /// On conditions.
    If {
        /// By what, where the conditions are met in the way that is easiest.
        through: Through,
        /// What must hold: any of the ways, and none of the exceptions.
        residue: Residue,
    },
    /// Never, whatever the request carries.
    Never(Why),
}

/// By what someone can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Through {
    /// The layer that allows: the key policy, an identity policy to which the key policy leaves it, a grant.
    pub layer: Layer,
    /// By which of the caller's names.
    pub class: Option<MatchClass>,
    /// The statement or the grant.
    pub by: Decider,
}

/// What keeps someone from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Why {
    /// The layer that denies, or that does not allow.
    pub layer: Layer,
    /// The statement that denies.
    pub by: Decider,
    /// Whether a statement denies, and not only none allows.
    pub is_explicit: bool,
}

impl Access {
    /// Whether there may be a request that is allowed.
    pub fn is_possible(&self) -> bool {
        !matches!(self, Self::Never(_))
    }

    /// Whether every request is allowed.
    pub fn is_always(&self) -> bool {
        matches!(self, Self::Always(_))
    }

    /// What is left over, where something is.
    pub fn residue(&self) -> Option<&Residue> {
        match self {
            Self::If { residue, .. } => Some(residue),
            _ => None,
        }
    }

    /// By what, where it is possible.
    pub fn through(&self) -> Option<&Through> {
        match self {
            Self::Always(through) | Self::If { through, .. } => Some(through),
            Self::Never(_) => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Always(_) => 2,
            Self::If { .. } => 1,
            Self::Never(_) => 0,
        }
    }

    /// Either of two ways.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::If { through, mut residue }, Self::If { residue: more, .. })
                if residue.unless == more.unless =>
            {
                residue.ways.extend(
                    more.ways.into_iter().filter(|way| !residue.ways.contains(way)).collect::<Vec<_>>(),
                );
                residue.is_complete &= more.is_complete;
                Self::If { through, residue }
            }
            (one, other) if other.rank() > one.rank() => other,
            (one, _) => one,
        }
    }
}

impl From<&Verdict> for Through {
    fn from(verdict: &Verdict) -> Self {
        Self { layer: verdict.layer, class: verdict.class, by: verdict.by }
    }
}

impl From<&Verdict> for Why {
    fn from(verdict: &Verdict) -> Self {
        let is_explicit = verdict.outcome == gatekey_policy::Outcome::ExplicitDeny;
        Self { layer: verdict.layer, by: verdict.by, is_explicit }
    }
}

/// Decides with all open that a request may carry.
pub(crate) fn decide(inquiry: &Inquiry<'_>) -> Access {
    decide_in(inquiry, &inquiry.open_context())
}

/// The same, with a context that was made before.
pub(crate) fn decide_in(inquiry: &Inquiry<'_>, context: &Context<'_>) -> Access {
    let (cases, _) = grant_cases(*inquiry);
    let all = cases.iter().map(|case| decide_once(case, context));
    all.reduce(Access::or).unwrap_or_else(|| decide_once(inquiry, context))
}

/// The question itself, and for those who may make or retire grants by a grant once more for each grant that is meant; and
/// whether those are all.
pub(crate) fn grant_cases(inquiry: Inquiry<'_>) -> (Vec<Inquiry<'_>>, bool) {
    let (On::Key(key), Action::Kms(action)) = (inquiry.on, inquiry.action) else {
        return (vec![inquiry], true);
    };
    if !matches!(action, KmsAction::CreateGrant | KmsAction::RetireGrant) {
        return (vec![inquiry], true);
    }
    let of_use = |grant: &&std::sync::Arc<Grant>| is_of_use(grant, *action);
    let mut of_grants = key.grants.iter().filter(of_use);
    let cases = of_grants.by_ref().take(MOST_GRANTS).map(|grant| match action {
        // What is as strict as the grant itself can be made by it, if anything can.
        KmsAction::CreateGrant => Inquiry { new_grant: Some(&grant.terms), ..inquiry },
        _ => Inquiry { retiring: Some(grant), ..inquiry },
    });
    let cases = std::iter::once(inquiry).chain(cases).collect();
    (cases, of_grants.next().is_none())
}

/// More grants than this are not looked at one by one, for those who may make or retire some of them.
pub(crate) const MOST_GRANTS: usize = 1_000;

fn is_of_use(grant: &Grant, action: KmsAction) -> bool {
    action == KmsAction::RetireGrant || grant.terms.operations.contains(KmsAction::CreateGrant)
}

fn decide_once(inquiry: &Inquiry<'_>, context: &Context<'_>) -> Access {
    inquiry.ask(context, |request, policies| match decide_partially(request, policies) {
        Partial::Allowed(verdict) => Access::Always(Through::from(&verdict)),
        Partial::Denied(verdict) => Access::Never(Why::from(&verdict)),
        Partial::AllowedIf(residue) => {
            Access::If { through: Through::from(&decide_at_best(request, policies)), residue }
        }
    })
}

impl Through {
    /// The grant that lets.
    pub fn grant(&self) -> Option<GrantId> {
        match self.by {
            Decider::Grant(id) => Some(id),
            _ => None,
        }
    }
}
