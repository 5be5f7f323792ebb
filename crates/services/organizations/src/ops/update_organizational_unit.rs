//! UpdateOrganizationalUnit: another name; id, place, policies and accounts stay.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown, unit,
};
use gatekey_directory::UnitTable;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    UpdateOrganizationalUnitError, UpdateOrganizationalUnitRequest, UpdateOrganizationalUnitResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct UpdateOrganizationalUnit;

impl Operation for UpdateOrganizationalUnit {
    type Call = calls::UpdateOrganizationalUnit;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateOrganizationalUnitRequest,
    ) -> Result<Answered<UpdateOrganizationalUnitResponse>, UpdateOrganizationalUnitError> {
        let id = input.organizational_unit_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:UpdateOrganizationalUnit",
            who: Who::Management,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<UpdateOrganizationalUnitError>(passage, &asked)?;
        let unit = unit::find::<UpdateOrganizationalUnitError>(&org, id)?;
        let mut record = unit.record.clone();
        if let Some(name) = &input.name {
            unit::unique::<UpdateOrganizationalUnitError>(&org, &record.parent, name, Some(id))?;
            record.name.clone_from(name);
        }
        let edits = vec![unit.update::<UnitTable>(&org.key(id), &record), org.update(org.record())];
        let answer =
            UpdateOrganizationalUnitResponse { organizational_unit: Some(shown::unit(&org, id, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}
