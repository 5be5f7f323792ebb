//! RemoveAccountFromOrganization: a member goes its own way.
//!
//! AWS asks that it can pay its own bills; there are none here.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, membership,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{RemoveAccountFromOrganizationError, RemoveAccountFromOrganizationRequest, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct RemoveAccountFromOrganization;

impl Operation for RemoveAccountFromOrganization {
    type Call = calls::RemoveAccountFromOrganization;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveAccountFromOrganizationRequest,
    ) -> Result<Answered<NoOutput>, RemoveAccountFromOrganizationError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:RemoveAccountFromOrganization",
            who: Who::Management,
            about: &[&input.account_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<RemoveAccountFromOrganizationError>(passage, &asked)?;
        let (account, member) = org.account::<RemoveAccountFromOrganizationError>(&input.account_id)?;
        let edits = membership::leave::<RemoveAccountFromOrganizationError>(&org, account, &member)?;
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
