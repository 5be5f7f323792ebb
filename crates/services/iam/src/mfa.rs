//! Virtual MFA devices: finding them by serial number, their QR codes, and showing them as the model has them.

use crate::{
    moment,
    person::Person,
    target::{Nameable, Target},
    user,
};
use gatekey_directory::{Directory, Entities, MfaDevice, MfaDeviceRecord, MfaOwner, arn_of};
use gatekey_gate::{FactorFault, Passage};
use gatekey_model::iam::{self, InvalidAuthenticationCodeException, NoSuchEntityException, VirtualMFADevice};
use gatekey_types::{AccountId, Arn, Partition};
use qrcodegen::{QrCode, QrCodeEcc};
use std::sync::Arc;

/// White modules around a QR code, and pixels of a module.
const BORDER: i32 = 4;
const SCALE: i32 = 4;

impl Nameable for MfaDeviceRecord {
    const KIND: &'static str = "AWS::IAM::VirtualMFADevice";
    fn among(directory: &Directory) -> &Entities<Self> {
        &directory.mfa_devices
    }
    fn missing(name: &str) -> String {
        format!("VirtualMFADevice with serial number {name} does not exist.")
    }
}

/// The device of this serial number, which is its ARN.
pub(crate) fn target(passage: &mut Passage<'_>, serial: &str) -> Target<MfaDeviceRecord> {
    let account = passage.account();
    let known = passage.mfa_device(account, serial);
    let arn = serial.parse().unwrap_or_else(|_| arn_of::<MfaDeviceRecord>(account, "/", serial));
    passage.draft().touch_resource(MfaDeviceRecord::KIND, account, &arn);
    Target { name: serial.to_owned(), arn, known }
}

/// A person's enabled devices, in the order of their ids.
pub(crate) fn of(directory: &Directory, account: AccountId, owner: &MfaOwner) -> Vec<Arc<MfaDevice>> {
    match owner {
        MfaOwner::Root => {
            let all = directory.mfa_devices.of(account);
            all.filter(|device| device.record.owner.as_ref() == Some(owner)).cloned().collect()
        }
        MfaOwner::User(id) => {
            let ids = directory.referrers(id.as_str());
            ids.filter_map(|id| directory.mfa_devices.by_id(id)).cloned().collect()
        }
    }
}

/// A device that is enabled for this person.
///
/// # Errors
/// NoSuchEntity: there is none, or it is not theirs.
pub(crate) fn belonging<'t, E: From<NoSuchEntityException>>(
    target: &'t Target<MfaDeviceRecord>,
    person: &Person,
) -> Result<&'t Arc<MfaDevice>, E> {
    let device = target.found::<E>()?;
    if device.record.owner.as_ref() == Some(&person.mfa_owner()) {
        return Ok(device);
    }
    Err(NoSuchEntityException::new(MfaDeviceRecord::missing(&target.name)).into())
}

/// The error for codes that were not accepted, for whatever reason.
pub(crate) fn wrong_code<E: From<InvalidAuthenticationCodeException>>(_: FactorFault) -> E {
    InvalidAuthenticationCodeException::new("Authentication code for device is not valid.").into()
}

/// A listed device, with whom it belongs to.
pub(crate) fn shown(passage: &Passage<'_>, device: &MfaDevice) -> VirtualMFADevice {
    let directory = &passage.snapshot().directory;
    let owner = match &device.record.owner {
        None => None,
        Some(MfaOwner::User(id)) => directory.users.by_id(id).map(|owner| user::shown(owner)),
        Some(MfaOwner::Root) => Some(root(passage, device.account)),
    };
    VirtualMFADevice {
        serial_number: device.arn().to_string(),
        base32_string_seed: None,
        qr_code_png: None,
        user: owner,
        enable_date: device.record.enabled.map(moment),
        tags: None,
    }
}

/// The root user as a user, as AWS shows it.
fn root(passage: &Passage<'_>, account: AccountId) -> iam::User {
    let created = passage.snapshot().directory.account(account).map(|kept| kept.record.created);
    iam::User {
        path: "/".to_owned(),
        user_name: String::new(),
        user_id: account.to_string(),
        arn: Arn::of_parts(Partition::Aws, "iam", "", account, &"root").to_string(),
        create_date: moment(created.unwrap_or(passage.now())),
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    }
}

/// The QR code of a seed, as apps read it: a PNG of `otpauth://totp/DEVICE@ACCOUNT?secret=SEED`.
pub(crate) fn qr_code(device: &str, account: &str, seed: &str) -> Option<Vec<u8>> {
    let code =
        QrCode::encode_text(&format!("otpauth://totp/{device}@{account}?secret={seed}"), QrCodeEcc::Medium)
            .ok()?;
    let width = (code.size() + 2 * BORDER) * SCALE;
    let side = |pixel: i32| pixel / SCALE - BORDER;
    let pixels = (0..width).flat_map(|y| (0..width).map(move |x| (side(x), side(y))));
    let pixels: Vec<u8> = pixels.map(|(x, y)| if code.get_module(x, y) { 0 } else { 255 }).collect();
    let mut image = Vec::new();
    let width = u32::try_from(width).ok()?;
    let mut encoder = png::Encoder::new(&mut image, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_a_square_png_with_a_white_border() {
        let image = qr_code("phone", "111122223333", &"A".repeat(64)).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width, info.height);
        let width = usize::try_from(info.width).unwrap();
        assert!(pixels[..width * 16].iter().all(|pixel| *pixel == 255));
        assert!(pixels.contains(&0));
    }
}
