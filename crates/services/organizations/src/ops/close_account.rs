//! CloseAccount: nobody acts in the account any more, with whatever credentials; what is in it remains.
//!
//! AWS closes an account in the background; here it is closed when the answer comes.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    fault::constraint,
};
use gatekey_directory::{MemberRecord, MemberTable};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        AccountAlreadyClosedException, CloseAccountError, CloseAccountRequest,
        ConstraintViolationExceptionReason, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CloseAccount;

impl Operation for CloseAccount {
    type Call = calls::CloseAccount;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CloseAccountRequest,
    ) -> Result<Answered<NoOutput>, CloseAccountError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:CloseAccount",
            who: Who::Management,
            about: &[&input.account_id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<CloseAccountError>(passage, &asked)?;
        let (account, member) = org.account::<CloseAccountError>(&input.account_id)?;
        if account == org.management() {
            let text = "You can't close the management account.";
            return Err(constraint(ConstraintViolationExceptionReason::CannotCloseManagementAccount, text));
        }
        if member.record.suspended {
            return Err(AccountAlreadyClosedException::new("The account is already closed.").into());
        }
        let record = MemberRecord { suspended: true, ..member.record.clone() };
        let edits = vec![member.update::<MemberTable>(&account, &record)];
        event::commit(passage, &allowed, edits, NoOutput {}).await
    }
}
