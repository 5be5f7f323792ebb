//! CreateServiceLinkedRole: a role that a service alone may assume and change.
//!
//! AWS: the name follows from the service; a suffix tells several apart, where the service has several.

use crate::{
    holder::SERVICE_LINKED,
    linked::{self, Linked},
    names, role,
    target::Nameable,
};
use gatekey_directory::{Document, Header, Permissions, RoleRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreateServiceLinkedRoleError, CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse,
        InvalidInputException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateServiceLinkedRole;

impl Operation for CreateServiceLinkedRole {
    type Call = calls::CreateServiceLinkedRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateServiceLinkedRoleRequest,
    ) -> Result<Answered<CreateServiceLinkedRoleResponse>, CreateServiceLinkedRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, service) = (passage.account(), input.aws_service_name.as_str());
        let suffix = input.custom_suffix.as_deref().filter(|suffix| !suffix.is_empty());
        let (known, path) = (Linked::of(service), linked::path_of(service));
        let name = known.map_or_else(|| "AWSServiceRoleFor".to_owned(), |linked| linked.role_name(suffix));
        let arn = arn_of::<RoleRecord>(account, &path, &name);
        passage.draft().touch_resource(RoleRecord::KIND, account, &arn);
        let mut context = Context::new();
        context.set("iam:AWSServiceName", service);
        let allowed = passage
            .authorize_other("iam:CreateServiceLinkedRole", On::resource(&arn), context)
            .map_err(CommonError::from)?;
        let invalid = |text: String| CreateServiceLinkedRoleError::from(InvalidInputException::new(text));
        let linked =
            known.ok_or_else(|| invalid(format!("Service-linked roles are not supported for {service}.")))?;
        if suffix.is_some() && !linked.takes_suffix {
            return Err(invalid(format!("Custom suffix is not allowed for {service}")));
        }
        if name.len() > 64 {
            return Err(invalid(format!("The role name {name} is longer than 64 characters.")));
        }
        if passage.snapshot().directory.roles.get(account, &name).is_some() {
            let text = "has been taken in this account, please try a different suffix.";
            return Err(invalid(format!("Service role name {name} {text}")));
        }
        let header = Header::new::<RoleRecord>(&name, &path, passage.now(), passage.entropy());
        let description = input.description.clone();
        let record = made(passage, header, linked, description);
        let answer = CreateServiceLinkedRoleResponse { role: Some(role::made(account, &record)) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}

/// The role, with AWS's policy for it where this server has that.
fn made(passage: &Passage<'_>, header: Header, linked: &Linked, description: Option<String>) -> RoleRecord {
    let policy = format!("arn:aws:iam::aws:policy{SERVICE_LINKED}{}", linked.policy);
    let attached = passage.snapshot().directory.aws_managed.get(&policy).map(|policy| policy.arn.clone());
    RoleRecord {
        header,
        permissions: Permissions { attached: attached.into_iter().collect(), ..Permissions::default() },
        trust: Document { text: linked.trust(), pins: std::collections::BTreeMap::new() },
        description,
        longest_session: 3_600,
    }
}
