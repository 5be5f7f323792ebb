//! ListAccountsForParent: the accounts right below the root or a unit.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListAccountsForParentError, ListAccountsForParentRequest, ListAccountsForParentResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListAccountsForParent;

impl Operation for ListAccountsForParent {
    type Call = calls::ListAccountsForParent;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAccountsForParentRequest,
    ) -> Result<Answered<ListAccountsForParentResponse>, ListAccountsForParentError> {
        let parent = input.parent_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListAccountsForParent",
            who: Who::Readers,
            about: &[parent],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListAccountsForParentError>(passage, &asked)?;
        org.parent::<ListAccountsForParentError>(parent)?;

        let all = org.accounts_of(parent);
        let page = Page::take::<ListAccountsForParentError>(
            all,
            |(account, _)| account.to_string(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let accounts = shown::accounts(&org, &page.items);
        let answer = ListAccountsForParentResponse { accounts: Some(accounts), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
