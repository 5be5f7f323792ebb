//! DescribeResourcePolicy: what other accounts than the management account may do in the organization.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoInput,
    organizations::{DescribeResourcePolicyError, DescribeResourcePolicyResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeResourcePolicy;

impl Operation for DescribeResourcePolicy {
    type Call = calls::DescribeResourcePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<DescribeResourcePolicyResponse>, DescribeResourcePolicyError> {
        let asked = Asked {
            action: "organizations:DescribeResourcePolicy",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribeResourcePolicyError>(passage, &asked)?;
        let policy = delegation::policy::<DescribeResourcePolicyError>(&org)?;
        let content = passage.show_policy(&delegation::compiled(policy));
        let shown = shown::resource_policy(&org, policy, content);
        Ok(passage.answer(&allowed, DescribeResourcePolicyResponse { resource_policy: Some(shown) }))
    }
}
