//! DeregisterDelegatedAdministrator: a member administers a service no longer.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{DeregisterDelegatedAdministratorError, DeregisterDelegatedAdministratorRequest, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeregisterDelegatedAdministrator;

impl Operation for DeregisterDelegatedAdministrator {
    type Call = calls::DeregisterDelegatedAdministrator;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeregisterDelegatedAdministratorRequest,
    ) -> Result<Answered<NoOutput>, DeregisterDelegatedAdministratorError> {
        event::note(passage, input);
        let service = input.service_principal.as_str();
        let mut context = Context::new();
        context.set("organizations:ServicePrincipal", service);
        let asked = Asked {
            action: "organizations:DeregisterDelegatedAdministrator",
            who: Who::Management,
            about: &[&input.account_id],
            context,
        };
        let Entry { allowed, org } = enter::<DeregisterDelegatedAdministratorError>(passage, &asked)?;
        delegation::service::<DeregisterDelegatedAdministratorError>(service)?;
        let (account, _) = org.account::<DeregisterDelegatedAdministratorError>(&input.account_id)?;
        let mut record = org.record().clone();
        let removed = record.delegated.get_mut(&account).and_then(|services| services.remove(service));
        if removed.is_none() {
            return Err(delegation::not_registered());
        }
        record.delegated.retain(|_, services| !services.is_empty());
        event::commit(passage, &allowed, vec![org.update(&record)], NoOutput {}).await
    }
}
