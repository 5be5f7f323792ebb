//! ListMFADevices: a user's devices; without a name, the caller's.

use crate::{mfa, moment, names, page::Page, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListMFADevicesError, ListMFADevicesRequest, ListMFADevicesResponse, MFADevice, calls,
};

/// The handler.
pub(crate) struct ListMFADevices;

impl Operation for ListMFADevices {
    type Call = calls::ListMFADevices;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListMFADevicesRequest,
    ) -> Result<Answered<ListMFADevicesResponse>, ListMFADevicesError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ListMFADevicesError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:ListMFADevices")?;
        let person = asked.found::<ListMFADevicesError>(passage)?;
        let devices = mfa::of(&passage.snapshot().directory, passage.account(), &person.mfa_owner());
        let mut shown: Vec<MFADevice> = devices
            .iter()
            .map(|device| MFADevice {
                user_name: person.name().unwrap_or_default(),
                serial_number: device.arn().to_string(),
                enable_date: moment(device.record.enabled.unwrap_or(device.header().created)),
            })
            .collect();
        shown.sort_by(|left, right| left.serial_number.cmp(&right.serial_number));
        let page = Page::take::<ListMFADevicesError>(
            shown.into_iter(),
            |device| device.serial_number.clone(),
            input.marker.as_ref(),
            input.max_items,
        )?;
        let answer = ListMFADevicesResponse {
            mfa_devices: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
