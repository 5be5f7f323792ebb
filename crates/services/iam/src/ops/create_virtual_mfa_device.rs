//! CreateVirtualMFADevice: a second factor, not yet anybody's.
//!
//! AWS: the seed and its QR code are shown this once; `Tags` need `iam:TagMFADevice` too.

use crate::{mfa, names, quota, tag};
use data_encoding::BASE32_NOPAD;
use gatekey_directory::{Header, MfaDeviceRecord, Secret, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    Blob, CommonError, Sensitive,
    iam::{
        CreateVirtualMFADeviceError, CreateVirtualMFADeviceRequest, CreateVirtualMFADeviceResponse,
        EntityAlreadyExistsException, VirtualMFADevice, calls,
    },
};
use gatekey_policy::Context;
use zeroize::Zeroizing;

/// The handler.
pub(crate) struct CreateVirtualMFADevice;

impl Operation for CreateVirtualMFADevice {
    type Call = calls::CreateVirtualMFADevice;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateVirtualMFADeviceRequest,
    ) -> Result<Answered<CreateVirtualMFADeviceResponse>, CreateVirtualMFADeviceError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        let name = &input.virtual_mfa_device_name;
        let arn = arn_of::<MfaDeviceRecord>(account, path, name);
        passage.draft().touch_resource("AWS::IAM::VirtualMFADevice", account, &arn);
        let tags = tag::parse::<CreateVirtualMFADeviceError>(input.tags.as_ref())?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        let on = On::resource(&arn);
        let allowed = passage
            .authorize_other("iam:CreateVirtualMFADevice", on, context.clone())
            .map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagMFADevice", on, context).map_err(CommonError::from)?;
        }
        if passage.snapshot().directory.mfa_devices.get(account, name).is_some() {
            let text = "MFADevice entity at the same path and name already exists.";
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        quota::has_room::<MfaDeviceRecord, CreateVirtualMFADeviceError>(passage)?;
        let mut header = Header::new::<MfaDeviceRecord>(name, path, passage.now(), passage.entropy());
        header.tags = tags;
        let random = Zeroizing::new(passage.entropy().bytes::<40>());
        let seed = Zeroizing::new(BASE32_NOPAD.encode(&*random));
        let image = mfa::qr_code(name, account.as_str(), &seed).unwrap_or_default();
        let device = VirtualMFADevice {
            serial_number: arn.to_string(),
            base32_string_seed: Some(Sensitive::new(Blob::from(seed.as_bytes().to_vec()))),
            qr_code_png: Some(Sensitive::new(Blob::from(image))),
            user: None,
            enable_date: None,
            tags: tag::shown(&header.tags),
        };
        let seed = Secret::new(seed);
        let record = MfaDeviceRecord { header, seed, owner: None, enabled: None, last_step: 0, drift: 0 };
        let answer = CreateVirtualMFADeviceResponse { virtual_mfa_device: device };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}
