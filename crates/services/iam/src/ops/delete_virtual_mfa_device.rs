//! DeleteVirtualMFADevice: a device that is nobody's.
//!
//! AWS: DeleteConflict while it is in use.

use crate::{mfa, names};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeleteVirtualMFADeviceError, DeleteVirtualMFADeviceRequest, calls},
};

/// The handler.
pub(crate) struct DeleteVirtualMFADevice;

impl Operation for DeleteVirtualMFADevice {
    type Call = calls::DeleteVirtualMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteVirtualMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, DeleteVirtualMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = mfa::target(passage, &input.serial_number);
        let allowed = target.authorize(passage, "iam:DeleteVirtualMFADevice", target.context())?;
        let device = target.found::<DeleteVirtualMFADeviceError>()?;
        if device.record.owner.is_some() {
            let text = "MFA VirtualDevice in use. Must deactivate first.";
            return Err(DeleteConflictException::new(text).into());
        }
        passage.commit(&allowed, vec![device.delete()], NoOutput {}).await.map_err(refused)
    }
}
