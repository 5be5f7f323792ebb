//! ListVirtualMFADevices: the account's devices, without their seeds.

use crate::{mfa, names, page::Page};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        AssignmentStatusType, ListVirtualMFADevicesError, ListVirtualMFADevicesRequest,
        ListVirtualMFADevicesResponse, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListVirtualMFADevices;

impl Operation for ListVirtualMFADevices {
    type Call = calls::ListVirtualMFADevices;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListVirtualMFADevicesRequest,
    ) -> Result<Answered<ListVirtualMFADevicesResponse>, ListVirtualMFADevicesError> {
        passage.draft().set_parameters(&names::camel(input));
        let allowed = passage
            .authorize_other("iam:ListVirtualMFADevices", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let wanted = input.assignment_status.as_ref();
        let all = passage.snapshot().directory.mfa_devices.of(passage.account());
        let filtered = all.filter(|device| match wanted {
            Some(AssignmentStatusType::Assigned) => device.record.owner.is_some(),
            Some(AssignmentStatusType::Unassigned) => device.record.owner.is_none(),
            _ => true,
        });
        let page = Page::take::<ListVirtualMFADevicesError>(
            filtered,
            |device| device.name().to_owned(),
            input.marker.as_ref(),
            input.max_items,
        )?;
        let answer = ListVirtualMFADevicesResponse {
            virtual_mfa_devices: page.items.into_iter().map(|device| mfa::shown(passage, device)).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
