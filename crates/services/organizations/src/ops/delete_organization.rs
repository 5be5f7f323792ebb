//! DeleteOrganization: the accounts of an organization go their own way.
//!
//! AWS: it must have no other account, no unit and no policy of its own.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_directory::{ControlPolicyTable, CreationTable, MemberTable, OrganizationTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoInput, NoOutput,
    organizations::{DeleteOrganizationError, OrganizationNotEmptyException, calls},
};
use gatekey_policy::Context;
use gatekey_store::table::Edit;

/// The handler.
pub(crate) struct DeleteOrganization;

impl Operation for DeleteOrganization {
    type Call = calls::DeleteOrganization;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<NoOutput>, DeleteOrganizationError> {
        let asked = Asked {
            action: "organizations:DeleteOrganization",
            who: Who::Management,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<DeleteOrganizationError>(passage, &asked)?;
        let own_policies = org.all.policies(&org.id).filter(|(_, policy)| !policy.record.aws_managed);
        if org.all.members(&org.id).count() > 1
            || org.all.units(&org.id).next().is_some()
            || own_policies.count() > 0
        {
            let text = "To delete an organization, you must first remove all accounts except the management \
                        account, delete all OUs, and delete all policies.";
            return Err(OrganizationNotEmptyException::new(text).into());
        }
        let id = org.id.as_str();
        let policies = org.all.policies(id).map(|(p, kept)| kept.delete::<ControlPolicyTable>(&org.key(p)));
        let members = org.all.members(id).map(|(account, kept)| kept.delete::<MemberTable>(&account));
        let creations = org.all.creations(id).map(|(c, kept)| kept.delete::<CreationTable>(&org.key(c)));
        let mut edits: Vec<Edit> = policies.chain(members).chain(creations).collect();
        edits.push(org.kept.delete::<OrganizationTable>(&org.id));
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
