//! RegisterDelegatedAdministrator: a member administers a service; it may read about the organization.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_directory::MemberTable;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        AccountAlreadyRegisteredException, RegisterDelegatedAdministratorError,
        RegisterDelegatedAdministratorRequest, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct RegisterDelegatedAdministrator;

impl Operation for RegisterDelegatedAdministrator {
    type Call = calls::RegisterDelegatedAdministrator;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RegisterDelegatedAdministratorRequest,
    ) -> Result<Answered<NoOutput>, RegisterDelegatedAdministratorError> {
        event::note(passage, input);
        let service = input.service_principal.as_str();
        let mut context = Context::new();
        context.set("organizations:ServicePrincipal", service);
        let asked = Asked {
            action: "organizations:RegisterDelegatedAdministrator",
            who: Who::Management,
            about: &[&input.account_id],
            context,
        };
        let Entry { allowed, org } = enter::<RegisterDelegatedAdministratorError>(passage, &asked)?;
        delegation::all_features::<RegisterDelegatedAdministratorError>(&org)?;
        delegation::service::<RegisterDelegatedAdministratorError>(service)?;
        let (account, member) = org.account::<RegisterDelegatedAdministratorError>(&input.account_id)?;
        delegation::may_administer::<RegisterDelegatedAdministratorError>(
            &org,
            account,
            &member.record,
            service,
        )?;
        let mut record = org.record().clone();
        let services = record.delegated.entry(account).or_default();
        if services.insert(service.to_owned(), passage.now()).is_some() {
            let text = "The provided account is already a delegated administrator for your organization.";
            return Err(AccountAlreadyRegisteredException::new(text).into());
        }
        // Whoever takes the account out meanwhile conflicts.
        let edits = vec![org.update(&record), member.touch::<MemberTable>(&account)];
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
