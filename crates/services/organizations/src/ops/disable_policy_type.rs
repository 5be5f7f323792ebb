//! DisablePolicyType: policies of the type bind no longer.
//!
//! AWS: they are detached from everything; when the type is enabled again, AWS's own is attached to everything.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    resource::all_targets,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DisablePolicyTypeError, DisablePolicyTypeRequest, DisablePolicyTypeResponse,
    PolicyTypeNotEnabledException, calls,
};
use gatekey_policy::Context;
use std::collections::BTreeSet;

/// The handler.
pub(crate) struct DisablePolicyType;

impl Operation for DisablePolicyType {
    type Call = calls::DisablePolicyType;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DisablePolicyTypeRequest,
    ) -> Result<Answered<DisablePolicyTypeResponse>, DisablePolicyTypeError> {
        event::note(passage, input);
        let mut context = Context::new();
        context.set("organizations:PolicyType", input.policy_type.as_str());
        let asked = Asked {
            action: "organizations:DisablePolicyType",
            who: Who::Delegates,
            about: &[&input.root_id],
            context,
        };
        let Entry { allowed, org } = enter::<DisablePolicyTypeError>(passage, &asked)?;
        org.named_root::<DisablePolicyTypeError>(&input.root_id)?;
        let kind = shown::control_kind(input.policy_type);
        let mut record = org.record().clone();
        let Some(kind) = kind.filter(|kind| record.policy_types.remove(kind)) else {
            let text = "This operation can be performed only for enabled policy types.";
            return Err(PolicyTypeNotEnabledException::new(text).into());
        };
        let everything = all_targets(&org);
        let mut edits = vec![org.update(&record)];
        edits.extend(org.all.retarget(&org.id, |policy| {
            let targets = if policy.aws_managed { everything.clone() } else { BTreeSet::new() };
            let changes = policy.kind == kind && policy.targets != targets;
            if changes {
                policy.targets = targets;
            }
            changes
        }));
        let answer = DisablePolicyTypeResponse { root: Some(shown::root(&org, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}
