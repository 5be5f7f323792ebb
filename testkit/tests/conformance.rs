//! Both evaluators decide every case of `conformance/policy` as the case says.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by a panic")]
mod engine;

use engine::engine;
use gatekey_testkit::{
    differential::{Said, Verdict, naive_verdict},
    naive::Decision,
};
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
fn differences(case: &Value, said: &Said) -> Vec<String> {
    let compare = |(what, got, is_same): (&str, &String, bool)| {
        let wanted = wanted(case, what)?;
        (!is_same).then(|| format!("    - {what}: {wanted}\n    + {what}: {got}"))
    };
    let is = |what: &str, got: &str| wanted(case, what) == Some(got);
    let because = wanted(case, "because").unwrap_or_default();
    [
        ("decision", &said.decision, is("decision", &said.decision)),
        ("layer", &said.layer, is("layer", &said.layer)),
        ("because", &said.message, said.message.contains(because)),
    ]
    .into_iter()
    .filter_map(compare)
    .collect()
}

/// Every case that decides a request, on one evaluator (which policies may be written is the engine's matter alone, and
/// tested in `gatekey-analysis`); the panic tells of every case that it decides otherwise.
fn hold_to_every_case(evaluator: impl Fn(&Value) -> Verdict) {
    let mut failures = Vec::new();
    for (file, case) in cases().into_iter().filter(|(_, case)| case["expect"]["error"].is_null()) {
        let differences = match evaluator(&case) {
            Ok(said) => differences(&case, &said),
            Err(why) => vec![format!("    it is not taken: {why}")],
        };
        if !differences.is_empty() {
            failures.push(format!("{file}: {}\n{}", case["name"], differences.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{} cases differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_naive_evaluator_decides_every_case_as_it_says() {
    hold_to_every_case(|case| Ok(naive_verdict(case)));
}

#[test]
fn the_policy_engine_decides_every_case_as_it_says() {
    hold_to_every_case(engine);
}

#[test]
fn every_case_has_a_name_of_its_own_and_something_to_expect() {
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
            wanted(&case, "error").is_some()
                || wanted(&case, "decision").is_some_and(|it| decisions.contains(&it)),
            "{file}: {name} expects nothing"
        );
    }
    assert!(names.len() > 1_000, "cases were lost: {} are left", names.len());
}

#[test]
fn every_rule_is_shown_by_cases_that_there_are_and_every_vector_is_a_case() {
    let names: BTreeSet<String> =
        cases().iter().map(|(_, case)| case["name"].as_str().unwrap_or_default().to_owned()).collect();
    let page = include_str!("../../conformance/policy/RULES.md");
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit_once(" | "));
    let mut rules = 0;
    for (rule, shown) in rows.filter(|(rule, _)| *rule != "rule") {
        let listed: Vec<&str> = shown.trim_matches('`').split("`, `").collect();
        for name in &listed {
            assert!(names.contains(*name), "{rule}: there is no case {name:?}");
        }
        rules += usize::from(!listed.is_empty());
    }
    assert!(rules > 80, "rules were lost: {rules} are left");
    for vector in 1..=30 {
        let start = format!("T{vector} ");
        assert!(names.iter().any(|name| name.starts_with(&start)), "T{vector}");
    }
}
