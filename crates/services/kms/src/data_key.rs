//! What GenerateDataKey and GenerateDataKeyWithoutPlaintext share.

use crate::{
    ciphertext::{self, Pairs},
    fault::{denied, invalid, missing},
    grant,
    recipient::{self, Recipient},
};
use gatekey_crypto::Plaintext;
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        DataKeySpec, DisabledException, DryRunOperationException, InvalidGrantTokenException,
        InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, NotFoundException,
        RecipientInfo,
    },
};
use gatekey_policy::KmsAction;
use gatekey_types::KeyMaterialId;
use serde::Serialize;

/// What a data key is asked for with.
pub(crate) struct Wanted<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) context: &'a Pairs,
    pub(crate) spec: Option<DataKeySpec>,
    pub(crate) bytes: Option<i32>,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) recipient: Option<&'a RecipientInfo>,
}

/// A data key, in the clear and encrypted.
pub(crate) struct DataKey {
    pub(crate) allowed: Allowed,
    pub(crate) plaintext: Plaintext,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) key: String,
    pub(crate) material: KeyMaterialId,
    pub(crate) recipient: Option<Recipient>,
}

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: &'a Pairs,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_spec: Option<DataKeySpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_bytes: Option<i32>,
}

/// Makes a data key.
pub(crate) fn generate<E>(passage: &mut Passage<'_>, wanted: &Wanted<'_>) -> Result<DataKey, E>
where
    E: From<AccessDeniedException>
        + From<ValidationException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>
        + From<DryRunOperationException>
        + From<KMSInternalException>,
{
    passage.draft().set_parameters(&Parameters {
        key_id: wanted.key_id,
        encryption_context: wanted.context,
        key_spec: wanted.spec,
        number_of_bytes: wanted.bytes,
    });
    let length = length::<E>(wanted.spec, wanted.bytes)?;
    let context = ciphertext::context::<E>(wanted.context)?;
    let recipient = recipient::attested::<E>(passage, wanted.recipient)?;
    grant::present::<E>(passage, wanted.grant_tokens)?;
    let found = passage.find(wanted.key_id, wanted.action).map_err(missing::<E>)?;
    let mut conditions = ciphertext::conditions(None, wanted.context);
    recipient::add_conditions(&recipient, &mut conditions);
    let allowed = passage.authorize(wanted.action, &found, conditions).map_err(denied::<E>)?;
    let usable = ciphertext::usable::<E>(&found, &allowed, wanted.action, passage.now())?;
    ciphertext::symmetric::<E>(&found)?;
    ciphertext::dry_run::<E>(wanted.dry_run)?;
    let plaintext = Plaintext::random(length, passage.entropy());
    let (ciphertext, material) = ciphertext::seal::<E>(passage, usable, &context, plaintext.expose())?;
    Ok(DataKey { allowed, plaintext, ciphertext, key: found.key.name.to_string(), material, recipient })
}

/// The length of the key: either a spec or a number of bytes must be given.
fn length<E: From<ValidationException>>(spec: Option<DataKeySpec>, bytes: Option<i32>) -> Result<usize, E> {
    match (spec, bytes) {
        (Some(DataKeySpec::Aes256), None) => Ok(32),
        (Some(DataKeySpec::Aes128), None) => Ok(16),
        (None, Some(bytes)) => Ok(usize::try_from(bytes).unwrap_or_default()),
        _ => Err(invalid("Please specify either number of bytes or key spec.")),
    }
}
