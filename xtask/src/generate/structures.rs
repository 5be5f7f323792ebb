//! The structures of a service: inputs, outputs and what they hold.

use super::{Model, Role, is_enum, is_type, type_name};
use crate::service::{Reference, Shape};
use crate::{Outcome, fail, names};

/// The text of the file with the structures of that role.
pub(super) fn generate(model: &Model<'_>, role: Role) -> Outcome<String> {
    let what = match role {
        Role::Input => "inputs of the operations",
        Role::Output => "outputs of the operations",
        Role::Nested => "structures inside inputs and outputs",
    };
    let mut body = String::new();
    for (name, shape) in model.structures(role) {
        body += &structure(model, name, shape)?;
    }
    Ok(format!("//! The {what}.\n\n{}{body}", imports(model, &body)))
}

/// `use` of what the body names.
fn imports(model: &Model<'_>, body: &str) -> String {
    let mut text = String::new();
    if body.contains("BTreeMap<") {
        text += "use std::collections::BTreeMap;\n";
    }
    if body.contains("derive(") {
        text += "use serde::{Deserialize, Serialize};\n";
    }
    if model.shapes.iter().any(|(name, shape)| is_elsewhere(body, &type_name(name), shape)) {
        text += "use super::*;\n";
    }
    let primitives = ["Blob", "EpochSeconds", "Sensitive"];
    let used: Vec<&str> = primitives.into_iter().filter(|name| names_type(body, name)).collect();
    if !used.is_empty() {
        text += &format!("use crate::{{{}}};\n", used.join(", "));
    }
    text + "\n"
}

/// Whether the body names a type of the service that it does not itself define.
fn is_elsewhere(body: &str, name: &str, shape: &Shape) -> bool {
    is_type(shape) && names_type(body, name) && !body.contains(&format!("pub struct {name} "))
}

fn names_type(body: &str, name: &str) -> bool {
    ["<", " "]
        .iter()
        .any(|before| [",", ">", "<"].iter().any(|after| body.contains(&format!("{before}{name}{after}"))))
}

fn structure(model: &Model<'_>, name: &str, shape: &Shape) -> Outcome<String> {
    let default = if has_default(model, shape, 0)? { ", Default" } else { "" };
    let mut text = format!(
        "/// The structure `{name}`.\n#[derive(Clone, Debug, PartialEq{default}, Serialize, Deserialize)]\n"
    );
    let pascal = shape.members.iter().all(|(member, _)| pascal_again(member) == member);
    if pascal && !shape.members.is_empty() {
        text += "#[serde(rename_all = \"PascalCase\")]\n";
    }
    text += &format!("pub struct {} {{\n", type_name(name));
    for (member, reference) in shape.members.iter() {
        text += &field(model, (name, shape), (member, reference), pascal)?;
    }
    Ok(text + "}\n\n")
}

/// What serde's PascalCase makes of the field that a member becomes.
fn pascal_again(member: &str) -> String {
    names::snake(member).split('_').map(names::capitalised).collect()
}

/// Members that the model requires and AWS leaves out where it has nothing to say: IAM of the root user.
const LEFT_OUT: [(&str, &str); 5] = [
    ("User", "Path"),
    ("User", "UserName"),
    ("AccessKey", "UserName"),
    ("LoginProfile", "UserName"),
    ("MFADevice", "UserName"),
];

fn field(
    model: &Model<'_>,
    (owner, parent): (&str, &Shape),
    member: (&str, &Reference),
    pascal: bool,
) -> Outcome<String> {
    let (name, reference) = member;
    let required = parent.required.iter().any(|needed| needed == name);
    let shape = model.shape(&reference.shape)?;
    let inner = rust_type(model, &reference.shape)?;
    let mut attributes = Vec::new();
    if !pascal {
        attributes.push(format!("rename = {name:?}"));
    }
    if !required {
        attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
    }
    if LEFT_OUT.contains(&(owner, name)) {
        attributes.push("skip_serializing_if = \"String::is_empty\"".to_owned());
    }
    if let Some(reader) = number_reader(&shape.kind, required) {
        attributes.push(format!("default, deserialize_with = \"crate::lenient::{reader}\""));
    }
    let attribute = match attributes.is_empty() {
        true => String::new(),
        false => format!("#[serde({})]\n", attributes.join(", ")),
    };
    let kind = if required { inner } else { format!("Option<{inner}>") };
    Ok(format!("/// {}\n{attribute}pub {}: {kind},\n", describe(name, shape, required), names::field(name)))
}

fn number_reader(kind: &str, required: bool) -> Option<&'static str> {
    match (kind, required) {
        ("integer", true) => Some("int"),
        ("integer", false) => Some("optional_int"),
        ("long", true) => Some("long"),
        ("long", false) => Some("optional_long"),
        _ => None,
    }
}

/// A member's documentation: what the model states of it.
fn describe(name: &str, shape: &Shape, required: bool) -> String {
    let mut facts = Vec::new();
    if required {
        facts.push("required".to_owned());
    }
    if shape.sensitive {
        facts.push("sensitive".to_owned());
    }
    let unit = match shape.kind.as_str() {
        "string" => " characters",
        "blob" => " bytes",
        "list" | "map" => " entries",
        _ => "",
    };
    match (shape.min, shape.max) {
        (Some(min), Some(max)) => facts.push(format!("{min} to {max}{unit}")),
        (Some(min), None) => facts.push(format!("at least {min}{unit}")),
        (None, Some(max)) => facts.push(format!("at most {max}{unit}")),
        (None, None) => {}
    }
    if facts.is_empty() { format!("`{name}`.") } else { format!("`{name}`: {}.", facts.join(", ")) }
}

/// The Rust type of a shape.
fn rust_type(model: &Model<'_>, name: &str) -> Outcome<String> {
    let shape = model.shape(name)?;
    let plain = match shape.kind.as_str() {
        "structure" => type_name(name),
        "string" if is_enum(shape) => type_name(name),
        "string" => "String".to_owned(),
        "blob" => "Blob".to_owned(),
        "boolean" => "bool".to_owned(),
        "integer" => "i32".to_owned(),
        "long" => "i64".to_owned(),
        "float" => "f32".to_owned(),
        "double" => "f64".to_owned(),
        "timestamp" => "EpochSeconds".to_owned(),
        "list" => format!("Vec<{}>", part(model, name, shape.member.as_ref())?),
        "map" => format!("BTreeMap<String, {}>", part(model, name, shape.value.as_ref())?),
        other => return fail(format!("shape {name} is a {other}, which codegen does not know")),
    };
    let secret = shape.sensitive && matches!(shape.kind.as_str(), "string" | "blob");
    Ok(if secret { format!("Sensitive<{plain}>") } else { plain })
}

fn part(model: &Model<'_>, name: &str, reference: Option<&Reference>) -> Outcome<String> {
    match reference {
        Some(reference) => rust_type(model, &reference.shape),
        None => fail(format!("shape {name} does not say what it holds")),
    }
}

/// Whether every required member of a structure has an empty value.
fn has_default(model: &Model<'_>, shape: &Shape, depth: usize) -> Outcome<bool> {
    if depth > 16 {
        return Ok(false);
    }
    for (name, reference) in shape.members.iter() {
        let member = model.shape(&reference.shape)?;
        let plain = match member.kind.as_str() {
            "structure" => has_default(model, member, depth + 1)?,
            "timestamp" => false,
            _ => !is_enum(member),
        };
        if shape.required.iter().any(|needed| needed == name) && !plain {
            return Ok(false);
        }
    }
    Ok(true)
}
