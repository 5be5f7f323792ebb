//! DeactivateMFADevice: a device is nobody's second factor any more. Codes that were taken stay taken.

use crate::{mfa, names, person::Asked};
use gatekey_directory::MfaDeviceRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeactivateMFADeviceError, DeactivateMFADeviceRequest, calls},
};

/// The handler.
pub(crate) struct DeactivateMFADevice;

impl Operation for DeactivateMFADevice {
    type Call = calls::DeactivateMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeactivateMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, DeactivateMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<DeactivateMFADeviceError>(passage, input.user_name.as_ref())?;
        let target = mfa::target(passage, &input.serial_number);
        let allowed = asked.authorize(passage, "iam:DeactivateMFADevice")?;
        let person = asked.found::<DeactivateMFADeviceError>(passage)?;
        let device = mfa::belonging::<DeactivateMFADeviceError>(&target, &person)?;
        let record = MfaDeviceRecord { owner: None, enabled: None, ..device.record.clone() };
        let edits = vec![device.update(&record), person.touch()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
