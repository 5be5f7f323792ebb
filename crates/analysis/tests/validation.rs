//! Every case of `conformance/validation`: which key policies are accepted, and how the others are refused.

use gatekey_policy::{ErrorClass, Kind, Policy};
use serde_json::{Value, json};

/// The document of a case, as a request would bring it.
fn document(case: &Value) -> String {
    let mut text = match case["text"].as_str() {
        Some(text) => text.to_owned(),
        None => case["policy"].to_string(),
    };
    let length = case["padTo"].as_u64().map_or(0, |length| usize::try_from(length).unwrap());
    text.extend(std::iter::repeat_n(' ', length.saturating_sub(text.len())));
    text
}

/// What the parser says of it, in the terms of the case: only the members that the case names.
fn answer(text: &str, expect: &Value) -> Value {
    let Err(error) = Policy::parse(text, Kind::Key) else { return json!("accepted") };
    let code = match error.class {
        ErrorClass::Malformed => "MalformedPolicyDocumentException",
        ErrorClass::TooLarge => "LimitExceededException",
        ErrorClass::Validation => "ValidationException",
    };
    let mut answer = json!({"error": code, "pointer": error.at.pointer});
    if expect["message"].is_string() {
        answer["message"] = json!(error.message);
    }
    answer
}

#[test]
fn every_key_policy_is_accepted_or_refused_as_its_case_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/validation/key-policies.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, answer(&document(case), &case["expect"])))
        .filter(|(case, answer)| case["expect"] != *answer)
        .map(|(case, answer)| format!("{}: {answer} instead of {}", case["name"], case["expect"]))
        .collect();
    assert!(cases.len() > 60, "only {} cases were found", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
