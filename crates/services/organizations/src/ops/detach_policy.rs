//! DetachPolicy: a policy binds a root, a unit or an account no longer.
//!
//! AWS: a target keeps at least one service control policy, and always `RCPFullAWSAccess`.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    fault::{constraint, invalid_input},
};
use gatekey_directory::{ControlKind, ControlPolicyTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        ConstraintViolationExceptionReason, DetachPolicyError, DetachPolicyRequest,
        InvalidInputExceptionReason, PolicyNotAttachedException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DetachPolicy;

impl Operation for DetachPolicy {
    type Call = calls::DetachPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DetachPolicyRequest,
    ) -> Result<Answered<NoOutput>, DetachPolicyError> {
        let (policy_id, target_id) = (input.policy_id.as_str(), input.target_id.as_str());
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DetachPolicy",
            who: Who::Delegates,
            about: &[policy_id, target_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DetachPolicyError>(passage, &asked)?;
        let policy = org.policy::<DetachPolicyError>(policy_id)?;
        let target = org.target::<DetachPolicyError>(target_id)?;
        if !policy.record.targets.contains(target_id) {
            let text = "The policy isn't attached to the specified target in the specified root.";
            return Err(PolicyNotAttachedException::new(text).into());
        }
        match policy.record.kind {
            ControlKind::ResourceControl if policy.record.aws_managed => {
                let text = "You can't detach the RCPFullAWSAccess policy.";
                return Err(invalid_input(InvalidInputExceptionReason::NonDetachablePolicy, text));
            }
            kind @ ControlKind::ServiceControl if org.attached(kind, target_id).count() < 2 => {
                let text = "You cannot remove the last policy attached to the specified target. \
                            You must have at least one attached at all times.";
                let reason = ConstraintViolationExceptionReason::MinPolicyTypeAttachmentLimitExceeded;
                return Err(constraint(reason, text));
            }
            _ => {}
        }
        let mut record = policy.record.clone();
        record.targets.remove(target_id);
        let edits =
            vec![policy.update::<ControlPolicyTable>(&org.key(policy_id), &record), target.touch(&org)];
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
