//! ListAccountAliases: the account's alias; there is one at most.

use crate::{names, page::Page};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{ListAccountAliasesError, ListAccountAliasesRequest, ListAccountAliasesResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListAccountAliases;

impl Operation for ListAccountAliases {
    type Call = calls::ListAccountAliases;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAccountAliasesRequest,
    ) -> Result<Answered<ListAccountAliasesResponse>, ListAccountAliasesError> {
        passage.draft().set_parameters(&names::camel(input));
        let allowed = passage
            .authorize_other("iam:ListAccountAliases", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let settings = passage.snapshot().directory.settings(passage.account());
        let all = settings.record.alias.iter().cloned();
        let page = Page::take::<ListAccountAliasesError>(
            all,
            String::clone,
            input.marker.as_ref(),
            input.max_items,
        )?;
        let answer = ListAccountAliasesResponse {
            account_aliases: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
