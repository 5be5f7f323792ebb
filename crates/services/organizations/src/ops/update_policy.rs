//! UpdatePolicy: another name, description or document; a new document binds at once.

use crate::{
    document,
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_directory::{ControlPolicyRecord, ControlPolicyTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DuplicatePolicyException, UpdatePolicyError, UpdatePolicyRequest, UpdatePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct UpdatePolicy;

impl Operation for UpdatePolicy {
    type Call = calls::UpdatePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdatePolicyRequest,
    ) -> Result<Answered<UpdatePolicyResponse>, UpdatePolicyError> {
        let id = input.policy_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:UpdatePolicy",
            who: Who::Delegates,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<UpdatePolicyError>(passage, &asked)?;
        let policy = org.own_policy::<UpdatePolicyError>(id)?;
        let mut record = policy.record.clone();
        if let Some(content) = &input.content {
            document::control::<UpdatePolicyError>(passage, record.kind, content)?;
            record.document.clone_from(content);
        }
        if let Some(name) = &input.name {
            let same = |(other, policy): (&str, &ControlPolicyRecord)| {
                other != id && policy.kind == record.kind && policy.name == *name
            };
            if org.all.policies(&org.id).any(|(other, kept)| same((other, &kept.record))) {
                let text = "A policy with the specified name and type already exists.";
                return Err(DuplicatePolicyException::new(text).into());
            }
            record.name.clone_from(name);
        }
        if let Some(description) = &input.description {
            record.description.clone_from(description);
        }
        let mut edits = vec![policy.update::<ControlPolicyTable>(&org.key(id), &record)];
        if input.name.is_some() {
            // Of two policies that take one name only one gets it.
            edits.push(org.update(org.record()));
        }
        let answer = UpdatePolicyResponse { policy: Some(shown::policy(&org, id, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}
