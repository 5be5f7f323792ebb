//! What the operations on rotation share: which keys can be rotated, and how a rotation is shown.

use crate::{
    fault::{not_in_use, unsupported},
    metadata::epoch,
};
use gatekey_keyring::{
    Key, KeyFault, KeySpec, Keyring, MaterialRecord, Origin, PendingMaterial, RotationType as Kind,
};
use gatekey_model::kms::{
    DisabledException, ExpirationModelType, ImportState, KMSInvalidStateException, KeyMaterialState,
    RotationType, RotationsListEntry, UnsupportedOperationException,
};
use gatekey_types::{KeyMaterialId, Timestamp};
use serde::Serialize;

/// What an event tells of the answer to a change of a key's rotation: CloudTrail names the key, though the answer may not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    pub(crate) key_id: &'a str,
}

/// The automatic rotation of this key can be changed: it is enabled, and KMS makes its material.
///
/// AWS reports the state first, but for a key that waits for its import, which is refused as imported material is.
pub(crate) fn changeable<E>(key: &Key, now: Timestamp) -> Result<(), E>
where
    E: From<DisabledException> + From<KMSInvalidStateException> + From<UnsupportedOperationException>,
{
    match key.in_use_state(now) {
        Ok(()) | Err(KeyFault::PendingImport(_)) => {}
        Err(fault) => return Err(not_in_use(fault)),
    }
    automatic::<E>(key)?;
    leading::<E>(key)
}

/// Automatic rotation is for symmetric encryption keys whose material KMS makes.
pub(crate) fn automatic<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    symmetric::<E>(key)?;
    made_here(key)
}

/// KMS makes the key's material.
pub(crate) fn made_here<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    key.of_origin(Origin::AwsKms).map_err(unsupported)
}

/// Rotation of any kind is for symmetric encryption keys in no custom key store.
pub(crate) fn rotatable<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    symmetric::<E>(key)?;
    if key.is_rotatable() { Ok(()) } else { automatic(key) }
}

/// For any other key AWS gives no text.
fn symmetric<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    let fits = key.record.spec == KeySpec::SymmetricDefault;
    if fits { Ok(()) } else { Err(UnsupportedOperationException::bare().into()) }
}

/// Replicas of a multi-Region key follow their primary key.
pub(crate) fn leading<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    key.follows_none().map_err(unsupported)
}

/// The materials of a key in the order of their time: the first, then one for each rotation, then what waits for its own.
pub(crate) fn materials(key: &Key, now: Timestamp) -> Vec<(KeyMaterialId, &MaterialRecord)> {
    let gone = |record: &MaterialRecord| !record.is_present() || record.has_expired(now);
    let all = key.materials.iter().map(|(id, _, record)| (*id, &**record));
    let mut all: Vec<_> = all.filter(|(_, record)| record.pending.is_none() || !gone(record)).collect();
    all.sort_by_key(|(id, record)| {
        (record.pending.is_some(), record.rotated.map(|rotated| rotated.on), record.created, *id)
    });
    all
}

/// A material as ListKeyRotations shows it. What was imported says so, and whether it is there.
pub(crate) fn entry(
    keyring: &Keyring,
    key: &Key,
    (id, record): (&KeyMaterialId, &MaterialRecord),
    now: Timestamp,
) -> RotationsListEntry {
    let external = key.record.origin == Origin::External;
    let here = record.is_present() && !record.has_expired(now);
    let imported = record.imported.as_ref();
    let expires = imported.and_then(|imported| imported.expires).filter(|_| here);
    RotationsListEntry {
        key_id: Some(key.arn.key.to_string()),
        key_material_id: Some(id.to_string()),
        key_material_description: imported.and_then(|imported| imported.description.clone()),
        import_state: external.then_some(if here {
            ImportState::Imported
        } else {
            ImportState::PendingImport
        }),
        key_material_state: Some(state(key, id, keyring.waits_for(key, id, now))),
        expiration_model: (external && here).then(|| expiration_model(expires)),
        valid_to: expires.map(epoch),
        rotation_date: record.rotated.map(|rotated| epoch(rotated.on)),
        rotation_type: record.rotated.map(|rotated| match rotated.kind {
            Kind::Automatic => RotationType::Automatic,
            Kind::OnDemand => RotationType::OnDemand,
        }),
    }
}

fn state(key: &Key, id: &KeyMaterialId, waits: Option<PendingMaterial>) -> KeyMaterialState {
    match waits {
        Some(PendingMaterial::Rotation) => KeyMaterialState::PendingRotation,
        Some(PendingMaterial::MultiRegionImportAndRotation) => {
            KeyMaterialState::PendingMultiRegionImportAndRotation
        }
        None if key.record.material == Some(*id) => KeyMaterialState::Current,
        None => KeyMaterialState::NonCurrent,
    }
}

/// How imported material expires, given when.
pub(crate) fn expiration_model(expires: Option<Timestamp>) -> ExpirationModelType {
    match expires {
        Some(_) => ExpirationModelType::KeyMaterialExpires,
        None => ExpirationModelType::KeyMaterialDoesNotExpire,
    }
}
