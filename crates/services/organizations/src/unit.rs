//! Organizational units: finding them, and their names.

use crate::org::Org;
use gatekey_directory::{Kept, UnitRecord};
use gatekey_model::organizations::{
    DuplicateOrganizationalUnitException, OrganizationalUnitNotFoundException,
};
use std::sync::Arc;

/// The unit that a request names.
///
/// # Errors
/// OrganizationalUnitNotFoundException
pub(crate) fn find<E: From<OrganizationalUnitNotFoundException>>(
    org: &Org,
    id: &str,
) -> Result<Arc<Kept<UnitRecord>>, E> {
    let text = "You specified an organizational unit that doesn't exist.";
    let missing = || OrganizationalUnitNotFoundException::new(text).into();
    org.all.unit(&org.id, id).cloned().ok_or_else(missing)
}

/// Insists that no unit but this one has the name below the parent.
///
/// # Errors
/// DuplicateOrganizationalUnitException
pub(crate) fn unique<E: From<DuplicateOrganizationalUnitException>>(
    org: &Org,
    parent: &str,
    name: &str,
    but: Option<&str>,
) -> Result<(), E> {
    let taken = org.units_of(parent).any(|(id, unit)| unit.record.name == name && Some(id) != but);
    if taken {
        return Err(
            DuplicateOrganizationalUnitException::new("An OU with the same name already exists.").into()
        );
    }
    Ok(())
}
