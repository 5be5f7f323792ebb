//! `docs/operations.md` says what is served, and is made here from the model and the handlers.
#![cfg(test)]

use gatekey_model::kms::Operation;
use std::fmt::Write as _;

/// Set to anything, it writes the page instead of comparing it.
const UPDATE: &str = "GATEKEY_UPDATE_DOCS";

fn page() -> String {
    let served = gatekey_kms::served();
    let mut page = format!(
        "# Operations\n\nMade by a test from the model and the handlers; run `{UPDATE}=1 cargo test -p gatekey-kms` to write it \
         anew.\n\n## KMS: {} of {}\n\n| operation | served |\n|---|---|\n",
        served.len(),
        Operation::ALL.len()
    );
    for operation in Operation::ALL {
        let mark = if served.contains(operation) { "yes" } else { "no" };
        writeln!(page, "| {} | {mark} |", operation.info().name).unwrap();
    }
    page.push_str(
        "\nAn operation that is not served answers `UnsupportedOperationException`, and says so.\n",
    );
    page
}

/// With this begins what a test of the endpoint writes: the other services.
const THE_OTHERS: &str = "\n## IAM";

#[test]
fn the_page_of_operations_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/operations.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let (own, others) = written.split_at(written.find(THE_OTHERS).unwrap_or(written.len()));
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, page() + others).unwrap();
    } else {
        assert!(own == page(), "docs/operations.md is out of date: set {UPDATE}=1 and run this test once");
    }
}
