//! DeleteOrganizationalUnit: a unit that nothing is below.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, unit,
};
use gatekey_directory::UnitTable;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        DeleteOrganizationalUnitError, DeleteOrganizationalUnitRequest, OrganizationalUnitNotEmptyException,
        calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeleteOrganizationalUnit;

impl Operation for DeleteOrganizationalUnit {
    type Call = calls::DeleteOrganizationalUnit;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteOrganizationalUnitRequest,
    ) -> Result<Answered<NoOutput>, DeleteOrganizationalUnitError> {
        let id = input.organizational_unit_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:DeleteOrganizationalUnit",
            who: Who::Management,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DeleteOrganizationalUnitError>(passage, &asked)?;
        let unit = unit::find::<DeleteOrganizationalUnitError>(&org, id)?;
        if org.units_of(id).next().is_some() || org.accounts_of(id).next().is_some() {
            let text = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove \
                        all child OUs, and try the operation again.";
            return Err(OrganizationalUnitNotEmptyException::new(text).into());
        }
        let mut edits = vec![unit.delete::<UnitTable>(&org.key(id))];
        edits.extend(org.all.forsake(&org.id, id));
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
