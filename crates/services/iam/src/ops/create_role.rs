//! CreateRole: a new role, without policies.
//!
//! AWS: names are unique in an account without regard to case; whom the trust policy names must exist and is pinned to a
//! unique id; `Tags` need `iam:TagRole` too; sessions last an hour at most unless told otherwise.

use crate::{document, fault::exists, holder::SERVICE_LINKED, names, quota, role, tag, target::Nameable};
use gatekey_directory::{Header, Permissions, RoleRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreateRoleError, CreateRoleRequest, CreateRoleResponse, InvalidInputException,
        PutRolePermissionsBoundaryError, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateRole;

impl Operation for CreateRole {
    type Call = calls::CreateRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateRoleRequest,
    ) -> Result<Answered<CreateRoleResponse>, CreateRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        let arn = arn_of::<RoleRecord>(account, path, &input.role_name);
        let tags = tag::parse::<CreateRoleError>(input.tags.as_ref())?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        if let Some(boundary) = &input.permissions_boundary {
            context.set("iam:PermissionsBoundary", boundary.as_str());
        }
        passage.draft().touch_resource(RoleRecord::KIND, account, &arn);
        let on = On::resource(&arn);
        let allowed =
            passage.authorize_other("iam:CreateRole", on, context.clone()).map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagRole", on, context).map_err(CommonError::from)?;
        }
        if path.starts_with(SERVICE_LINKED) {
            let text = format!("The path {path} is reserved for roles that are linked to services.");
            return Err(InvalidInputException::new(text).into());
        }
        if passage.snapshot().directory.roles.get(account, &input.role_name).is_some() {
            return Err(exists("Role", &input.role_name));
        }
        quota::has_room::<RoleRecord, CreateRoleError>(passage)?;
        let trust = document::trust::<CreateRoleError>(passage, &input.assume_role_policy_document)?;
        let limit = boundary(passage, input.permissions_boundary.as_deref())?;
        let mut header = Header::new::<RoleRecord>(&input.role_name, path, passage.now(), passage.entropy());
        header.tags = tags;
        let permissions =
            Permissions { boundary: limit.as_ref().map(|named| named.arn.clone()), ..Permissions::default() };
        let longest = input.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        let record = RoleRecord {
            header,
            permissions,
            trust,
            description: input.description.clone(),
            longest_session: longest.unwrap_or(3_600),
        };
        let mut edits = vec![insert(account, &record)];
        edits.extend(limit.and_then(|named| named.touch));
        let answer = CreateRoleResponse { role: role::made(account, &record) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

/// The boundary. The model lists no NoSuchEntity for CreateRole: one that is missing is invalid input, with the same text.
fn boundary(passage: &Passage<'_>, named: Option<&str>) -> Result<Option<names::Named>, CreateRoleError> {
    use PutRolePermissionsBoundaryError as Fault;
    names::boundary::<Fault>(passage, named).map_err(|fault| match fault {
        Fault::NoSuchEntity(missing) => InvalidInputException { message: missing.message }.into(),
        Fault::InvalidInput(invalid) => invalid.into(),
        Fault::Common(common) => common.into(),
        other => InvalidInputException::new(other.to_string()).into(),
    })
}
