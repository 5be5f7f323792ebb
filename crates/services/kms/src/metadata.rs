//! KeyMetadata, as AWS gives it: what does not apply is absent.

use crate::rotation::expiration_model;
use gatekey_keyring::{Key, KeyManager, KeySpec as DomainSpec, KeyState, KeyUsage, Origin};
use gatekey_model::{
    EpochSeconds,
    kms::{
        CustomerMasterKeySpec, EncapsulationAlgorithmSpec, EncryptionAlgorithmSpec,
        KeyAgreementAlgorithmSpec, KeyManagerType, KeyMetadata, KeySpec, KeyState as StateName, KeyUsageType,
        MacAlgorithmSpec, MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType, OriginType,
        SigningAlgorithmSpec,
    },
};
use gatekey_types::{KeyArn, KeyMaterialId, Region, Timestamp};

/// A moment as the wire has it.
pub(crate) fn epoch(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}

/// What a key that waits for its replicas says of its waiting period.
fn pending_window(state: KeyState) -> Option<i32> {
    match state {
        KeyState::PendingReplicaDeletion { window_days } => Some(i32::from(window_days)),
        _ => None,
    }
}

/// What DescribeKey and CreateKey say of a key.
pub(crate) fn metadata(key: &Key, now: Timestamp) -> KeyMetadata {
    let state = key.state(now);
    let record = &key.record;
    let (spec, usage) = (record.spec, record.usage);
    KeyMetadata {
        aws_account_id: Some(key.arn.account.to_string()),
        key_id: key.arn.key.to_string(),
        arn: Some(key.name.to_string()),
        creation_date: Some(epoch(record.created)),
        enabled: Some(state == KeyState::Enabled),
        description: Some(record.description.clone()),
        key_usage: KeyUsageType::from_name(record.usage.as_str()),
        key_state: StateName::from_name(state.as_str()),
        pending_deletion_window_in_days: pending_window(state),
        deletion_date: key.deletion_date().map(epoch),
        origin: OriginType::from_name(record.origin.as_str()),
        key_manager: Some(match record.manager {
            KeyManager::Aws => KeyManagerType::Aws,
            KeyManager::Customer => KeyManagerType::Customer,
        }),
        customer_master_key_spec: CustomerMasterKeySpec::from_name(record.spec.as_str()),
        key_spec: KeySpec::from_name(record.spec.as_str()),
        encryption_algorithms: (usage == KeyUsage::EncryptDecrypt)
            .then(|| named(spec.encryption_algorithms(), EncryptionAlgorithmSpec::from_name)),
        signing_algorithms: (usage == KeyUsage::SignVerify)
            .then(|| named(spec.signing_algorithms(), SigningAlgorithmSpec::from_name)),
        mac_algorithms: (usage == KeyUsage::GenerateVerifyMac)
            .then(|| named(spec.mac_algorithms(), MacAlgorithmSpec::from_name)),
        key_agreement_algorithms: (usage == KeyUsage::KeyAgreement)
            .then(|| named(spec.key_agreement_algorithms(), KeyAgreementAlgorithmSpec::from_name)),
        encapsulation_algorithms: (usage == KeyUsage::EncapsulateDecapsulate)
            .then(|| named(spec.encapsulation_algorithms(), EncapsulationAlgorithmSpec::from_name)),
        expiration_model: imported(key, now).then(|| expiration_model(key.valid_to())),
        valid_to: key.valid_to().filter(|_| imported(key, now)).map(epoch),
        multi_region: Some(record.multi_region.is_some()),
        multi_region_configuration: multi_region(key),
        current_key_material_id: current_material(key).map(|id| id.to_string()),
        ..KeyMetadata::default()
    }
}

/// The model's values of these names, in their order.
pub(crate) fn named<T>(names: &[&str], from_name: impl Fn(&str) -> Option<T>) -> Vec<T> {
    names.iter().filter_map(|name| from_name(name)).collect()
}

/// Whether the key has its material, and that was imported: AWS tells of its expiry only while it is there.
fn imported(key: &Key, now: Timestamp) -> bool {
    key.record.origin == Origin::External && !key.lacks_material(now)
}

/// AWS tells the id of the current material of symmetric encryption keys only.
fn current_material(key: &Key) -> Option<KeyMaterialId> {
    key.record.material.filter(|_| key.record.spec == DomainSpec::SymmetricDefault)
}

/// What ReplicateKey says of the replica that it has just made: AWS shows it as one in the making, not yet enabled and without
/// the id of its material.
pub(crate) fn creating(key: &Key, now: Timestamp) -> KeyMetadata {
    KeyMetadata {
        enabled: Some(false),
        key_state: Some(StateName::Creating),
        current_key_material_id: None,
        ..metadata(key, now)
    }
}

fn multi_region(key: &Key) -> Option<MultiRegionConfiguration> {
    let kin = key.record.multi_region.as_ref()?;
    let member = |region: &Region| MultiRegionKey {
        arn: Some(KeyArn { region: region.clone(), ..key.arn.clone() }.to_string()),
        region: Some(region.to_string()),
    };
    Some(MultiRegionConfiguration {
        multi_region_key_type: key.multi_region_type().and_then(MultiRegionKeyType::from_name),
        primary_key: Some(member(&kin.primary)),
        replica_keys: Some(kin.replicas.iter().map(member).collect()),
    })
}
