//! DescribeAccount: a member.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DescribeAccountError, DescribeAccountRequest, DescribeAccountResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeAccount;

impl Operation for DescribeAccount {
    type Call = calls::DescribeAccount;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeAccountRequest,
    ) -> Result<Answered<DescribeAccountResponse>, DescribeAccountError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DescribeAccount",
            who: Who::Readers,
            about: &[&input.account_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribeAccountError>(passage, &asked)?;
        let (account, member) = org.account::<DescribeAccountError>(&input.account_id)?;
        let shown = shown::account(&org, account, &member.record);
        Ok(passage.answer(&allowed, DescribeAccountResponse { account: Some(shown) }))
    }
}
