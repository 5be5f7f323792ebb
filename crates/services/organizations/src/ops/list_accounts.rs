//! ListAccounts: every member, by number.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{ListAccountsError, ListAccountsRequest, ListAccountsResponse, calls};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListAccounts;

impl Operation for ListAccounts {
    type Call = calls::ListAccounts;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAccountsRequest,
    ) -> Result<Answered<ListAccountsResponse>, ListAccountsError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListAccounts",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListAccountsError>(passage, &asked)?;
        let all = org.all.members(&org.id);
        let page = Page::take::<ListAccountsError>(
            all,
            |(account, _)| account.to_string(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let accounts = shown::accounts(&org, &page.items);
        let answer = ListAccountsResponse { accounts: Some(accounts), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
