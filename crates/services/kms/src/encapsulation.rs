//! What Encapsulate and Decapsulate share.

use crate::{
    fault::{denied, missing, unusable},
    grant, material,
};
use gatekey_crypto::KeyMaterial;
use gatekey_gate::{Allowed, Passage};
use gatekey_keyring::KeyUsage;
use gatekey_model::{
    common::AccessDeniedException,
    kms::{
        DisabledException, EncapsulationAlgorithmSpec, InvalidGrantTokenException, InvalidKeyUsageException,
        KMSInternalException, KMSInvalidStateException, NotFoundException,
    },
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters: never the secret, in no form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    encapsulation_algorithm: EncapsulationAlgorithmSpec,
}

/// What the request may know of its key, and what the work with it gave.
pub(crate) struct Done<T> {
    pub(crate) allowed: Allowed,
    pub(crate) key: String,
    pub(crate) outcome: T,
}

/// What a request asks for.
pub(crate) struct Wanted<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) algorithm: EncapsulationAlgorithmSpec,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
}

/// Authorizes the request and works with its key. ML_KEM, the only algorithm, suits every key of this usage.
pub(crate) async fn with_key<E, T: Send + 'static>(
    passage: &mut Passage<'_>,
    wanted: &Wanted<'_>,
    work: impl FnOnce(&KeyMaterial) -> T + Send + 'static,
) -> Result<Done<T>, E>
where
    E: From<AccessDeniedException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>
        + From<KMSInternalException>,
{
    let (action, key_id) = (wanted.action, wanted.key_id);
    passage.draft().set_parameters(&Parameters { key_id, encapsulation_algorithm: wanted.algorithm });
    grant::present::<E>(passage, wanted.grant_tokens)?;
    let found = passage.find(key_id, action).map_err(missing::<E>)?;
    let allowed = passage.authorize(action, &found, Context::new()).map_err(denied::<E>)?;
    let usable = found
        .key
        .usable(allowed.permit(), KeyUsage::EncapsulateDecapsulate, action, passage.now())
        .map_err(unusable::<E>)?;
    let outcome = material::work_with::<E, T>(passage, usable, work).await?;
    Ok(Done { allowed, key: found.key.name.to_string(), outcome })
}
