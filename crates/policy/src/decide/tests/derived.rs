//! Condition keys that whoever asks derives count as those that are set.

use super::*;
use crate::{ConditionKey, Derive, KeyName};
use proptest::prelude::*;

/// Keys with what follows about them.
#[derive(Debug)]
struct Follows(Vec<(KeyName, Values<'static>)>);

impl Derive for Follows {
    fn derive(&self, name: KeyName) -> Option<Values<'_>> {
        self.0.iter().find(|(of, _)| *of == name).map(|(_, values)| values.clone())
    }
}

const NAMES: [KeyName; 5] = [
    KeyName::KmsKeySpec,
    KeyName::KmsResourceAliases,
    KeyName::AwsSourceIp,
    KeyName::AwsSecureTransport,
    KeyName::AwsRequestedRegion,
];
const CONDITIONS: [&str; 9] = [
    "",
    r#""Condition":{"StringEquals":{"kms:KeySpec":"1"}}"#,
    r#""Condition":{"StringNotEqualsIfExists":{"kms:KeySpec":"1"}}"#,
    r#""Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":["1","3"]}}"#,
    r#""Condition":{"ForAllValues:StringEquals":{"kms:ResourceAliases":["1","3"]}}"#,
    r#""Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
    r#""Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
    r#""Condition":{"Null":{"aws:RequestedRegion":"true"}}"#,
    r#""Condition":{"StringLike":{"aws:RequestedRegion":"${kms:KeySpec}*"}}"#,
];

fn values() -> impl Strategy<Value = Values<'static>> {
    let text = proptest::sample::select(vec!["1", "2", "", "192.0.2.7", "198.51.100.1", "us-east-1"]);
    prop_oneof![
        1 => Just(Values::Absent),
        1 => any::<bool>().prop_map(|flag| Values::One(flag.into())),
        4 => text.prop_map(|text| Values::One(text.into())),
        2 => proptest::collection::vec(proptest::sample::select(vec!["1", "3"]), 0..3)
            .prop_map(|texts| Values::Many(texts.into_iter().map(Value::from).collect())),
    ]
}

fn statements() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    proptest::collection::vec((effect, proptest::sample::select(CONDITIONS.as_slice())), 1..4)
}

/// A case with these statements, in the key's policy or in an identity policy to which that leaves it.
fn case(by_key: bool, statements: &[(&str, &str)]) -> Case {
    let written = |principals: &[&str]| -> Vec<String> {
        statements
            .iter()
            .map(|(effect, condition)| statement(effect, principals, &["kms:*"], condition))
            .collect()
    };
    let case = Case::new("A:user/u", "kms:Decrypt");
    if by_key {
        return case.key(&written(&["*"]));
    }
    case.key_allows(&["A:root"], &["kms:*"], "").identity(vec![written(&[])])
}

proptest! {
    #[test]
    fn what_follows_decides_as_if_it_were_set(
        by_key in any::<bool>(),
        statements in statements(),
        keys in proptest::collection::vec((0..NAMES.len(), values(), any::<bool>()), 0..6),
    ) {
        let mut keys: Vec<_> = keys.into_iter().map(|(name, values, set)| (NAMES[name], values, set)).collect();
        keys.sort_by_key(|(name, ..)| *name as u32);
        keys.dedup_by_key(|(name, ..)| *name);
        let case = case(by_key, &statements);
        let (mut whole, mut partial, mut follows) = (Context::new(), Context::new(), Follows(Vec::new()));
        for (name, values, is_set) in keys {
            whole.put(name.into(), values.clone());
            match is_set {
                true => drop(partial.put(name.into(), values)),
                false => follows.0.push((name, values)),
            }
        }
        let set = case.clone().with(|case| case.context = whole).ask(decide_traced);
        let derived = case.with(|case| case.context = partial).ask(|request, policies| {
            decide_traced(&Request { derived: Some(&follows), ..*request }, policies)
        });
        prop_assert_eq!(&set.0, &derived.0);
        prop_assert_eq!(format!("{:?}", set.1), format!("{:?}", derived.1));
    }
}

#[test]
fn what_is_set_wins_over_what_follows_and_is_told_once() {
    let follows = Follows(vec![
        (KeyName::AwsSourceIp, Values::One("192.0.2.7".into())),
        (KeyName::KmsKeySpec, Values::One("1".into())),
    ]);
    let case = case(true, &[("Allow", CONDITIONS[5])]).context("aws:SourceIp", "198.51.100.1");
    case.ask(|request, policies| {
        let request = Request { derived: Some(&follows), ..*request };
        assert!(decide(&request, policies).is_allowed());
        let told: Vec<_> = request.keys().map(|(key, values)| (key.name(), values)).collect();
        let set = (KeyName::AwsSourceIp, Values::One("198.51.100.1".into()));
        assert_eq!(told, [set, (KeyName::KmsKeySpec, Values::One("1".into()))]);
    });
    let foreseen = Context::new().set_absent(ConditionKey::from(KeyName::AwsSourceIp)).clone();
    case.with(|case| case.context = foreseen).ask(|request, policies| {
        let request = Request { derived: Some(&follows), ..*request };
        // An absent address is in no network.
        assert!(decide(&request, policies).is_allowed());
    });
}
