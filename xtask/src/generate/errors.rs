//! The exceptions of a service and the errors of each operation.

use super::{Model, type_name};
use crate::names;
use crate::service::{Operation, Shape};
use std::collections::BTreeSet;

/// The text of `exceptions.rs`.
pub(super) fn exceptions(model: &Model<'_>) -> String {
    let mut text = String::from(
        "//! The exceptions of the service, each with its code and status.\n\nuse crate::macros::exceptions;\n\nexceptions! {\n",
    );
    for (name, shape) in model.exceptions() {
        text += &exception(model, name, shape);
    }
    text + "}\n"
}

fn exception(model: &Model<'_>, name: &str, shape: &Shape) -> String {
    let trait_ = shape.error.as_ref();
    let code = trait_.and_then(|error| error.code.as_deref()).unwrap_or(name);
    let default = if shape.fault { 500 } else { 400 };
    let status = trait_.and_then(|error| error.http_status_code).unwrap_or(default);
    let fault = if shape.fault || status >= 500 { " fault" } else { "" };
    let message = shape.members.iter().map(|(member, _)| member).find(|member| is_message(member));
    let message = match message {
        Some(key) if key != "message" => format!(" [message = {key:?}]"),
        _ => String::new(),
    };
    let details = details(model, shape);
    format!("    {} {{ {code:?} {status}, {code:?} {status}{fault}{message}{details} }},\n", type_name(name))
}

fn is_message(member: &str) -> bool {
    member.eq_ignore_ascii_case("message")
}

/// The further members that are texts; lists and structures beside an error's text are left out.
fn details(model: &Model<'_>, shape: &Shape) -> String {
    let texts = shape.members.iter().filter(|(member, reference)| {
        !is_message(member) && model.shape(&reference.shape).is_ok_and(|shape| shape.kind == "string")
    });
    texts.map(|(member, _)| format!("; {} = {member:?}", names::field(member))).collect()
}

/// The text of `errors.rs`.
pub(super) fn operation_errors(model: &Model<'_>) -> String {
    let mut text = String::from(
        "//! What each operation may fail with.\n\nuse super::*;\nuse crate::CommonError;\nuse crate::macros::{from_common, operation_errors};\n\noperation_errors! {\n",
    );
    for (name, operation) in model.operations().iter() {
        text += &format!("    /// What `{name}` may fail with.\n    {name}Error {{\n");
        let mut taken = BTreeSet::from(["Common".to_owned()]);
        for exception in listed(operation) {
            let variant = names::unique(variant(&exception), "", &mut taken);
            text += &format!(
                "        {variant}: {exception},
"
            );
        }
        text += "        Common: CommonError,\n    }\n";
    }
    text += "}\n\nfrom_common! {\n";
    for (name, _) in model.operations().iter() {
        text += &format!("    {name}Error,\n");
    }
    text + "}\n"
}

/// The types of the exceptions that an operation's model lists, each once.
fn listed(operation: &Operation) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let types = operation.errors.iter().map(|error| type_name(&error.shape));
    types.filter(|exception| seen.insert(exception.clone())).collect()
}

fn variant(exception: &str) -> String {
    exception.strip_suffix("Exception").unwrap_or(exception).to_owned()
}
