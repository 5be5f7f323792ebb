//! ResyncMFADevice: learns from two codes in a row how far off a device's clock is.

use crate::{mfa, names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{ResyncMFADeviceError, ResyncMFADeviceRequest, calls},
};

/// The handler.
pub(crate) struct ResyncMFADevice;

impl Operation for ResyncMFADevice {
    type Call = calls::ResyncMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ResyncMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, ResyncMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ResyncMFADeviceError>(passage, Some(&input.user_name))?;
        let target = mfa::target(passage, &input.serial_number);
        let allowed = asked.authorize(passage, "iam:ResyncMFADevice")?;
        let person = asked.found::<ResyncMFADeviceError>(passage)?;
        let device = mfa::belonging::<ResyncMFADeviceError>(&target, &person)?;
        let codes = (&input.authentication_code1, &input.authentication_code2);
        let record =
            passage.two_codes(device, codes.0, codes.1).map_err(mfa::wrong_code::<ResyncMFADeviceError>)?;
        passage.commit(&allowed, vec![device.update(&record)], NoOutput {}).await.map_err(refused)
    }
}
