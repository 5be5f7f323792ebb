//! MoveAccount: an account below another parent; the policies there bind it from now on.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_directory::{MemberRecord, MemberTable, UnitTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        DestinationParentNotFoundException, DuplicateAccountException, MoveAccountError, MoveAccountRequest,
        SourceParentNotFoundException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct MoveAccount;

impl Operation for MoveAccount {
    type Call = calls::MoveAccount;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &MoveAccountRequest,
    ) -> Result<Answered<NoOutput>, MoveAccountError> {
        event::note(passage, input);
        let MoveAccountRequest { account_id, source_parent_id: source, destination_parent_id: destination } =
            input;
        let asked = Asked {
            action: "organizations:MoveAccount",
            who: Who::Management,
            about: &[account_id, source, destination],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<MoveAccountError>(passage, &asked)?;
        let (account, member) = org.account::<MoveAccountError>(account_id)?;
        if !org.is_parent(source) || member.record.parent != *source {
            let text = "We can't find a source root or OU with the ParentId that you specified.";
            return Err(SourceParentNotFoundException::new(text).into());
        }
        if !org.is_parent(destination) {
            let text = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
            return Err(DestinationParentNotFoundException::new(text).into());
        }
        if source == destination {
            let text = "That account is already present in the specified destination.";
            return Err(DuplicateAccountException::new(text).into());
        }
        let record = MemberRecord { parent: destination.clone(), ..member.record.clone() };
        let mut edits = vec![member.update::<MemberTable>(&account, &record)];
        let unit = org.all.unit(&org.id, destination);
        edits.extend(unit.map(|unit| unit.touch::<UnitTable>(&org.key(destination))));
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
