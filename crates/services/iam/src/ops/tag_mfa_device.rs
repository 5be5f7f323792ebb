//! TagMFADevice: tags for a virtual MFA device.
//!
//! AWS: a tag whose key differs in case only takes the place of the one that is there; 50 at most.

use crate::{mfa, names, tagging};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagMFADeviceError, TagMFADeviceRequest, calls},
};

/// The handler.
pub(crate) struct TagMFADevice;

impl Operation for TagMFADevice {
    type Call = calls::TagMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, TagMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = mfa::target(passage, &input.serial_number);
        tagging::add(passage, "iam:TagMFADevice", &target, &input.tags).await
    }
}
