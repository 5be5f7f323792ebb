//! The naive second evaluator of AWS's authorization model.
//!
//! It is an independent reading of the rules, here so that the real evaluator can be compared with it. It walks one case (its form is in
//! `conformance/policy/README.md`) as JSON, compiles nothing, keeps nothing, and is meant to be read in one sitting, in this order:
//! `query` (who asks for what, and the context that follows), `pattern` and `condition` (does a text match), `statement` (does a statement
//! match, and by which name of the caller), `grant`, and `layers` (the verdict).

mod condition;
mod grant;
mod layers;
mod operand;
mod pattern;
mod query;
mod statement;

pub use layers::evaluate;

/// What is decided, as a case's `expect` words it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The request may go on.
    Allow,
    /// Nothing allows it.
    ImplicitDeny,
    /// Something denies it, or a service control policy fails to allow it, which AWS reports alike.
    ExplicitDeny,
}

impl Decision {
    /// The word of a case: `allow`, `implicit-deny` or `explicit-deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ImplicitDeny => "implicit-deny",
            Self::ExplicitDeny => "explicit-deny",
        }
    }
}

/// The kind of policy that decides or fails to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer {
    /// Service control policies of the caller's account.
    Scp,
    /// Resource control policies of the resource's account.
    Rcp,
    /// The policy of the VPC endpoint that the request travels through.
    Endpoint,
    /// The key policy, or another resource's.
    Resource,
    /// The caller's own policies.
    Identity,
    /// The permissions boundary of the user or role.
    Boundary,
    /// Policies passed when the session was made.
    Session,
    /// A grant on the key; it only allows.
    Grant,
}

impl Layer {
    /// The word of a case, and of the message with which AWS names this kind of policy.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Scp => ("scp", "service control policy"),
            Self::Rcp => ("rcp", "resource control policy"),
            Self::Endpoint => ("endpoint", "VPC endpoint policy"),
            Self::Resource => ("resource-based", "resource-based policy"),
            Self::Identity => ("identity-based", "identity-based policy"),
            Self::Boundary => ("permissions-boundary", "permissions boundary"),
            Self::Session => ("session", "session policy"),
            Self::Grant => ("grant", "grant"),
        }
    }

    /// The word of a case.
    pub fn as_str(self) -> &'static str {
        self.words().0
    }
}

/// The verdict on one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What is decided.
    pub decision: Decision,
    /// What opened the way, or the one layer that is blamed for the denial.
    pub layer: Layer,
    /// The message of the denial; empty for an allow.
    pub message: String,
}
