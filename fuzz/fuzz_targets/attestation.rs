//! Attestation documents: any bytes, and edits of one that AWS made.
#![no_main]

use gatekey_attestation::{Attestation, AttestationFault, Root, verify};
use gatekey_types::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const DOCUMENT: &[u8] = include_bytes!("../../crates/attestation/tests/aws/document.cose");

static ROOT: LazyLock<Root> = LazyLock::new(Root::aws);
static GOOD: LazyLock<Attestation> = LazyLock::new(|| judge(DOCUMENT).unwrap());

/// At the moment at which AWS's document was made.
fn judge(document: &[u8]) -> Result<Attestation, AttestationFault> {
    verify(document, &ROOT, Timestamp::from_seconds(1_736_179_625))
}

/// What is believed says what AWS said: bytes that nobody signed may differ (a tag, the form of a length), nothing else.
fn check(document: &[u8]) {
    if let Ok(believed) = judge(document) {
        assert_eq!(believed, *GOOD);
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    let mut edited = DOCUMENT.to_vec();
    for four in data.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([four[1], four[2]])) % (edited.len() + 1);
        match four[0] % 3 {
            0 if at < edited.len() => edited[at] = four[3],
            1 => edited.insert(at, four[3]),
            _ => edited.truncate(at),
        }
    }
    check(&edited);
});
