//! Denials in AWS's own words.

use crate::request::{Attachment, Mode, Policies, Request};
use crate::scan::{Assume, Question};
use crate::verdict::{Decider, Layer, Outcome, StatementRef, Verdict};
use std::fmt::Display;

/// What a denied request is said to have been about, where the caller may not learn whether it exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Veiled {
    Resource,
    Ciphertext,
}

/// The rest of every text that does not tell whether the resource exists.
const VEIL: &str = "because the resource does not exist in this Region, no resource-based policies allow access, or a \
                    resource-based policy explicitly denies access";

impl Verdict {
    /// What the client reads if the request is denied. It never says more than AWS does: one layer, and of another account's
    /// resource not even whether it exists.
    pub fn message(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        match self.is_denied_by_other_side(request) {
            true => self.veiled(request, Veiled::Resource),
            false => self.told(request, policies),
        }
    }

    /// The same for a Decrypt without a KeyId: where AWS does not tell the key, it speaks of the ciphertext.
    pub fn message_about_ciphertext(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        match self.is_denied_by_other_side(request) {
            true => self.veiled(request, Veiled::Ciphertext),
            false => self.told(request, policies),
        }
    }

    /// As [`Verdict::message`], for a server that also has what does not exist to answer for: where another account's
    /// resource does not open to the caller, a denial by the caller's own side is no different from that for a resource that
    /// is not there.
    pub fn guarded_message(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        match self.is_veiled(request, policies) {
            true => self.veiled(request, Veiled::Resource),
            false => self.told(request, policies),
        }
    }

    /// As [`Verdict::guarded_message`], for a Decrypt without a KeyId.
    pub fn guarded_message_about_ciphertext(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        match self.is_veiled(request, policies) {
            true => self.veiled(request, Veiled::Ciphertext),
            false => self.told(request, policies),
        }
    }

    /// As [`Verdict::guarded_message`], about a resource as the request named it: where its ARN is known only from what
    /// exists, the ARN would tell.
    pub fn guarded_message_naming(
        &self,
        request: &Request<'_>,
        policies: &Policies<'_>,
        resource: &dyn Display,
    ) -> String {
        match self.is_veiled(request, policies) {
            true => self.veiled(request, Veiled::Resource),
            false => self.told_of(request, policies, resource),
        }
    }

    fn veiled(&self, request: &Request<'_>, veiled: Veiled) -> String {
        let object = match veiled {
            Veiled::Resource => "this resource",
            Veiled::Ciphertext => "the resource associated with this ciphertext",
        };
        format!("{} on {object} {VEIL}", start(request))
    }

    fn told(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        self.told_of(request, policies, &request.resource.text())
    }

    fn told_of(&self, request: &Request<'_>, policies: &Policies<'_>, resource: &dyn Display) -> String {
        format!("{} on resource: {resource} {}", start(request), self.reason(request, policies))
    }

    /// Whether another account's side denied: then existence is not revealed.
    fn is_denied_by_other_side(&self, request: &Request<'_>) -> bool {
        is_foreign(request) && matches!(self.layer, Layer::Resource | Layer::ResourceControl)
    }

    /// Whether nothing of another account's resource may be told, not even that it exists: its own side denies, or does
    /// not open it to the caller, whatever the caller's own side says.
    pub fn is_veiled(&self, request: &Request<'_>, policies: &Policies<'_>) -> bool {
        let is_closed = || request.mode != Mode::Generic && !policies.opens(request);
        self.is_denied_by_other_side(request) || (is_foreign(request) && is_closed())
    }

    fn reason(&self, request: &Request<'_>, policies: &Policies<'_>) -> String {
        match self.outcome {
            Outcome::Allow => String::new(),
            Outcome::ImplicitDeny => {
                let policy = inferred_name_of_the_silent(self.layer);
                format!("because no {policy} allows the {} action", request.action)
            }
            Outcome::ExplicitDeny => {
                let article = if matches!(self.layer, Layer::Identity) { "an" } else { "a" };
                let policy = policy_type(self.layer);
                format!("with an explicit deny in {article} {policy}{}", self.managed_policy(policies))
            }
        }
    }

    /// `: ARN` of the managed policy that denies.
    fn managed_policy(&self, policies: &Policies<'_>) -> String {
        match self.by {
            Decider::Statement(at) => match policies.attachment(at) {
                Some(attachment) if attachment.managed => format!(": {}", attachment.name),
                _ => String::new(),
            },
            _ => String::new(),
        }
    }
}

fn start(request: &Request<'_>) -> String {
    let caller = request.principal.display_name();
    format!("User: {caller} is not authorized to perform: {}", request.action)
}

fn is_foreign(request: &Request<'_>) -> bool {
    request.principal.account().zip(request.resource_account).is_some_and(|(own, owner)| own != owner)
}

/// How the policy that keeps silent is called. AWS's list of texts has none for a resource control policy, which cannot keep
/// silent there, since the one that allows everything cannot be detached: it is worded as the others.
fn inferred_name_of_the_silent(layer: Layer) -> &'static str {
    policy_type(layer)
}

fn policy_type(layer: Layer) -> &'static str {
    match layer {
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Resource | Layer::Grant => "resource-based policy",
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

impl<'a> Policies<'a> {
    /// Whether the resource's own policy lets the caller in by any name.
    fn opens(&self, request: &Request<'_>) -> bool {
        let question = Question { request, policies: self, assume: Assume::Against };
        self.resource.map(|policy| question.scan_resource(policy)).is_some_and(|found| {
            let by_name = found.unlimited.is_some() || found.limited.is_some();
            found.deny.is_none() && (by_name || found.delegating.is_some())
        })
    }

    /// The attached policy that a statement stands in; the resource's own is not attached.
    pub fn attachment(&self, at: StatementRef) -> Option<&'a Attachment> {
        let (level, index) = (usize::from(at.level), usize::from(at.policy));
        let in_levels = |control: Option<crate::ControlPolicies<'a>>| control?.levels.get(level)?.get(index);
        match at.layer {
            Layer::ServiceControl => in_levels(self.service_control),
            Layer::ResourceControl => in_levels(self.resource_control),
            Layer::Endpoint => self.endpoint,
            Layer::Identity => self.identity.get(index),
            Layer::Boundary => self.boundary,
            Layer::Session => self.session.get(index),
            Layer::Resource | Layer::Grant => None,
        }
    }

    /// The policy that a statement stands in.
    pub fn policy(&self, at: StatementRef) -> Option<&'a crate::Policy> {
        match at.layer {
            Layer::Resource => self.resource,
            _ => self.attachment(at).map(|attachment| &*attachment.policy),
        }
    }

    /// A statement.
    pub fn statement(&self, at: StatementRef) -> Option<&'a crate::Statement> {
        self.policy(at)?.statements().get(usize::from(at.statement))
    }
}
