//! GetUser: one user; without a name, the caller.
//!
//! AWS: the root user, asked about itself, is shown as a user whose id is the account's number, without name and path.

use crate::{moment, names, target::Target, user};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{self, GetUserError, GetUserRequest, GetUserResponse, calls},
};
use gatekey_policy::Context;
use gatekey_types::{Arn, Partition};

/// The handler.
pub(crate) struct GetUser;

impl Operation for GetUser {
    type Call = calls::GetUser;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetUserRequest,
    ) -> Result<Answered<GetUserResponse>, GetUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let Some(name) = names::user_or_caller(passage, input.user_name.as_ref()) else {
            return root(passage);
        };
        let target = Target::<UserRecord>::named(passage, &name);
        let allowed = target.authorize(passage, "iam:GetUser", target.context())?;
        let user = target.found::<GetUserError>()?;
        Ok(passage.answer(&allowed, GetUserResponse { user: user::shown(user) }))
    }
}

/// Without a name: the root user sees itself; a session has no user.
fn root(passage: &mut Passage<'_>) -> Result<Answered<GetUserResponse>, GetUserError> {
    let account = passage.account();
    if !passage.caller().principal.is_root() {
        return Err(crate::fault::invalid("Must specify userName when calling with non-User credentials"));
    }
    let arn = Arn::of_parts(Partition::Aws, "iam", "", account, &"root");
    let allowed = passage
        .authorize_other("iam:GetUser", On::resource(&arn), Context::new())
        .map_err(CommonError::from)?;
    let created = passage.snapshot().directory.account(account).map(|kept| kept.record.created);
    let user = iam::User {
        user_id: account.to_string(),
        arn: arn.to_string(),
        create_date: moment(created.unwrap_or(passage.now())),
        path: String::new(),
        user_name: String::new(),
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    };
    Ok(passage.answer(&allowed, GetUserResponse { user }))
}
