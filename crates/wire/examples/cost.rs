//! What the wire costs for one Encrypt: `cargo run --release --package gatekey-wire --example cost`.
//! Every round prints its own figures, and serde_json alone is measured beside it: compare inside a round only.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use gatekey_model::kms::{EncryptRequest, EncryptResponse, EncryptionAlgorithmSpec, Operation};
use gatekey_model::{Blob, OperationInfo};
use gatekey_wire::json;
use std::hint::black_box;

const BODY: &[u8] = br#"{"KeyId":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","EncryptionContext":{"Department":"IT","Purpose":"Test"}}"#;

const TIMES: u32 = 200_000;

/// Nanoseconds for which this thread has been on a processor: waiting for one does not count.
fn on_processor() -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    schedule.split_whitespace().next().and_then(|field| field.parse().ok()).unwrap_or_default()
}

/// Nanoseconds that this takes, on average.
fn nanoseconds(mut work: impl FnMut()) -> f64 {
    let begun = on_processor();
    (0..TIMES).for_each(|_| work());
    (on_processor() - begun) / f64::from(TIMES)
}

fn response() -> EncryptResponse {
    EncryptResponse {
        ciphertext_blob: Some(Blob::new(vec![7; 150])),
        key_id: Some(
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".to_owned(),
        ),
        encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
    }
}

fn main() {
    let info: &'static OperationInfo = Operation::Encrypt.info();
    let output = response();
    for round in 1..=3 {
        let decode =
            nanoseconds(|| drop(black_box(json::decode::<EncryptRequest>(black_box(BODY), info.input))));
        let serde =
            nanoseconds(|| drop(black_box(serde_json::from_slice::<EncryptRequest>(black_box(BODY)))));
        let answer = nanoseconds(|| drop(black_box(json::answer(info, black_box(&output)))));
        println!(
            "{round}: decode and validate {decode:.0} ns (serde_json alone {serde:.0}), answer {answer:.0} ns"
        );
    }
}
