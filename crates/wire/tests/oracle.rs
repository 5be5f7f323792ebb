//! Every operation of three services, as botocore sends it and as it reads the answer: `conformance/wire/`.

use gatekey_model::{Call, OperationInfo, Visit, kms, sample_query, sample_rest};
use gatekey_wire::{Answer, WireError, json, query, rest};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The request id of every answer in the vectors.
const REQUEST_ID: &str = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE";

/// One case, and how its protocol reads and writes.
struct Exchange<'a> {
    case: &'a Value,
    protocol: &'static str,
}

/// What the wire makes of a case: the input it reads and the answer it writes.
type Made = Result<(Value, Answer), WireError>;

impl<Operation> Visit<Operation> for Exchange<'_> {
    type Output = Made;
    fn visit<C: Call<Operation = Operation>>(self) -> Made {
        let input = self.read::<C::Input>(C::INFO)?;
        let output: C::Output = from_value(&self.case["output"])?;
        let answer = match self.protocol {
            "json" => json::answer(C::INFO, &output)?,
            "query" => query::answer(C::INFO, &output, REQUEST_ID)?,
            _ => rest::answer(C::INFO, &output)?,
        };
        Ok((serde_json::to_value(input).unwrap_or_default(), answer))
    }
}

fn from_value<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, WireError> {
    serde_json::from_value(value.clone()).map_err(|error| {
        let text = error.to_string();
        WireError::Validation { text: text.clone(), kept: text }
    })
}

impl Exchange<'_> {
    fn read<T: serde::de::DeserializeOwned>(&self, info: &'static OperationInfo) -> Result<T, WireError> {
        let request = &self.case["request"];
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let body = text("body").as_bytes();
        match self.protocol {
            "json" => json::decode(body, info.input),
            "query" => query::Form::parse(body)?.decode(info.input),
            _ => {
                let (method, path) = (text("method"), text("path"));
                let operations = sample_rest::Operation::ALL.iter().map(|operation| operation.info());
                let (found, parameters) =
                    rest::route(operations, method, path).ok_or(WireError::UnknownOperation(None))?;
                assert_eq!(found.name, info.name);
                let request = rest::Request { method, path, query: text("query"), headers: &[], body };
                rest::decode(info, &parameters, &request)
            }
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/wire")
}

/// An answer as the files have it: a JSON body is text, like any other.
fn written(answer: &Answer) -> Value {
    let headers: Vec<[&str; 2]> =
        answer.headers.iter().map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    json!({ "status": answer.status, "headers": headers, "body": String::from_utf8_lossy(&answer.body) })
}

/// Holds every case of a file against what `exchange` makes of it; with GATEKEY_BLESS writes the answers instead.
fn hold(
    file: &str,
    protocol: &'static str,
    operations: usize,
    exchange: impl Fn(&str, Exchange<'_>) -> Option<Made>,
) {
    let path = folder().join(file);
    let mut cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert_eq!(cases.len(), operations, "every operation has its case in {file}");
    for case in &mut cases {
        let name = case["operation"].as_str().unwrap_or_default().to_owned();
        let made =
            exchange(&name, Exchange { case, protocol }).map(|made| made.map_err(|error| error.to_string()));
        assert!(matches!(made, Some(Ok(_))), "{name}: {made:?}");
        let Some(Ok((input, answer))) = made else { continue };
        assert_eq!(input, case["input"], "the input of {name}");
        if std::env::var_os("GATEKEY_BLESS").is_some() {
            case["answer"] = written(&answer);
        }
        assert_eq!(written(&answer), case["answer"], "the answer of {name}");
    }
    if std::env::var_os("GATEKEY_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&cases).unwrap_or_default() + "\n";
        assert!(std::fs::write(path, text).is_ok());
    }
}

#[test]
fn every_kms_operation_is_read_and_answered_as_botocore_has_it() {
    hold("kms.json", "json", kms::Operation::ALL.len(), |name, exchange| {
        Some(kms::Operation::from_name(name)?.visit(exchange))
    });
}

#[test]
fn a_query_service_is_read_from_forms_and_answered_in_xml() {
    hold("sample_query.json", "query", sample_query::Operation::ALL.len(), |name, exchange| {
        Some(sample_query::Operation::from_name(name)?.visit(exchange))
    });
}

#[test]
fn a_rest_service_is_read_from_paths_query_strings_and_bodies() {
    hold("sample_rest.json", "rest-json", sample_rest::Operation::ALL.len(), |name, exchange| {
        Some(sample_rest::Operation::from_name(name)?.visit(exchange))
    });
}
