//! What the four operations that make data keys and pairs of them share.

use crate::{
    ciphertext::{self, Pairs},
    fault::{denied, invalid, missing},
    grant,
    recipient::{self, Recipient},
    trail,
};
use gatekey_crypto::{EncryptionContext, Plaintext};
use gatekey_gate::{Allowed, Found, Passage};
use gatekey_keyring::{KeySpec, Usable};
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        DataKeyPairSpec, DataKeySpec, DisabledException, DryRunOperationException,
        InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException,
        NotFoundException, RecipientInfo,
    },
};
use gatekey_policy::{KeyName, KmsAction};
use gatekey_types::{KeyMaterialId, Timestamp};
use serde::Serialize;

/// What every kind of data key is asked for with.
pub(crate) struct Request<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) context: &'a Pairs,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) recipient: Option<&'a RecipientInfo>,
}

/// An allowed request for a data key.
pub(crate) struct Ready {
    allowed: Allowed,
    found: Found,
    pub(crate) context: EncryptionContext,
    recipient: Option<Recipient>,
}

/// A data key or a pair of keys, and its secret encrypted under the KMS key.
pub(crate) struct Made<T> {
    pub(crate) allowed: Allowed,
    pub(crate) secret: T,
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

/// Everything before the key is looked at: what was sent, which key it names, whether this is allowed. A pair of keys says
/// of which spec it is to be.
pub(crate) fn prepare<E>(
    passage: &mut Passage<'_>,
    request: &Request<'_>,
    pair: Option<DataKeyPairSpec>,
) -> Result<Ready, E>
where
    E: From<AccessDeniedException>
        + From<ValidationException>
        + From<NotFoundException>
        + From<InvalidGrantTokenException>,
{
    let context = ciphertext::context::<E>(request.context)?;
    let recipient = recipient::attested::<E>(passage, request.recipient)?;
    grant::present::<E>(passage, request.grant_tokens)?;
    let found = passage.find(request.key_id, request.action).map_err(missing::<E>)?;
    let mut conditions = ciphertext::conditions(None, request.context);
    if let Some(spec) = pair {
        conditions.set(KeyName::KmsDataKeyPairSpec, spec.as_str());
    }
    recipient::add_conditions(&recipient, &mut conditions);
    let allowed = passage.authorize(request.action, &found, conditions).map_err(denied::<E>)?;
    Ok(Ready { allowed, found, context, recipient })
}

impl Ready {
    /// Lets the request use the key. Data keys and pairs come from symmetric keys only.
    pub(crate) fn usable<E>(&self, action: KmsAction, now: Timestamp) -> Result<Usable<'_>, E>
    where
        E: From<DisabledException> + From<KMSInvalidStateException> + From<InvalidKeyUsageException>,
    {
        let usable = ciphertext::usable::<E>(&self.found, &self.allowed, action, now)?;
        if self.found.key.record.spec == KeySpec::SymmetricDefault {
            return Ok(usable);
        }
        Err(InvalidKeyUsageException::new("You cannot generate a data key with an asymmetric CMK").into())
    }

    /// What was made, with its secret encrypted by this material.
    pub(crate) fn made<T>(self, secret: T, (ciphertext, material): (Vec<u8>, KeyMaterialId)) -> Made<T> {
        let Self { allowed, found, recipient, .. } = self;
        Made { allowed, secret, ciphertext, key: found.key.name.to_string(), material, recipient }
    }
}

/// Makes a data key: a spec or a number of bytes says how long.
pub(crate) fn generate<E>(
    passage: &mut Passage<'_>,
    request: &Request<'_>,
    (spec, bytes): (Option<DataKeySpec>, Option<i32>),
) -> Result<Made<Plaintext>, E>
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
    trail::set_parameters(
        passage.draft(),
        &Parameters {
            key_id: request.key_id,
            encryption_context: request.context,
            key_spec: spec,
            number_of_bytes: bytes,
        },
    );
    let length = length::<E>(spec, bytes)?;
    let ready = prepare::<E>(passage, request, None)?;
    let usable = ready.usable::<E>(request.action, passage.now())?;
    ciphertext::dry_run::<E>(request.dry_run)?;
    let plaintext = Plaintext::random(length, passage.entropy());
    let sealed = ciphertext::seal::<E>(passage, usable, &ready.context, plaintext.expose())?;
    Ok(ready.made(plaintext, sealed))
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
