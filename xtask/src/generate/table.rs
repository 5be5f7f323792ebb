//! The shapes of a service as data: types, members and constraints.

use super::Model;
use crate::service::{Reference, Shape};
use crate::{Failure, Outcome, fail, pattern};

/// The text of `shapes.rs`.
pub(super) fn generate(model: &Model<'_>) -> Outcome<String> {
    let mut body = String::new();
    for (name, shape) in &model.shapes {
        body += &entry(model, name, shape)?;
    }
    if model.operations().iter().any(|(_, operation)| operation.input.is_none()) {
        body += "/// The input of an operation that takes nothing.\npub static NO_INPUT: Shape = Shape::new(\"NoInput\", Kind::Structure(&[]));\n\n";
    }
    let names = ["Kind", "Location", "Member", "Pattern", "Shape", "TimestampFormat"];
    let used: Vec<&str> = names.into_iter().filter(|name| body.contains(&format!("{name}::"))).collect();
    Ok(format!("//! The shapes of the service as data.\n\nuse crate::{{{}}};\n\n{body}", used.join(", ")))
}

fn entry(model: &Model<'_>, name: &str, shape: &Shape) -> Outcome<String> {
    let constant = model.constant(name);
    let kind = kind(model, name, shape)?;
    let mut text = String::new();
    if shape.kind == "structure" {
        let count = shape.members.0.len();
        let members: String = shape.members.iter().map(|entry| member(model, shape, entry)).collect();
        text += &format!("static {constant}_MEMBERS: [Member; {count}] = [{members}];\n\n");
    }
    if let Some(source) = &shape.pattern {
        text += &pattern_entry(name, constant, source)?;
    }
    text += &format!(
        "/// `{name}`.\npub static {constant}: Shape = Shape::new({name:?}, {kind}){};\n\n",
        constraints(shape, constant)
    );
    Ok(text)
}

fn pattern_entry(name: &str, constant: &str, source: &str) -> Outcome<String> {
    let translated =
        pattern::translated(source).map_err(|Failure(why)| Failure(format!("pattern of {name}: {why}")))?;
    let except = translated.except.map(|except| format!(".except({except:?})")).unwrap_or_default();
    let regex = translated.regex;
    Ok(format!("static {constant}_PATTERN: Pattern = Pattern::new({source:?}, {regex:?}){except};\n\n"))
}

fn constraints(shape: &Shape, constant: &str) -> String {
    let mut text = String::new();
    if let Some(min) = shape.min {
        text += &format!(".min({min})");
    }
    if let Some(max) = shape.max {
        text += &format!(".max({max})");
    }
    if shape.pattern.is_some() {
        text += &format!(".pattern(&{constant}_PATTERN)");
    }
    if !shape.values.is_empty() {
        text += &format!(".values(&{:?})", shape.values);
    }
    if shape.sensitive {
        text += ".sensitive()";
    }
    text
}

fn kind(model: &Model<'_>, name: &str, shape: &Shape) -> Outcome<String> {
    Ok(match shape.kind.as_str() {
        "structure" => format!("Kind::Structure(&{}_MEMBERS)", model.constant(name)),
        "string" => "Kind::String".to_owned(),
        "blob" => "Kind::Blob".to_owned(),
        "boolean" => "Kind::Boolean".to_owned(),
        "integer" => "Kind::Integer".to_owned(),
        "long" => "Kind::Long".to_owned(),
        "float" => "Kind::Float".to_owned(),
        "double" => "Kind::Double".to_owned(),
        "timestamp" => format!("Kind::Timestamp(TimestampFormat::{})", timestamp_format(model, shape)?),
        "list" => list(model, name, shape)?,
        "map" => map(model, name, shape)?,
        other => return fail(format!("shape {name} is a {other}, which codegen does not know")),
    })
}

fn timestamp_format(model: &Model<'_>, shape: &Shape) -> Outcome<&'static str> {
    let protocol = model.service.metadata.protocol.as_str();
    Ok(match (shape.timestamp_format.as_deref(), protocol) {
        (Some("unixTimestamp"), _) | (None, "json" | "rest-json" | "smithy-rpc-v2-cbor") => "EpochSeconds",
        (Some("iso8601"), _) | (None, _) => "Iso8601",
        (Some("rfc822"), _) => "HttpDate",
        (Some(other), _) => return fail(format!("codegen does not know the timestamp format {other}")),
    })
}

fn list(model: &Model<'_>, name: &str, shape: &Shape) -> Outcome<String> {
    let Some(member) = &shape.member else { return fail(format!("list {name} has no member")) };
    let wire_name = member.location_name.as_deref().unwrap_or("member");
    Ok(format!(
        "Kind::List {{ member: &{}, name: {wire_name:?}, flattened: {} }}",
        model.constant(&member.shape),
        shape.flattened
    ))
}

fn map(model: &Model<'_>, name: &str, shape: &Shape) -> Outcome<String> {
    let (Some(key), Some(value)) = (&shape.key, &shape.value) else {
        return fail(format!("map {name} has no key or no value"));
    };
    let wire = |reference: &Reference, default: &str| {
        reference.location_name.clone().unwrap_or_else(|| default.to_owned())
    };
    Ok(format!(
        "Kind::Map {{ key: &{}, value: &{}, key_name: {:?}, value_name: {:?}, flattened: {} }}",
        model.constant(&key.shape),
        model.constant(&value.shape),
        wire(key, "key"),
        wire(value, "value"),
        shape.flattened
    ))
}

fn member(model: &Model<'_>, parent: &Shape, (name, reference): (&str, &Reference)) -> String {
    let mut text = format!("Member::new({name:?}, &{})", model.constant(&reference.shape));
    if parent.required.iter().any(|needed| needed == name) {
        text += ".required()";
    }
    if let Some(wire_name) = reference.location_name.as_ref().filter(|wire_name| *wire_name != name) {
        text += &format!(".named({wire_name:?})");
    }
    if let Some(location) = location(parent, name, reference) {
        text += &format!(".at(Location::{location})");
    }
    text + ","
}

fn location(parent: &Shape, name: &str, reference: &Reference) -> Option<&'static str> {
    match reference.location.as_deref() {
        Some("header") => Some("Header"),
        Some("headers") => Some("Headers"),
        Some("querystring") => Some("Query"),
        Some("uri") => Some("Path"),
        Some("statusCode") => Some("Status"),
        _ => (parent.payload.as_deref() == Some(name)).then_some("Payload"),
    }
}
