//! The operations of a service.

use super::{Model, is_enum, type_name};
use crate::service::Operation;
use crate::{Outcome, fail, names};

/// The text of `mod.rs`.
pub(super) fn module(model: &Model<'_>) -> String {
    let mut text = format!("//! {}: generated from its model.\n\n", model.service.metadata.service_id);
    let mut files = vec!["errors", "exceptions", "operations", "requests", "responses", "structures"];
    // A glob that re-exports nothing would not pass the lints.
    if model.shapes.values().any(|shape| is_enum(shape)) {
        files.insert(0, "enums");
    }
    text += &files.iter().map(|file| format!("mod {file};\n")).collect::<String>();
    text += "\npub mod calls;\npub mod shapes;\n\n";
    text += &files.iter().map(|file| format!("pub use {file}::*;\n")).collect::<String>();
    text
}

/// The text of `operations.rs`.
pub(super) fn generate(model: &Model<'_>) -> Outcome<String> {
    let mut text = String::from(
        "//! The operations of the service.\n\nuse super::{exceptions, shapes};\nuse crate::{Http, OperationInfo, Protocol, Service};\n\n",
    );
    text += &service(model)?;
    text += &enumeration(model);
    for (name, operation) in model.operations().iter() {
        text += &info(model, name, operation);
    }
    Ok(text)
}

fn service(model: &Model<'_>) -> Outcome<String> {
    let metadata = &model.service.metadata;
    let mut protocols = String::new();
    let named = [metadata.protocol.clone()];
    let all = if metadata.protocols.is_empty() { &named[..] } else { &metadata.protocols[..] };
    for protocol in all {
        protocols += match protocol.as_str() {
            "json" => "Protocol::Json,",
            "query" => "Protocol::Query,",
            "rest-json" => "Protocol::RestJson,",
            "smithy-rpc-v2-cbor" => "Protocol::RpcCbor,",
            other => return fail(format!("codegen does not know the protocol {other}")),
        };
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Ok(format!(
        "/// The service.\npub static SERVICE: Service = Service {{ signing_name: {:?}, id: {:?}, api_version: {:?}, target_prefix: {:?}, json_version: {:?}, protocols: &[{protocols}], xml_namespace: {:?} }};\n\n",
        metadata.signing_name.as_ref().unwrap_or(&metadata.endpoint_prefix),
        metadata.service_id,
        metadata.api_version,
        text(&metadata.target_prefix),
        text(&metadata.json_version),
        text(&metadata.xml_namespace),
    ))
}

fn enumeration(model: &Model<'_>) -> String {
    let mut text = String::from(
        "/// An operation of the service.\n#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]\npub enum Operation {\n",
    );
    let (mut all, mut by_name, mut infos) = (String::new(), String::new(), String::new());
    for (name, _) in model.operations().iter() {
        text += &format!("/// `{name}`.\n{name},\n");
        all += &format!("Self::{name},");
        by_name += &format!("{name:?} => Some(Self::{name}),\n");
        infos += &format!("Self::{name} => &{},\n", names::constant(name));
    }
    text += &format!(
        "}}\n\nimpl Operation {{\n/// All operations, by name.\npub const ALL: &'static [Self] = &[{all}];\n"
    );
    text += "/// Its name.\npub const fn name(self) -> &'static str {\nself.info().name\n}\n";
    text += &format!(
        "/// The operation of that name.\npub fn from_name(name: &str) -> Option<Self> {{\nmatch name {{\n{by_name}_ => None,\n}}\n}}\n"
    );
    text += "/// The operation that an `X-Amz-Target` header names.\npub fn from_target(target: &str) -> Option<Self> {\nlet (prefix, name) = target.rsplit_once('.')?;\nif prefix == SERVICE.target_prefix && !prefix.is_empty() { Self::from_name(name) } else { None }\n}\n";
    text += &format!(
        "/// What the model says of it.\npub const fn info(self) -> &'static OperationInfo {{\nmatch self {{\n{infos}}}\n}}\n}}\n\n"
    );
    text
}

fn info(model: &Model<'_>, name: &str, operation: &Operation) -> String {
    let input = match &operation.input {
        Some(input) => format!("&shapes::{}", model.constant(&input.shape)),
        None => "&shapes::NO_INPUT".to_owned(),
    };
    let output = match &operation.output {
        Some(output) => format!("Some(&shapes::{})", model.constant(&output.shape)),
        None => "None".to_owned(),
    };
    let wrapper =
        operation.output.as_ref().and_then(|output| output.result_wrapper.clone()).unwrap_or_default();
    let errors: String = operation
        .errors
        .iter()
        .map(|error| format!("exceptions::{}::INFO,", type_name(&error.shape)))
        .collect();
    let (http, unsigned) = (&operation.http, operation.authtype.as_deref() == Some("none"));
    format!(
        "static {}: OperationInfo = OperationInfo {{ name: {name:?}, service: &SERVICE, input: {input}, output: {output}, result_wrapper: {wrapper:?}, errors: &[{errors}], http: Http {{ method: {:?}, path: {:?}, status: {} }}, unsigned: {unsigned} }};\n\n",
        names::constant(name),
        http.method,
        http.request_uri,
        http.response_code.unwrap_or(200),
    )
}

/// The text of `calls.rs`.
pub(super) fn calls(model: &Model<'_>) -> String {
    let mut text = String::from(
        "//! The operations as types.\n\nuse super::Operation;\nuse crate::{Call, OperationInfo, Visit};\n\n",
    );
    let arms: String = model
        .operations()
        .iter()
        .map(|(name, _)| format!("Self::{name} => visitor.visit::<{name}>(),\n"))
        .collect();
    text += &format!(
        "impl Operation {{\n/// Shows the visitor this operation's type.\npub fn visit<V: Visit<Self>>(self, visitor: V) -> V::Output {{\nmatch self {{\n{arms}}}\n}}\n}}\n\n"
    );
    for (name, operation) in model.operations().iter() {
        let side = |reference: &Option<crate::service::Reference>, none: &str| match reference {
            Some(reference) => format!("super::{}", type_name(&reference.shape)),
            None => format!("crate::{none}"),
        };
        text += &format!(
            "/// `{name}`.\n#[derive(Clone, Copy, Debug)]\npub struct {name};\n\nimpl Call for {name} {{\ntype Operation = Operation;\ntype Input = {};\ntype Output = {};\ntype Error = super::{name}Error;\nconst OPERATION: Operation = Operation::{name};\nconst INFO: &'static OperationInfo = Operation::{name}.info();\n}}\n\n",
            side(&operation.input, "NoInput"),
            side(&operation.output, "NoOutput"),
        );
    }
    text
}
