//! What is proved is never contradicted: random policies with conditions of every kind, and random requests.

use super::tests::{sought, under};
use super::*;
use crate::testing::decided;
use gatekey_policy::KmsAction;
use proptest::prelude::*;

const OPERATORS: [&str; 6] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLikeIfExists",
    "StringEqualsIgnoreCase",
    "StringLikeIfExists",
];
const TEXTS: [&str; 9] = ["a", "ab", "a*", "*b", "?", "*", "abc", "A", "z*z"];
const SEEN: [&str; 10] = ["a", "ab", "abc", "b", "A", "AB", "zz", "zbz", "q", "acb"];
const RANGES: [&str; 6] =
    ["10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "10.1.2.3"];
const ADDRESSES: [&str; 6] = ["10.1.2.3", "10.1.9.9", "10.200.0.1", "8.8.8.8", "2001:db8::1", "::1"];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    (0..from.len()).prop_map(move |index| from[index])
}

fn condition() -> impl Strategy<Value = String> {
    let text =
        (pick(&OPERATORS), pick(&["aws:UserAgent", "kms:EncryptionContext:a"]), pick(&TEXTS), pick(&TEXTS))
            .prop_map(|(operator, key, one, two)| format!(r#""{operator}":{{"{key}":["{one}","{two}"]}}"#));
    let address = (pick(&["IpAddress", "NotIpAddress"]), pick(&RANGES), pick(&RANGES))
        .prop_map(|(operator, one, two)| format!(r#""{operator}":{{"aws:SourceIp":["{one}","{two}"]}}"#));
    let number =
        (pick(&["NumericLessThan", "NumericGreaterThan", "NumericEquals", "NumericNotEquals"]), 0..4)
            .prop_map(|(operator, n)| format!(r#""{operator}":{{"aws:MultiFactorAuthAge":"{n}"}}"#));
    let names = (
        pick(&["ForAllValues:StringEquals", "ForAnyValue:StringLike", "ForAnyValue:StringNotEquals"]),
        pick(&["a", "b", "*", "?"]),
        pick(&["a", "B", "c*"]),
    )
        .prop_map(|(operator, one, two)| {
            format!(r#""{operator}":{{"kms:EncryptionContextKeys":["{one}","{two}"]}}"#)
        });
    let null = (
        pick(&["aws:UserAgent", "kms:EncryptionContext:a", "kms:ViaService", "aws:SourceIp"]),
        any::<bool>(),
    )
        .prop_map(|(key, is_null)| format!(r#""Null":{{"{key}":"{is_null}"}}"#));
    let via = pick(&["ssm.*.amazonaws.com", "*.us-east-1.amazonaws.com"])
        .prop_map(|service| format!(r#""StringLike":{{"kms:ViaService":"{service}"}}"#));
    prop_oneof![3 => text, 2 => address, 1 => number, 2 => names, 1 => null, 1 => via]
}

fn statements() -> impl Strategy<Value = Vec<String>> {
    let one = (pick(&["Allow", "Allow", "Deny"]), condition())
        .prop_map(|(effect, text)| format!("{effect} {text}"));
    proptest::collection::vec(one, 1..5)
}

fn request() -> impl Strategy<Value = Context<'static>> {
    let pairs = proptest::sample::subsequence(vec!["a", "A", "b", "B", "cd", "x"], 0..4);
    let values = proptest::collection::vec(pick(&SEEN), 6);
    let agent = proptest::option::of(pick(&SEEN));
    let address = proptest::option::of(pick(&ADDRESSES));
    (agent, address, pairs, values, proptest::option::of(0..5_i64), any::<bool>()).prop_map(
        |(agent, address, names, values, age, is_through)| {
            let mut context = Context::new();
            if let Some(agent) = agent {
                context.set(KeyName::AwsUserAgent, agent);
            }
            if let Some(address) = address {
                context.set(KeyName::AwsSourceIp, address);
            }
            if let Some(age) = age {
                context
                    .set(KeyName::AwsMultiFactorAuthPresent, true)
                    .set(KeyName::AwsMultiFactorAuthAge, age);
            }
            if is_through {
                context.set_via_service("ssm", "us-east-1");
            }
            let pairs: Vec<_> = names.into_iter().zip(values).collect();
            if !pairs.is_empty() {
                context.set_encryption_context(pairs);
            }
            context
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn ten_thousand_random_requests_contradict_no_proof(
        statements in statements(),
        requests in proptest::collection::vec(request(), 50),
    ) {
        let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
        let world = under(&texts);
        let caller = world.named("A:user/u");
        let is_proved = sought(&world, "A:user/u").is_nothing();
        for request in requests {
            let case = (request, Timestamp::from_seconds(1_800_000_000));
            let is_allowed = decided(&world, &caller, KmsAction::Decrypt, world.the_key(), &case);
            prop_assert!(!(is_proved && is_allowed), "{texts:?} {:?}", case.0);
        }
    }
}
