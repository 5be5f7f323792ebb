//! DeletePolicy: a policy that is attached to nothing.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_directory::ControlPolicyTable;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{DeletePolicyError, DeletePolicyRequest, PolicyInUseException, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeletePolicy;

impl Operation for DeletePolicy {
    type Call = calls::DeletePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeletePolicyRequest,
    ) -> Result<Answered<NoOutput>, DeletePolicyError> {
        let id = input.policy_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DeletePolicy",
            who: Who::Delegates,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DeletePolicyError>(passage, &asked)?;
        let policy = org.own_policy::<DeletePolicyError>(id)?;
        if !policy.record.targets.is_empty() {
            let text = "The policy is attached to one or more entities. You must detach it from all roots, OUs, \
                        and accounts before performing this operation.";
            return Err(PolicyInUseException::new(text).into());
        }
        let edits = vec![policy.delete::<ControlPolicyTable>(&org.key(id))];
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
