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
use std::sync::Arc;

/// CloudTrail's parameters: never the secret, in no form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    encapsulation_algorithm: EncapsulationAlgorithmSpec,
}

/// An ML-KEM key that the request may use.
pub(crate) struct Ready {
    pub(crate) allowed: Allowed,
    pub(crate) key: String,
    pub(crate) material: Arc<KeyMaterial>,
}

/// Authorizes the request and opens its key. ML_KEM, the only algorithm, suits every key of this usage.
pub(crate) fn ready<E>(
    passage: &mut Passage<'_>,
    action: KmsAction,
    key_id: &str,
    algorithm: EncapsulationAlgorithmSpec,
    grant_tokens: &Option<Vec<String>>,
) -> Result<Ready, E>
where
    E: From<AccessDeniedException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>
        + From<KMSInternalException>,
{
    passage.draft().set_parameters(&Parameters { key_id, encapsulation_algorithm: algorithm });
    grant::present::<E>(passage, grant_tokens)?;
    let found = passage.find(key_id, action).map_err(missing::<E>)?;
    let allowed = passage.authorize(action, &found, Context::new()).map_err(denied::<E>)?;
    let usable = found
        .key
        .usable(allowed.permit(), KeyUsage::EncapsulateDecapsulate, action, passage.now())
        .map_err(unusable::<E>)?;
    let material = material::current::<E>(passage, usable)?;
    Ok(Ready { allowed, key: found.key.name.to_string(), material })
}
