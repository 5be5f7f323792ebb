use crate::{SecretKey, SecretRecord, Tags, ValuePlace, VersionRecord};
use gatekey_types::Timestamp;

pub(crate) fn key(name: &str) -> SecretKey {
    SecretKey {
        account: "111122223333".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        name: name.into(),
    }
}

pub(crate) fn record() -> SecretRecord {
    SecretRecord {
        suffix: "AAAAAA".into(),
        created: Timestamp::from_seconds(0),
        changed: Timestamp::from_seconds(0),
        accessed: None,
        description: None,
        kms_key: None,
        tags: Tags::new(),
        had_tags: false,
        versions: Default::default(),
        policy: None,
        due: None,
        replicas: Default::default(),
        primary: None,
        rotation: None,
    }
}

pub(crate) fn version(created: Timestamp) -> VersionRecord {
    let value = Some(ValuePlace { id: "00".into(), kms_key: None });
    VersionRecord { created, stages: Vec::new(), value, accessed: None }
}
