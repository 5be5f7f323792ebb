//! What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share.

use crate::{
    ciphertext::{self, Pairs},
    data_key::{self, Made, Request},
    fault::internal,
    material,
};
use gatekey_crypto::{DataKeyPair, KeySpec as MaterialSpec};
use gatekey_gate::Passage;
use gatekey_keyring::KeySpec;
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        DataKeyPairSpec, DisabledException, DryRunOperationException, InvalidGrantTokenException,
        InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, NotFoundException,
        UnsupportedOperationException,
    },
};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    key_pair_spec: DataKeyPairSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: &'a Pairs,
}

/// Makes a data key pair.
pub(crate) async fn generate<E>(
    passage: &mut Passage<'_>,
    request: &Request<'_>,
    wanted: DataKeyPairSpec,
) -> Result<Made<DataKeyPair>, E>
where
    E: From<AccessDeniedException>
        + From<ValidationException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>
        + From<UnsupportedOperationException>
        + From<DryRunOperationException>
        + From<KMSInternalException>,
{
    passage.draft().set_parameters(&Parameters {
        key_id: request.key_id,
        key_pair_spec: wanted,
        encryption_context: request.context,
    });
    let ready = data_key::prepare::<E>(passage, request, Some(wanted))?;
    let usable = ready.usable::<E>(request.action, passage.now())?;
    let spec = spec(wanted).ok_or_else(|| inferred_sm2_pairs_are_for_china(wanted))?;
    ciphertext::dry_run::<E>(request.dry_run)?;
    let pair = passage.new_data_key_pair(spec).await.map_err(internal::<E>)?;
    let sealed = ciphertext::seal::<E>(passage, usable, &ready.context, pair.private_key.expose())?;
    Ok(ready.made(pair, sealed))
}

/// What the pair is made of; nothing for SM2.
fn spec(spec: DataKeyPairSpec) -> Option<MaterialSpec> {
    let spec: KeySpec = spec.as_str().parse().ok()?;
    material::spec_of(spec).filter(|spec| DataKeyPair::suits(*spec))
}

/// AWS documents that it makes SM2 pairs in the China Regions only, but not the text elsewhere.
fn inferred_sm2_pairs_are_for_china(spec: DataKeyPairSpec) -> UnsupportedOperationException {
    UnsupportedOperationException::new(format!(
        "KeyPairSpec {} is not supported in this Region.",
        spec.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_spec_of_the_model_is_made_but_sm2() {
        for wire in DataKeyPairSpec::ALL {
            assert_eq!(spec(*wire).is_none(), *wire == DataKeyPairSpec::Sm2, "{}", wire.as_str());
        }
    }

    #[test]
    fn inferred_sm2_pairs_are_for_china() {
        let told = super::inferred_sm2_pairs_are_for_china(DataKeyPairSpec::Sm2).to_string();
        assert!(told.ends_with("KeyPairSpec SM2 is not supported in this Region."), "{told}");
    }
}
