//! How accounts leave an organization.

use crate::{fault::constraint, org::Org};
use gatekey_directory::{Kept, MemberRecord, MemberTable};
use gatekey_model::organizations::{
    ConstraintViolationException, ConstraintViolationExceptionReason, MasterCannotLeaveOrganizationException,
};
use gatekey_store::table::Edit;
use gatekey_types::AccountId;
use std::sync::Arc;

/// What takes an account out of its organization. It remains, with all that is in it, on its own.
///
/// # Errors
/// The management account cannot leave, nor can a delegated administrator or a closed account.
pub(crate) fn leave<E>(
    org: &Org,
    account: AccountId,
    member: &Arc<Kept<MemberRecord>>,
) -> Result<Vec<Edit>, E>
where
    E: From<ConstraintViolationException> + From<MasterCannotLeaveOrganizationException>,
{
    if account == org.management() {
        let text = "You can't remove the management account from the organization.";
        return Err(MasterCannotLeaveOrganizationException::new(text).into());
    }
    if org.record().delegated.contains_key(&account) {
        let text = "You can't remove an account from the organization while it is a delegated administrator.";
        let reason = ConstraintViolationExceptionReason::CannotRemoveDelegatedAdministratorFromOrg;
        return Err(constraint(reason, text));
    }
    if member.record.suspended {
        let text = "You can't remove a closed account from the organization.";
        return Err(constraint(ConstraintViolationExceptionReason::AccountCannotLeaveOrganization, text));
    }
    let mut edits = vec![member.delete::<MemberTable>(&account)];
    edits.extend(org.all.forsake(&org.id, account.as_str()));
    Ok(edits)
}
