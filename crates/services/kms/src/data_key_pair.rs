//! What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share.

use crate::{
    ciphertext::{self, Pairs},
    fault::{denied, internal, missing},
    grant, material,
    recipient::{self, Recipient},
};
use gatekey_crypto::{DataKeyPair, KeySpec as MaterialSpec};
use gatekey_gate::{Allowed, Passage};
use gatekey_keyring::KeySpec;
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        DataKeyPairSpec, DisabledException, DryRunOperationException, InvalidGrantTokenException,
        InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, NotFoundException,
        RecipientInfo, UnsupportedOperationException,
    },
};
use gatekey_policy::{KeyName, KmsAction};
use gatekey_types::KeyMaterialId;
use serde::Serialize;

/// What a data key pair is asked for with.
pub(crate) struct Wanted<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) context: &'a Pairs,
    pub(crate) spec: DataKeyPairSpec,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) recipient: Option<&'a RecipientInfo>,
}

/// A data key pair, and its private half encrypted under the KMS key.
pub(crate) struct Made {
    pub(crate) allowed: Allowed,
    pub(crate) pair: DataKeyPair,
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
    key_pair_spec: DataKeyPairSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: &'a Pairs,
}

/// Makes a data key pair.
pub(crate) async fn generate<E>(passage: &mut Passage<'_>, wanted: &Wanted<'_>) -> Result<Made, E>
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
        key_id: wanted.key_id,
        key_pair_spec: wanted.spec,
        encryption_context: wanted.context,
    });
    let context = ciphertext::context::<E>(wanted.context)?;
    let recipient = recipient::attested::<E>(passage, wanted.recipient)?;
    grant::present::<E>(passage, wanted.grant_tokens)?;
    let found = passage.find(wanted.key_id, wanted.action).map_err(missing::<E>)?;
    let mut conditions = ciphertext::conditions(None, wanted.context);
    conditions.set(KeyName::KmsDataKeyPairSpec, wanted.spec.as_str());
    recipient::add_conditions(&recipient, &mut conditions);
    let allowed = passage.authorize(wanted.action, &found, conditions).map_err(denied::<E>)?;
    let usable = ciphertext::usable::<E>(&found, &allowed, wanted.action, passage.now())?;
    ciphertext::symmetric::<E>(&found)?;
    let spec = spec(wanted.spec).ok_or_else(|| inferred_sm2_pairs_are_for_china(wanted.spec))?;
    ciphertext::dry_run::<E>(wanted.dry_run)?;
    let pair = passage.new_data_key_pair(spec).await.map_err(internal::<E>)?;
    let (ciphertext, material) = ciphertext::seal::<E>(passage, usable, &context, pair.private_key.expose())?;
    Ok(Made { allowed, pair, ciphertext, key: found.key.name.to_string(), material, recipient })
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
