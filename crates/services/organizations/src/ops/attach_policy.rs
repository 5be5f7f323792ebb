//! AttachPolicy: a policy binds a root, a unit or an account from now on.
//!
//! AWS: the type must be enabled; a target has at most ten service control policies and five resource control policies.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    fault::constraint,
};
use gatekey_directory::{ControlKind, ControlPolicyTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        AttachPolicyError, AttachPolicyRequest, ConstraintViolationExceptionReason,
        DuplicatePolicyAttachmentException, PolicyTypeNotEnabledException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct AttachPolicy;

impl Operation for AttachPolicy {
    type Call = calls::AttachPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AttachPolicyRequest,
    ) -> Result<Answered<NoOutput>, AttachPolicyError> {
        let (policy_id, target_id) = (input.policy_id.as_str(), input.target_id.as_str());
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:AttachPolicy",
            who: Who::Delegates,
            about: &[policy_id, target_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<AttachPolicyError>(passage, &asked)?;
        let policy = org.policy::<AttachPolicyError>(policy_id)?;
        let target = org.target::<AttachPolicyError>(target_id)?;
        let kind = policy.record.kind;
        if !org.record().policy_types.contains(&kind) {
            let text = "This operation can be performed only for enabled policy types.";
            return Err(PolicyTypeNotEnabledException::new(text).into());
        }
        if policy.record.targets.contains(target_id) {
            let text = "The selected policy is already attached to the specified target.";
            return Err(DuplicatePolicyAttachmentException::new(text).into());
        }
        if org.attached(kind, target_id).count() >= most(kind) {
            let text = "You have attached the maximum number of policies to the specified target.";
            let reason = ConstraintViolationExceptionReason::MaxPolicyTypeAttachmentLimitExceeded;
            return Err(constraint(reason, text));
        }
        let mut record = policy.record.clone();
        record.targets.insert(target_id.to_owned());
        let edits =
            vec![policy.update::<ControlPolicyTable>(&org.key(policy_id), &record), target.touch(&org)];
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}

/// Policies of a type on one target. AWS doubled those of service control in May 2026.
fn most(kind: ControlKind) -> usize {
    match kind {
        ControlKind::ServiceControl => 10,
        ControlKind::ResourceControl => 5,
    }
}
