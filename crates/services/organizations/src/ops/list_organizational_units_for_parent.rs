//! ListOrganizationalUnitsForParent: the units right below the root or a unit.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListOrganizationalUnitsForParentError, ListOrganizationalUnitsForParentRequest,
    ListOrganizationalUnitsForParentResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListOrganizationalUnitsForParent;

impl Operation for ListOrganizationalUnitsForParent {
    type Call = calls::ListOrganizationalUnitsForParent;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListOrganizationalUnitsForParentRequest,
    ) -> Result<Answered<ListOrganizationalUnitsForParentResponse>, ListOrganizationalUnitsForParentError>
    {
        let parent = input.parent_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListOrganizationalUnitsForParent",
            who: Who::Readers,
            about: &[parent],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListOrganizationalUnitsForParentError>(passage, &asked)?;
        org.parent::<ListOrganizationalUnitsForParentError>(parent)?;

        let all = org.units_of(parent);
        let page = Page::take::<ListOrganizationalUnitsForParentError>(
            all,
            |(id, _)| (*id).to_owned(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let organizational_units =
            page.items.iter().map(|(id, unit)| shown::unit(&org, id, &unit.record)).collect();
        let answer = ListOrganizationalUnitsForParentResponse {
            organizational_units: Some(organizational_units),
            next_token: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
