//! The policy engine and the naive evaluator agree on every case that a fuzzer can think of.
#![no_main]

#[path = "../../testkit/tests/engine/mod.rs"]
mod engine;

use engine::engine;
use gatekey_testkit::{differential::disagreement, generate::case_of_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(report) = disagreement(&case_of_bytes(bytes), engine) {
        panic!("{report}");
    }
});
