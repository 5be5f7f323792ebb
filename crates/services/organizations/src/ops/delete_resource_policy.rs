//! DeleteResourcePolicy: only the management account may do anything in the organization from now on.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoInput, NoOutput,
    organizations::{DeleteResourcePolicyError, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    type Call = calls::DeleteResourcePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<NoOutput>, DeleteResourcePolicyError> {
        let asked = Asked {
            action: "organizations:DeleteResourcePolicy",
            who: Who::Management,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DeleteResourcePolicyError>(passage, &asked)?;
        delegation::policy::<DeleteResourcePolicyError>(&org)?;
        let mut record = org.record().clone();
        record.resource_policy = None;
        event::commit(passage, &allowed, vec![org.update(&record)], NoOutput {}).await
    }
}
