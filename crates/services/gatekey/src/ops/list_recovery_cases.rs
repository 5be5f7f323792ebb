//! ListRecoveryCases: the recoveries of the account's keys, and of those for which the caller holds a share; the newest first.

use crate::{
    page::{Page, Wanted},
    recovery,
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{ListRecoveryCasesError, ListRecoveryCasesRequest, ListRecoveryCasesResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListRecoveryCases;

impl Operation for ListRecoveryCases {
    type Call = calls::ListRecoveryCases;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRecoveryCasesRequest,
    ) -> Result<Answered<ListRecoveryCasesResponse>, ListRecoveryCasesError> {
        let allowed = passage
            .authorize_other("gatekey:ListRecoveryCases", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let recoveries = &passage.snapshot().recoveries;
        let accounts = recovery::known_accounts(passage);
        let of = |account| recoveries.cases_of(account).map(move |(id, kept)| (account, id, kept));
        let mut all: Vec<_> = accounts.into_iter().flat_map(of).collect();
        all.sort_by_key(|(_, _, kept)| core::cmp::Reverse(kept.record.opened));
        let page = Page::take::<ListRecoveryCasesError>(
            all.into_iter(),
            Wanted { limit: input.limit, marker: input.marker.as_deref() },
        )?;
        let shown = page.items.iter();
        let shown = shown.map(|(account, id, kept)| recovery::shown(passage, *account, id, &kept.record));
        let answer = ListRecoveryCasesResponse {
            cases: Some(shown.collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
