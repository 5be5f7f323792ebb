//! Every case of `conformance/policy`, decided by the real evaluator.

use gatekey_analysis::cases::{self, Format, Reading};

#[test]
fn every_conformance_case_is_decided_as_it_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/policy");
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let cases = cases::load(&text, Format::Json, Reading::AsWritten);
        for case in cases.unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
            let result = case.run();
            count += 1;
            if case.expect.is_none() || !result.passed() {
                wrong.push(format!("{}: {}: {:?}", path.display(), case.name, result.mismatches));
            }
        }
    }
    assert!(count > 300, "only {count} cases were found");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
