//! The naive evaluator decides every case of `conformance/policy` as the case says.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by a panic")]
use gatekey_testkit::naive::{Answer, Decision, evaluate};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

/// Every case, with the name of its file.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/policy");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let listed: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            cases.extend(listed.into_iter().map(|case| (file.clone(), case)));
        }
    }
    cases
}

fn wanted<'a>(case: &'a Value, member: &str) -> Option<&'a str> {
    case["expect"][member].as_str()
}

/// What differs from `expect`, one line each.
fn differences(case: &Value, answer: &Answer) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, got: &str, is_same: &dyn Fn(&str) -> bool| {
        if let Some(wanted) = wanted(case, what)
            && !is_same(wanted)
        {
            lines.push(format!("    - {what}: {wanted}\n    + {what}: {got}"));
        }
    };
    compare("decision", answer.decision.as_str(), &|wanted| wanted == answer.decision.as_str());
    compare("layer", answer.layer.as_str(), &|wanted| wanted == answer.layer.as_str());
    compare("because", &answer.message, &|wanted| answer.message.contains(wanted));
    lines
}

#[test]
fn every_case_is_decided_as_it_says() {
    let mut failures = Vec::new();
    for (file, case) in cases() {
        let differences = differences(&case, &evaluate(&case));
        if !differences.is_empty() {
            failures.push(format!("{file}: {}\n{}", case["name"], differences.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{} cases differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_decision() {
    let mut names = BTreeSet::new();
    for (file, case) in cases() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        assert!(
            !name.is_empty() && names.insert(name.clone()),
            "{file}: the name {name:?} is taken or missing"
        );
        let decisions =
            [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny].map(Decision::as_str);
        assert!(
            wanted(&case, "decision").is_some_and(|it| decisions.contains(&it)),
            "{file}: {name} expects nothing"
        );
    }
    assert!(names.len() > 1_000, "cases were lost: {} are left", names.len());
}
