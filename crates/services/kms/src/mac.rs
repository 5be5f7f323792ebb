//! What GenerateMac and VerifyMac share: which key, by which algorithm.

use crate::{
    fault::{denied, missing, not_in_use, unusable},
    grant, material, trail,
};
use gatekey_crypto::MacAlgorithm;
use gatekey_gate::{Allowed, Passage};
use gatekey_keyring::{Key, KeySpec, KeyUsage};
use gatekey_model::{
    common::AccessDeniedException,
    kms::{
        DisabledException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInvalidStateException,
        MacAlgorithmSpec, NotFoundException,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::KeyMaterialId;
use serde::Serialize;
use std::sync::Arc;

/// What a request brings.
pub(crate) struct Wanted<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) algorithm: MacAlgorithmSpec,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
}

/// An allowed request whose algorithm is the key's.
pub(crate) struct Ready {
    pub(crate) allowed: Allowed,
    pub(crate) key: Arc<Key>,
    pub(crate) material: KeyMaterialId,
    pub(crate) algorithm: MacAlgorithm,
}

/// CloudTrail's parameters: never the message, nor the MAC.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    mac_algorithm: MacAlgorithmSpec,
}

/// Everything before the cryptography.
pub(crate) fn prepare<E>(passage: &mut Passage<'_>, wanted: &Wanted<'_>) -> Result<Ready, E>
where
    E: From<AccessDeniedException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>,
{
    trail::set_parameters(
        passage.draft(),
        &Parameters { key_id: wanted.key_id, mac_algorithm: wanted.algorithm },
    );
    grant::present::<E>(passage, wanted.grant_tokens)?;
    let found = passage.find(wanted.key_id, wanted.action).map_err(missing::<E>)?;
    let mut context = Context::new();
    context.set(KeyName::KmsMacAlgorithm, wanted.algorithm.as_str());
    let allowed = passage.authorize(wanted.action, &found, context).map_err(denied::<E>)?;
    let usable = found
        .key
        .usable(allowed.permit(), KeyUsage::GenerateVerifyMac, wanted.action, passage.now())
        .map_err(unusable::<E>)?;
    let (material, _) = usable.current_material().map_err(not_in_use::<E>)?;
    let algorithm = suits::<E>(found.key.record.spec, wanted.algorithm)?;
    Ok(Ready { allowed, key: found.key, material, algorithm })
}

/// The algorithm must be the one of the key's size.
fn suits<E: From<InvalidKeyUsageException>>(
    spec: KeySpec,
    algorithm: MacAlgorithmSpec,
) -> Result<MacAlgorithm, E> {
    let own = of(algorithm);
    if material::spec_of(spec).and_then(MacAlgorithm::of) == Some(own) {
        return Ok(own);
    }
    let text = format!("Algorithm {} is incompatible with key spec {spec}.", algorithm.as_str());
    Err(InvalidKeyUsageException::new(text).into())
}

fn of(algorithm: MacAlgorithmSpec) -> MacAlgorithm {
    match algorithm {
        MacAlgorithmSpec::HmacSha224 => MacAlgorithm::HmacSha224,
        MacAlgorithmSpec::HmacSha256 => MacAlgorithm::HmacSha256,
        MacAlgorithmSpec::HmacSha384 => MacAlgorithm::HmacSha384,
        MacAlgorithmSpec::HmacSha512 => MacAlgorithm::HmacSha512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::GenerateMacError;

    #[test]
    fn an_algorithm_suits_the_specs_that_the_keyring_lists_it_for_and_no_other() {
        for spec in KeySpec::ALL {
            for algorithm in MacAlgorithmSpec::ALL {
                let listed = spec.mac_algorithms().contains(&algorithm.as_str());
                assert_eq!(
                    suits::<GenerateMacError>(*spec, *algorithm).is_ok(),
                    listed,
                    "{spec} {algorithm:?}"
                );
            }
        }
    }
}
