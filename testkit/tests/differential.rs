//! The policy engine and the naive evaluator agree on a few thousand random cases; `cargo xtask differential` goes on for as long as it is told.

mod engine;

use engine::engine;
use gatekey_testkit::{differential::disagreement, generate::case_of_seed};

#[test]
fn both_evaluators_agree_on_random_cases() {
    let report = (0..2_500).find_map(|seed| Some((seed, disagreement(&case_of_seed(seed), engine)?)));
    assert_eq!(report.map(|(seed, report)| format!("seed {seed}: {report}")), None);
}
