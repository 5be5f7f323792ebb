//! UntagMFADevice: takes tags of a virtual MFA device away.
//!
//! AWS: keys that are not there are no fault.

use crate::{mfa, names, tagging};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagMFADeviceError, UntagMFADeviceRequest, calls},
};

/// The handler.
pub(crate) struct UntagMFADevice;

impl Operation for UntagMFADevice {
    type Call = calls::UntagMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, UntagMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = mfa::target(passage, &input.serial_number);
        tagging::remove(passage, "iam:UntagMFADevice", &target, &input.tag_keys).await
    }
}
