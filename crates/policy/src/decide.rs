//! The decision.

use crate::{Decider, Layer, Outcome, Policies, Request, Verdict};

/// Decides. Total and pure.
pub fn decide(request: &Request<'_>, policies: &Policies<'_>) -> Verdict {
    let _ = (request, policies);
    Verdict::denied(Outcome::ImplicitDeny, Layer::Resource, Decider::Nothing)
}
