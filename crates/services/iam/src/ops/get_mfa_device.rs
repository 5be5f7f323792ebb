//! GetMFADevice: whose a device is, and since when.

use crate::{mfa, moment, names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetMFADeviceError, GetMFADeviceRequest, GetMFADeviceResponse, calls};

/// The handler.
pub(crate) struct GetMFADevice;

impl Operation for GetMFADevice {
    type Call = calls::GetMFADevice;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetMFADeviceRequest,
    ) -> Result<Answered<GetMFADeviceResponse>, GetMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<GetMFADeviceError>(passage, input.user_name.as_ref())?;
        let target = mfa::target(passage, &input.serial_number);
        let allowed = asked.authorize(passage, "iam:GetMFADevice")?;
        let person = asked.found::<GetMFADeviceError>(passage)?;
        let device = mfa::belonging::<GetMFADeviceError>(&target, &person)?;
        let answer = GetMFADeviceResponse {
            user_name: person.name(),
            serial_number: device.arn().to_string(),
            enable_date: device.record.enabled.map(moment),
            certifications: None,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
