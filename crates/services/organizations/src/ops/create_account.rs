//! CreateAccount: a new account on this server, right below the root.
//!
//! It gets the role by which the management account gets into it, and no other credentials. AWS does this in the
//! background and tells of failures in the status alone; here all is done when the answer comes.

use crate::{
    creation::{self, USUAL_ROLE, Wanted},
    entry::{Asked, Entry, Who, enter_with_tags},
    event,
    fault::{constraint, invalid_input},
    shown, tag,
};
use gatekey_directory::CreationTable;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ConstraintViolationExceptionReason, CreateAccountError, CreateAccountRequest, CreateAccountResponse,
    InvalidInputExceptionReason, calls,
};
use gatekey_policy::Context;
use gatekey_store::table::Edit;

/// The handler.
pub(crate) struct CreateAccount;

impl Operation for CreateAccount {
    type Call = calls::CreateAccount;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateAccountRequest,
    ) -> Result<Answered<CreateAccountResponse>, CreateAccountError> {
        event::note(passage, input);
        let tags = tag::parse::<CreateAccountError>(input.tags.as_ref())?;
        let asked = Asked {
            action: "organizations:CreateAccount",
            who: Who::Management,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter_with_tags::<CreateAccountError>(passage, asked, &tags)?;
        let role = input.role_name.as_deref().unwrap_or(USUAL_ROLE);
        if !role.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) || role.is_empty() {
            let text = "You provided a role name that isn't valid.";
            return Err(invalid_input(InvalidInputExceptionReason::InvalidRoleName, text));
        }
        if org.all.members(&org.id).count() >= MOST {
            let text = "You have exceeded the allowed number of AWS accounts.";
            return Err(constraint(ConstraintViolationExceptionReason::AccountNumberLimitExceeded, text));
        }
        let wanted = Wanted { name: input.account_name.expose(), email: input.email.expose(), role, tags };
        let (record, mut edits) = wanted.edits(passage, &org);
        let id = creation::new_id(passage);
        edits.push(Edit::insert::<CreationTable>(&org.key(&id), &record));
        let answer = CreateAccountResponse { create_account_status: Some(shown::creation(&id, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}

/// Accounts in one organization.
const MOST: usize = 10_000;
