//! GetServiceLinkedRoleDeletionStatus: what came of an order to delete a service-linked role.
//!
//! AWS: a failure tells which resources still use the role.

use crate::{linked::Task, names};
use gatekey_directory::RoleDeletionRecord;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        DeletionTaskFailureReasonType, DeletionTaskStatusType, GetServiceLinkedRoleDeletionStatusError,
        GetServiceLinkedRoleDeletionStatusRequest, GetServiceLinkedRoleDeletionStatusResponse,
        InvalidInputException, NoSuchEntityException, RoleUsageType, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetServiceLinkedRoleDeletionStatus;

impl Operation for GetServiceLinkedRoleDeletionStatus {
    type Call = calls::GetServiceLinkedRoleDeletionStatus;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetServiceLinkedRoleDeletionStatusRequest,
    ) -> Result<Answered<GetServiceLinkedRoleDeletionStatusResponse>, GetServiceLinkedRoleDeletionStatusError>
    {
        passage.draft().set_parameters(&names::camel(input));
        let id = &input.deletion_task_id;
        let account = passage.account();
        let task = Task::parse(id)
            .ok_or_else(|| InvalidInputException::new(format!("The deletion task ID {id} is not valid.")))?;
        let arn = task.role_arn(account);
        let mut context = Context::new();
        context.set("iam:AWSServiceName", task.service);
        let allowed = passage
            .authorize_other("iam:GetServiceLinkedRoleDeletionStatus", On::resource(&arn), context)
            .map_err(CommonError::from)?;
        let known = passage.snapshot().directory.role_deletions.get(account, task.name);
        let order = known.filter(|order| order.header().path == task.path).ok_or_else(|| {
            NoSuchEntityException::new(format!("The deletion task with ID {id} cannot be found."))
        })?;
        Ok(passage.answer(&allowed, told(&order.record)))
    }
}

fn told(record: &RoleDeletionRecord) -> GetServiceLinkedRoleDeletionStatusResponse {
    let Some(used_by) = &record.used_by else {
        let status = DeletionTaskStatusType::Succeeded;
        return GetServiceLinkedRoleDeletionStatusResponse { status, reason: None };
    };
    let usage = used_by.iter().map(|(region, resources)| RoleUsageType {
        region: Some(region.clone()),
        resources: Some(resources.iter().map(ToString::to_string).collect()),
    });
    let reason = DeletionTaskFailureReasonType {
        reason: Some("The role is in use by the service it is linked to.".to_owned()),
        role_usage_list: Some(usage.collect()),
    };
    let status = DeletionTaskStatusType::Failed;
    GetServiceLinkedRoleDeletionStatusResponse { status, reason: Some(reason) }
}
