//! ListDelegatedAdministrators: the members that administer a service, or any.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListDelegatedAdministratorsError, ListDelegatedAdministratorsRequest,
    ListDelegatedAdministratorsResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListDelegatedAdministrators;

impl Operation for ListDelegatedAdministrators {
    type Call = calls::ListDelegatedAdministrators;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListDelegatedAdministratorsRequest,
    ) -> Result<Answered<ListDelegatedAdministratorsResponse>, ListDelegatedAdministratorsError> {
        let service = input.service_principal.as_ref();
        let mut context = Context::new();
        if let Some(service) = service {
            context.set("organizations:ServicePrincipal", service.as_str());
        }
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListDelegatedAdministrators",
            who: Who::Readers,
            about: &[],
            context,
        };
        let Entry { allowed, org } = enter::<ListDelegatedAdministratorsError>(passage, &asked)?;
        let all = org.record().delegated.iter().filter_map(|(account, services)| {
            let since = match service {
                Some(service) => services.get(service),
                None => services.values().min(),
            };
            Some((*account, org.member(*account)?, *since?))
        });
        let page = Page::take::<ListDelegatedAdministratorsError>(
            all,
            |(account, ..)| account.to_string(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let delegated_administrators = page
            .items
            .iter()
            .map(|(account, member, since)| {
                delegation::administrator(&org, *account, &member.record, Some(*since))
            })
            .collect();
        let answer = ListDelegatedAdministratorsResponse {
            delegated_administrators: Some(delegated_administrators),
            next_token: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
