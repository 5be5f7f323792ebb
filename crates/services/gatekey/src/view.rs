//! How much of a decision a reader may see.

use gatekey_directory::{Caller, ControlKind};
use gatekey_gate::{Explained, Passage};
use gatekey_policy::{Identity, KmsAction, Layer};
use gatekey_types::UniqueId;

/// How much of a decision a reader may see. Which layer decided is always told; so is what the client of the request read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// The policy and the grants of the resource, and what describes it.
    pub(crate) resource: bool,
    /// The service and the resource control policies.
    pub(crate) controls: bool,
    /// Who else of the account may do something.
    pub(crate) others: bool,
}

impl View {
    /// For a reader who may see all that is the account's: of what belongs to another account, nothing.
    pub(crate) fn whole(passage: &Passage<'_>, explained: &Explained) -> Self {
        let account = passage.account();
        Self {
            resource: explained.owner.is_none_or(|owner| owner == account),
            controls: manages(passage),
            others: true,
        }
    }

    /// For the caller of the request: its own policies, and the key's if it may read that.
    pub(crate) fn own(passage: &Passage<'_>, explained: &Explained) -> Self {
        let own = explained.owner.is_none_or(|owner| owner == passage.account());
        let resource = match &explained.key {
            Some(key) => own && passage.may_with_key(KmsAction::GetKeyPolicy, key),
            None => false,
        };
        Self { resource, controls: false, others: false }
    }

    /// Whether what a layer says may be shown.
    pub(crate) fn shows(self, layer: Layer) -> bool {
        match layer {
            Layer::ServiceControl | Layer::ResourceControl => self.controls,
            Layer::Resource | Layer::Grant => self.resource,
            Layer::Endpoint | Layer::Identity | Layer::Boundary | Layer::Session => true,
        }
    }

    /// Whether the names of a layer's policies may be shown: those of service control policies are in denials, too.
    pub(crate) fn names(self, layer: Layer) -> bool {
        self.shows(layer) || (self.others && layer == Layer::ServiceControl)
    }
}

/// Whether the reader's account manages an organization, whose control policies are its own.
fn manages(passage: &Passage<'_>) -> bool {
    let organizations = &passage.snapshot().directory.organizations;
    let controls = organizations.controls(passage.account(), ControlKind::ServiceControl);
    controls.is_some_and(|controls| controls.management == passage.account())
}

/// Whether two callers are one: the same user, the same session of the same role, not just somebody of the same name.
pub(crate) fn is_same(one: &Caller, other: &Caller) -> bool {
    let known = one.arn().is_some() && one.arn() == other.arn();
    known && one.account == other.account && unique_id(one) == unique_id(other)
}

fn unique_id(caller: &Caller) -> Option<&UniqueId> {
    match &caller.principal.identity {
        Identity::User { id, .. } => id.as_ref(),
        Identity::RoleSession { role_id, .. } => role_id.as_ref(),
        Identity::FederatedUser { parent_id, .. } => parent_id.as_ref(),
        Identity::Root { .. } | Identity::Service { .. } | Identity::Unsigned { .. } => None,
    }
}
