//! CreateUser: a new user, without credentials and without policies.
//!
//! AWS: names are unique in an account without regard to case; `Tags` need `iam:TagUser` too; a permissions boundary must
//! exist.

use crate::{
    fault::exists,
    moment, names, quota, tag,
    user::{self, KIND},
};
use gatekey_directory::{Header, Permissions, UserRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{self, CreateUserError, CreateUserRequest, CreateUserResponse, calls},
};
use gatekey_policy::Context;
use std::collections::BTreeSet;

/// The handler.
pub(crate) struct CreateUser;

impl Operation for CreateUser {
    type Call = calls::CreateUser;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateUserRequest,
    ) -> Result<Answered<CreateUserResponse>, CreateUserError> {
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        passage.draft().set_parameters(&names::camel(input));
        let arn = arn_of::<UserRecord>(account, path, &input.user_name);
        let tags = tag::parse::<CreateUserError>(input.tags.as_ref())?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        if let Some(boundary) = &input.permissions_boundary {
            context.set("iam:PermissionsBoundary", boundary.as_str());
        }
        passage.draft().touch_resource(KIND, account, &arn);
        let on = On::resource(&arn);
        let allowed =
            passage.authorize_other("iam:CreateUser", on, context.clone()).map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagUser", on, context).map_err(CommonError::from)?;
        }
        if passage.snapshot().directory.users.get(account, &input.user_name).is_some() {
            return Err(exists("User", &input.user_name));
        }
        quota::has_room::<UserRecord, CreateUserError>(passage)?;
        let boundary = names::boundary::<CreateUserError>(passage, input.permissions_boundary.as_deref())?;
        let mut header = Header::new::<UserRecord>(&input.user_name, path, passage.now(), passage.entropy());
        header.tags = tags;
        let permissions =
            Permissions { boundary: boundary.as_ref().map(|b| b.arn.clone()), ..Permissions::default() };
        let record = UserRecord {
            header,
            permissions,
            groups: BTreeSet::new(),
            login: None,
            password_last_used: None,
        };
        let shown = iam::User {
            path: path.to_owned(),
            user_name: input.user_name.clone(),
            user_id: record.header.id.to_string(),
            arn: arn.to_string(),
            create_date: moment(record.header.created),
            password_last_used: None,
            permissions_boundary: user::boundary(&record.permissions),
            tags: tag::shown(&record.header.tags),
        };
        let mut edits = vec![insert(account, &record)];
        edits.extend(boundary.and_then(|boundary| boundary.touch));
        let answer = CreateUserResponse { user: Some(shown) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
