//! DescribePolicy: a policy and its document.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DescribePolicyError, DescribePolicyRequest, DescribePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribePolicy;

impl Operation for DescribePolicy {
    type Call = calls::DescribePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribePolicyRequest,
    ) -> Result<Answered<DescribePolicyResponse>, DescribePolicyError> {
        let id = input.policy_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DescribePolicy",
            who: Who::Readers,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribePolicyError>(passage, &asked)?;
        let policy = org.policy::<DescribePolicyError>(id)?;
        let shown = shown::policy(&org, id, &policy.record);
        Ok(passage.answer(&allowed, DescribePolicyResponse { policy: Some(shown) }))
    }
}
