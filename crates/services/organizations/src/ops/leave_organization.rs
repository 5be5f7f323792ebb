//! LeaveOrganization: a member goes its own way.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    fault::no_account,
    membership,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoInput, NoOutput,
    organizations::{LeaveOrganizationError, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct LeaveOrganization;

impl Operation for LeaveOrganization {
    type Call = calls::LeaveOrganization;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<NoOutput>, LeaveOrganizationError> {
        let asked = Asked {
            action: "organizations:LeaveOrganization",
            who: Who::Members,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<LeaveOrganizationError>(passage, &asked)?;
        let account = passage.account();
        let member = org.member(account).cloned().ok_or_else(no_account::<LeaveOrganizationError>)?;
        let edits = membership::leave::<LeaveOrganizationError>(&org, account, &member)?;
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
