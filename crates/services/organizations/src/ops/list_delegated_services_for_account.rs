//! ListDelegatedServicesForAccount: the services that a member administers.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event, moment,
    page::Page,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DelegatedService, ListDelegatedServicesForAccountError, ListDelegatedServicesForAccountRequest,
    ListDelegatedServicesForAccountResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListDelegatedServicesForAccount;

impl Operation for ListDelegatedServicesForAccount {
    type Call = calls::ListDelegatedServicesForAccount;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListDelegatedServicesForAccountRequest,
    ) -> Result<Answered<ListDelegatedServicesForAccountResponse>, ListDelegatedServicesForAccountError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListDelegatedServicesForAccount",
            who: Who::Readers,
            about: &[&input.account_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListDelegatedServicesForAccountError>(passage, &asked)?;
        let (account, _) = org.account::<ListDelegatedServicesForAccountError>(&input.account_id)?;
        let services = delegation::registered::<ListDelegatedServicesForAccountError>(&org, account)?;

        let all = services.iter();
        let page = Page::take::<ListDelegatedServicesForAccountError>(
            all,
            |(service, _)| (*service).clone(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let delegated_services = page
            .items
            .iter()
            .map(|(service, since)| DelegatedService {
                service_principal: Some((*service).clone()),
                delegation_enabled_date: Some(moment(**since)),
            })
            .collect();
        let answer = ListDelegatedServicesForAccountResponse {
            delegated_services: Some(delegated_services),
            next_token: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
