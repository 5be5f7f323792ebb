//! EnableMFADevice: a device becomes a user's second factor, by two codes in a row.
//!
//! AWS: eight for each user. The root user names itself by its account's number.

use crate::{mfa, names, person::Asked, quota};
use gatekey_directory::MfaDeviceRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{EnableMFADeviceError, EnableMFADeviceRequest, EntityAlreadyExistsException, calls},
};

/// The handler.
pub(crate) struct EnableMFADevice;

impl Operation for EnableMFADevice {
    type Call = calls::EnableMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EnableMFADeviceRequest,
    ) -> Result<Answered<NoOutput>, EnableMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<EnableMFADeviceError>(passage, Some(&input.user_name))?;
        let target = mfa::target(passage, &input.serial_number);
        let allowed = asked.authorize(passage, "iam:EnableMFADevice")?;
        let person = asked.found::<EnableMFADeviceError>(passage)?;
        let device = target.found::<EnableMFADeviceError>()?;
        if device.record.owner.is_some() {
            let text = "MFADevice entity is already in use.";
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        let (account, owner) = (passage.account(), person.mfa_owner());
        let present = mfa::of(&passage.snapshot().directory, account, &owner).len();
        let most = passage.identity_quotas().mfa_devices_per_user;
        quota::hold::<EnableMFADeviceError>("MFADevicesPerUser", present.saturating_add(1), most)?;
        let codes = (&input.authentication_code1, &input.authentication_code2);
        let synchronised =
            passage.two_codes(device, codes.0, codes.1).map_err(mfa::wrong_code::<EnableMFADeviceError>)?;
        let enabled = Some(passage.now());
        let record = MfaDeviceRecord { owner: Some(owner), enabled, ..synchronised };
        let edits = vec![device.update(&record), person.touch()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
