//! Whatever arrives: an error or a value, never a panic, and what was written is read back the same.

use gatekey_model::{Call, Kind, Shape, Visit, kms, sample_query, sample_rest};
use gatekey_wire::{WireError, json, query, rest};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Decodes a body as any operation's input, in one pass or with care alike, and gives back what was understood.
struct Decode<'a>(&'a [u8]);

impl<Operation> Visit<Operation> for Decode<'_> {
    type Output = Result<Value, WireError>;
    fn visit<C: Call<Operation = Operation>>(self) -> Self::Output {
        let read = json::decode::<C::Input>(self.0, C::INFO.input).and_then(|input| json::encode(&input));
        let with_care = json::decode_with_care::<C::Input>(self.0, C::INFO.input);
        assert_eq!(read, with_care.and_then(|input| json::encode(&input)));
        let again = read?;
        // What was understood is understood once more, and alike.
        let second: C::Input = json::decode(&again, C::INFO.input)?;
        assert_eq!(again, json::encode(&second)?);
        Ok(serde_json::from_slice(&again).unwrap_or_default())
    }
}

fn any_operation() -> impl Strategy<Value = kms::Operation> {
    proptest::sample::select(kms::Operation::ALL)
}

/// Any JSON, with names that inputs have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z0-9+/=]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = proptest::sample::select(&[
        "KeyId",
        "Plaintext",
        "CiphertextBlob",
        "EncryptionContext",
        "GrantTokens",
        "Tags",
        "TagKey",
        "TagValue",
        "NumberOfBytes",
        "Recipient",
        "Constraints",
        "ValidTo",
        "DryRun",
        "KeySpec",
        "Operations",
    ]);
    leaf.prop_recursive(6, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..5).prop_map(|entries| entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

/// A value of the right type for a shape, constraints aside.
fn fitting(shape: &'static Shape, depth: u32) -> BoxedStrategy<Value> {
    match shape.kind {
        Kind::Structure(members) if depth > 0 => {
            let member = |member: &'static gatekey_model::Member| {
                let value = fitting(member.shape, depth - 1);
                proptest::option::weighted(if member.required { 0.95 } else { 0.4 }, value)
                    .prop_map(|value| value.map(|value| (member.name.to_owned(), value)))
            };
            let all: Vec<_> = members.iter().map(member).collect();
            all.prop_map(|entries| entries.into_iter().flatten().collect::<Map<_, _>>().into()).boxed()
        }
        Kind::List { member, .. } if depth > 0 => {
            proptest::collection::vec(fitting(member, depth - 1), 0..3).prop_map(Value::from).boxed()
        }
        Kind::Map { .. } => proptest::collection::btree_map(".{0,6}", ".{0,6}", 0..4)
            .prop_map(|entries| {
                entries.into_iter().map(|(k, v)| (k, Value::from(v))).collect::<Map<_, _>>().into()
            })
            .boxed(),
        Kind::Structure(_) => Just(Value::Object(Map::new())).boxed(),
        Kind::List { .. } => Just(Value::Array(Vec::new())).boxed(),
        Kind::String if !shape.values.is_empty() => {
            proptest::sample::select(shape.values).prop_map(Value::from).boxed()
        }
        Kind::String => "[a-z0-9/:]{1,20}".prop_map(Value::from).boxed(),
        Kind::Blob => "([A-Za-z0-9+/]{4}){1,8}".prop_map(Value::from).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer | Kind::Long => (0..1100_i64).prop_map(Value::from).boxed(),
        Kind::Float | Kind::Double => (0.0..10.0_f64).prop_map(Value::from).boxed(),
        Kind::Timestamp(_) => (0..4_000_000_000_i64).prop_map(|seconds| Value::from(seconds as f64)).boxed(),
    }
}

/// An input that fits its operation.
fn fitting_input() -> impl Strategy<Value = (kms::Operation, Value)> {
    any_operation().prop_flat_map(|operation| (Just(operation), fitting(operation.info().input, 5)))
}

/// The text of an input that fits, with something in it that may not.
fn spoilt_input() -> impl Strategy<Value = (kms::Operation, Vec<u8>)> {
    let pieces = proptest::sample::select(&[
        "",
        "null",
        "0",
        "-1.5",
        "1e400",
        "true",
        "\"\"",
        "\"AA==\"",
        "\"A=\"",
        "[]",
        "[null]",
        "{}",
        ",",
        ":",
        "\"",
        " ",
        "\"KeyId\":null,",
        "\"KeyId\":\"a\",",
        "\"Tags\":[null],",
        "\"Unknown\":{\"a\":[1]},",
        "\\u0041",
        "\\",
        "é",
        "\u{0}",
    ]);
    let spoil = |(operation, value): (kms::Operation, Value),
                 at: proptest::sample::Index,
                 cut: usize,
                 piece: &str| {
        let mut text = value.to_string().into_bytes();
        // Mostly before a value, behind one or between two.
        let joints: Vec<usize> = text
            .iter()
            .enumerate()
            .filter_map(|(at, byte)| b"{}[]:,\"".contains(byte).then_some(at))
            .collect();
        let from = joints.get(at.index(joints.len().max(1))).map_or(0, |joint| joint + 1);
        let to = (from + cut).min(text.len());
        text.splice(from..to, piece.bytes());
        (operation, text)
    };
    let cut = prop_oneof![3 => Just(0_usize), 1 => 1..12_usize];
    (fitting_input(), any::<proptest::sample::Index>(), cut, pieces)
        .prop_map(move |(input, at, cut, piece)| spoil(input, at, cut, piece))
}

proptest! {
    #[test]
    fn a_spoilt_input_is_refused_or_read((operation, body) in spoilt_input()) {
        let _ = operation.visit(Decode(&body));
    }

    #[test]
    fn random_bytes_are_refused_or_read(operation in any_operation(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = operation.visit(Decode(&body));
    }

    #[test]
    fn random_json_is_refused_or_read(operation in any_operation(), value in any_json()) {
        let _ = operation.visit(Decode(value.to_string().as_bytes()));
    }

    #[test]
    fn cut_off_json_is_refused((operation, value) in fitting_input(), cut in any::<proptest::sample::Index>()) {
        let text = value.to_string();
        let end = cut.index(text.len());
        let body = text.as_bytes().get(..end).unwrap_or_default();
        prop_assert!(operation.visit(Decode(body)).is_err());
    }

    #[test]
    fn an_input_that_fits_is_read_whole_or_breaks_a_constraint((operation, value) in fitting_input()) {
        match operation.visit(Decode(value.to_string().as_bytes())) {
            Ok(read) => prop_assert_eq!(read, value),
            Err(WireError::Validation { text, .. }) => prop_assert!(text.contains("failed to satisfy constraint: "), "{}", text),
            Err(other) => prop_assert!(false, "{} for {}", other, value),
        }
    }

    #[test]
    fn random_forms_are_refused_or_read(
        text in "((Tags|PolicyInputList|ContextEntries|RoleName|Action)(\\.(member|entry|[0-9]{1,12}|Key|Value|))*(=[^&]{0,8})?&?){0,12}",
    ) {
        if let Ok(form) = query::Form::parse(text.as_bytes()) {
            for operation in sample_query::Operation::ALL {
                let _ = form.decode::<sample_query::CreateRoleRequest>(operation.info().input);
                let _ = form.decode::<sample_query::SimulateCustomPolicyRequest>(operation.info().input);
            }
        }
    }

    #[test]
    fn random_rest_requests_are_refused_or_read(path in "[/a-z%0-9]{0,40}", queries in "[a-zA-Z=&%+]{0,60}", body in ".{0,60}") {
        for operation in sample_rest::Operation::ALL {
            let request = rest::Request { method: "POST", path: &path, query: &queries, headers: &[], body: body.as_bytes() };
            let _ = rest::decode::<sample_rest::CreateResourceShareRequest>(operation.info(), &[], &request);
            let _ = rest::route([operation.info()], "POST", &path);
        }
    }
}
