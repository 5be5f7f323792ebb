//! ListCreateAccountStatus: the requests to make accounts, those of the states asked for.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListCreateAccountStatusError, ListCreateAccountStatusRequest, ListCreateAccountStatusResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListCreateAccountStatus;

impl Operation for ListCreateAccountStatus {
    type Call = calls::ListCreateAccountStatus;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListCreateAccountStatusRequest,
    ) -> Result<Answered<ListCreateAccountStatusResponse>, ListCreateAccountStatusError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListCreateAccountStatus",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListCreateAccountStatusError>(passage, &asked)?;
        let all = org.all.creations(&org.id).filter(|(_, creation)| {
            input.states.as_ref().is_none_or(|states| states.contains(&shown::state(&creation.record)))
        });
        let page = Page::take::<ListCreateAccountStatusError>(
            all,
            |(id, _)| (*id).to_owned(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let create_account_statuses =
            page.items.iter().map(|(id, creation)| shown::creation(id, &creation.record)).collect();
        let answer = ListCreateAccountStatusResponse {
            create_account_statuses: Some(create_account_statuses),
            next_token: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
