//! DescribeOrganizationalUnit: a unit.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown, unit,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    DescribeOrganizationalUnitError, DescribeOrganizationalUnitRequest, DescribeOrganizationalUnitResponse,
    calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeOrganizationalUnit;

impl Operation for DescribeOrganizationalUnit {
    type Call = calls::DescribeOrganizationalUnit;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeOrganizationalUnitRequest,
    ) -> Result<Answered<DescribeOrganizationalUnitResponse>, DescribeOrganizationalUnitError> {
        let id = input.organizational_unit_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DescribeOrganizationalUnit",
            who: Who::Readers,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DescribeOrganizationalUnitError>(passage, &asked)?;
        let unit = unit::find::<DescribeOrganizationalUnitError>(&org, id)?;
        let shown = shown::unit(&org, id, &unit.record);
        Ok(passage.answer(&allowed, DescribeOrganizationalUnitResponse { organizational_unit: Some(shown) }))
    }
}
