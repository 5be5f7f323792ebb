//! Small events and logs for the tests.

use gatekey_audit::{
    Additional, Address, AuditKey, Event, Identity, IdentityKind, Log, Options, Promise, Summary, Tampering,
    Value, verify,
};
use gatekey_types::{RequestId, Timestamp};
use std::{path::Path, time::Duration};

pub(crate) fn key() -> AuditKey {
    AuditKey::new(&[7; 32])
}

pub(crate) fn id(number: u64) -> RequestId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    RequestId::from_random(bytes)
}

pub(crate) fn event(number: u64, parameter: &str) -> Event<'_> {
    Event {
        identity: Identity {
            kind: IdentityKind::Root,
            principal_id: Some("111122223333"),
            arn: Some("arn:aws:iam::111122223333:root"),
            account: Some("111122223333".into()),
            access_key: None,
            user_name: None,
            session: None,
            invoked_by: None,
        },
        time: Timestamp::from_seconds(1_700_000_000),
        source: "kms.amazonaws.com",
        name: "Encrypt".into(),
        region: "us-east-1".into(),
        address: Address { source: "127.0.0.1", user_agent: None },
        failure: None,
        request_parameters: Some(Value::object([("parameter", Value::text(parameter))])),
        response_elements: None,
        additional: Additional::default(),
        request_id: None,
        event_id: id(number),
        read_only: true,
        resources: &[],
        event_type: "AwsApiCall".into(),
        recipient: "111122223333".into(),
        shared_event_id: None,
        service_details: None,
        tls: None,
        gatekey: None,
    }
}

/// No checkpoints by time, so that tests decide when the head moves; about five events in a segment.
pub(crate) fn options() -> Options {
    Options {
        segment_bytes: 4_000,
        checkpoint_every: None,
        patience: Duration::from_secs(20),
        promise: Promise::Handed,
    }
}

pub(crate) fn open(folder: &Path) -> Log {
    Log::open(folder, key(), options()).unwrap().0
}

/// Leaves a log of so many events, closed.
pub(crate) fn filled(events: u64) -> tempfile::TempDir {
    filled_with(events, options())
}

/// The same, kept in another way.
pub(crate) fn filled_with(events: u64, options: Options) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(folder.path(), key(), options).unwrap();
    for number in 1..=events {
        assert_eq!(log.record(&event(number, "x")).unwrap().number(), number);
    }
    folder
}

pub(crate) fn proven(folder: &Path) -> Result<Summary, Tampering> {
    verify(folder, &key())
}
