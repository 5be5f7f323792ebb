//! DescribeCreateAccountStatus: what came of a request to make an account.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    CreateAccountStatusNotFoundException, DescribeCreateAccountStatusError,
    DescribeCreateAccountStatusRequest, DescribeCreateAccountStatusResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeCreateAccountStatus;

impl Operation for DescribeCreateAccountStatus {
    type Call = calls::DescribeCreateAccountStatus;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeCreateAccountStatusRequest,
    ) -> Result<Answered<DescribeCreateAccountStatusResponse>, DescribeCreateAccountStatusError> {
        let id = input.create_account_request_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DescribeCreateAccountStatus",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribeCreateAccountStatusError>(passage, &asked)?;
        let missing = || {
            let text =
                "We can't find an create account request with the CreateAccountRequestId that you specified.";
            CreateAccountStatusNotFoundException::new(text)
        };
        let creation = org.all.creation(&org.id, id).ok_or_else(missing)?;
        let shown = shown::creation(id, &creation.record);
        let answer = DescribeCreateAccountStatusResponse { create_account_status: Some(shown) };
        Ok(passage.answer(&allowed, answer))
    }
}
