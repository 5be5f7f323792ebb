//! DescribeOrganization: the caller's organization; any member may ask.

use crate::{
    entry::{Asked, Entry, Who, enter},
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoInput,
    organizations::{DescribeOrganizationError, DescribeOrganizationResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeOrganization;

impl Operation for DescribeOrganization {
    type Call = calls::DescribeOrganization;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<DescribeOrganizationResponse>, DescribeOrganizationError> {
        let asked = Asked {
            action: "organizations:DescribeOrganization",
            who: Who::Members,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribeOrganizationError>(passage, &asked)?;
        let management = org.member(org.management());
        let email = management.map(|member| member.record.email.as_str()).unwrap_or_default();
        let shown = shown::organization(&org.id, org.record(), email);
        Ok(passage.answer(&allowed, DescribeOrganizationResponse { organization: Some(shown) }))
    }
}
