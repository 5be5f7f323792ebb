//! DeleteServiceLinkedRole: an order to delete a role that is linked to a service.
//!
//! AWS: the order fails if resources still use the role; GetServiceLinkedRoleDeletionStatus tells what came of it. Here it is
//! done at once.

use crate::{linked, names, target::Target};
use gatekey_directory::{Header, Role, RoleDeletionRecord, RoleRecord, insert};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{
    DeleteServiceLinkedRoleError, DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse,
    NoSuchEntityException, calls,
};
use gatekey_store::table::Edit;
use gatekey_types::RequestId;

/// The handler.
pub(crate) struct DeleteServiceLinkedRole;

impl Operation for DeleteServiceLinkedRole {
    type Call = calls::DeleteServiceLinkedRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteServiceLinkedRoleRequest,
    ) -> Result<Answered<DeleteServiceLinkedRoleResponse>, DeleteServiceLinkedRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let mut context = target.context();
        let service = target.known.as_deref().and_then(linked::service_of);
        if let Some(service) = service {
            context.set("iam:AWSServiceName", service);
        }
        let allowed = target.authorize(passage, "iam:DeleteServiceLinkedRole", context)?;
        let role = target.found::<DeleteServiceLinkedRoleError>()?;
        if service.is_none() {
            let text = format!("The role with name {} is not linked to a service.", role.name());
            return Err(NoSuchEntityException::new(text).into());
        }
        let record = order(passage, role);
        let mut edits = outdated(passage);
        edits.push(insert(passage.account(), &record));
        edits.extend(if record.used_by.is_none() { passage.delete_role(role) } else { vec![role.keep()] });
        let answer = DeleteServiceLinkedRoleResponse { deletion_task_id: linked::task_id(&record) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

fn order(passage: &Passage<'_>, role: &Role) -> RoleDeletionRecord {
    let name = RequestId::from_random(passage.entropy().bytes()).to_string();
    let path = format!("{}{}/", role.header().path, role.name());
    let header = Header::new::<RoleDeletionRecord>(&name, &path, passage.now(), passage.entropy());
    RoleDeletionRecord { header, used_by: linked::used_by(passage, role) }
}

/// Orders are told of for a week.
const KEPT_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// The most of them that one request forgets.
const AT_ONCE: usize = 20;

fn outdated(passage: &Passage<'_>) -> Vec<Edit> {
    let now = passage.now();
    let orders = passage.snapshot().directory.role_deletions.of(passage.account());
    let old = orders.filter(|order| now.millis_since(order.header().created) > KEPT_MILLIS);
    old.take(AT_ONCE).map(|order| order.delete()).collect()
}
