//! A pattern and a value, split at the first zero byte: `StringLike` matches as the definition says.
#![no_main]

use gatekey_policy::{
    Action, Context, Kind, KmsAction, Mode, Pins, Policies, Policy, Principal, Request, Resource, decide,
};
use gatekey_types::Arn;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Some((pattern, value)) = text.split_once('\0') else { return };
    if pattern.len() > 2_000 || value.len() > 2_000 {
        return;
    }
    assert_eq!(engine(pattern, value), by_definition(pattern, value));
});

/// What the engine says, of a policy of the version without variables.
fn engine(pattern: &str, value: &str) -> bool {
    let document = serde_json::json!({ "Statement": { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": { "StringLike": { "x:k": pattern } } } });
    let policy = Policy::read_stored(&document.to_string(), Kind::Resource, Pins::new());
    let principal = Principal::root("arn:aws:iam::111122223333:root".parse().unwrap());
    let key: Arn =
        "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001".parse().unwrap();
    let action = Action::Kms(KmsAction::Decrypt);
    let mut context = Context::new();
    context.set("x:k", value);
    let request = Request::new(Mode::Kms, &principal, &action, Resource::Named(&key), &context);
    decide(&request, &Policies { resource: Some(&policy), ..Policies::default() }).is_allowed()
}

/// Which prefixes of the pattern match which prefixes of the value, one row at a time.
fn by_definition(pattern: &str, value: &str) -> bool {
    let value: Vec<char> = value.chars().collect();
    let mut row = vec![false; value.len() + 1];
    row[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; value.len() + 1];
        next[0] = wanted == '*' && row[0];
        for (index, c) in value.iter().enumerate() {
            next[index + 1] = match wanted {
                '*' => row[index + 1] || next[index],
                '?' => row[index],
                _ => row[index] && wanted == *c,
            };
        }
        row = next;
    }
    row[value.len()]
}
