//! restJson: members in the path, the query string, headers and a JSON body.

use crate::error::{ERROR_TYPE, error_object};
use crate::node::Node;
use crate::query::{pairs, unescaped};
use crate::{Answer, WireError, json, moment, scalar, validate};
use gatekey_model::{ApiError, Kind, Location, Member, OperationInfo, Shape, TimestampFormat};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A request as HTTP carries it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, still escaped.
    pub path: &'a str,
    /// The query string, without its question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The parameters of a path: members' wire names and values, unescaped.
pub type PathParameters = Vec<(&'static str, String)>;

/// The operation that a method and a path mean, and what the path says.
pub fn route(
    operations: impl IntoIterator<Item = &'static OperationInfo>,
    method: &str,
    path: &str,
) -> Option<(&'static OperationInfo, PathParameters)> {
    let fits = |info: &'static OperationInfo| {
        let parameters = (info.http.method == method).then(|| matched(info.http.path, path)).flatten()?;
        Some((info, parameters))
    };
    // A path without parameters is more exact than one with.
    operations.into_iter().filter_map(fits).min_by_key(|(_, parameters)| parameters.len())
}

/// The parameters of a path that follows this template; `{name+}` takes the rest of it.
fn matched(template: &'static str, path: &str) -> Option<PathParameters> {
    let mut parameters = Vec::new();
    let mut path = path.strip_prefix('/')?;
    let template = template.split('?').next().unwrap_or_default().strip_prefix('/')?;
    let mut parts = template.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let greedy = part.ends_with("+}");
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) if !(last && greedy) => (segment, Some(rest)),
            _ => (path, None),
        };
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                parameters.push((name.trim_end_matches('+'), unescaped(segment.as_bytes(), false).ok()?));
            }
            None if part == segment => {}
            _ => return None,
        }
        match (rest, last) {
            (Some(rest), false) => path = rest,
            (None, true) => return Some(parameters),
            _ => return None,
        }
    }
    None
}

/// A request as the generated type of its operation's input.
///
/// # Errors
/// As [`json::decode`].
pub fn decode<T: DeserializeOwned>(
    info: &'static OperationInfo,
    parameters: &[(&'static str, String)],
    request: &Request<'_>,
) -> Result<T, WireError> {
    let mut members = body_members(info.input, request.body)?;
    let query = pairs(request.query.as_bytes())?;
    for member in info.input.members() {
        let value = match member.location {
            Location::Path => first(parameters.iter().map(|(n, v)| (*n, v.as_str())), member)?,
            Location::Query => from_query(&query, member)?,
            Location::Header => first_header(request.headers, member)?,
            Location::Headers => prefixed_headers(request.headers, member),
            Location::Body | Location::Status | Location::Payload => None,
        };
        members.extend(value.map(|value| (member, value)));
    }
    let node = Node::Structure(members);
    validate::check(info.input, &node)?;
    T::deserialize(node).map_err(|mismatch| WireError::serialization(mismatch.to_string()))
}

/// The members that the body holds: all of an object, or the payload alone. An empty body holds none.
fn body_members<'a>(
    shape: &'static Shape,
    body: &'a [u8],
) -> Result<Vec<(&'static Member, Node<'a>)>, WireError> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let naming: json::Naming = |member| member.wire_name;
    let payload = shape.members().iter().find(|member| member.location == Location::Payload);
    match payload.map(|member| (member, member.shape.kind)) {
        Some((member, Kind::Structure(_))) => Ok(vec![(member, json::read(body, member.shape, naming)?)]),
        Some((member, Kind::Blob)) => Ok(vec![(member, Node::Bytes(body.to_vec()))]),
        Some((member, _)) => {
            let text = core::str::from_utf8(body).map_err(|_| WireError::Serialization(None))?;
            Ok(vec![(member, Node::Text(Cow::Borrowed(text)))])
        }
        None => match json::read(body, shape, naming)? {
            Node::Structure(members) => Ok(members),
            _ => Ok(Vec::new()),
        },
    }
}

fn first<'a>(
    mut texts: impl Iterator<Item = (&'a str, &'a str)>,
    member: &'static Member,
) -> Result<Option<Node<'static>>, WireError> {
    let text = texts.find(|(name, _)| *name == member.wire_name).map(|(_, text)| text.to_owned());
    text.map(|text| scalar::from_text(member.shape, Cow::Owned(text))).transpose()
}

fn from_query(
    query: &[(String, String)],
    member: &'static Member,
) -> Result<Option<Node<'static>>, WireError> {
    let texts = || query.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let Kind::List { member: element, .. } = member.shape.kind else { return first(texts(), member) };
    let mut elements = Vec::new();
    for (_, text) in texts().filter(|(name, _)| *name == member.wire_name) {
        elements.push(scalar::from_text(element, Cow::Owned(text.to_owned()))?);
    }
    Ok((!elements.is_empty()).then_some(Node::List(elements)))
}

fn first_header(
    headers: &[(&str, &str)],
    member: &'static Member,
) -> Result<Option<Node<'static>>, WireError> {
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(member.wire_name));
    header.map(|(_, text)| scalar::from_text(member.shape, Cow::Owned((*text).to_owned()))).transpose()
}

fn prefixed_headers(headers: &[(&str, &str)], member: &'static Member) -> Option<Node<'static>> {
    let prefix = member.wire_name.to_ascii_lowercase();
    let entry = |(name, text): &(&str, &str)| {
        let name = name.to_ascii_lowercase().strip_prefix(&prefix)?.to_owned();
        Some((Cow::Owned(name), Some(Node::Text(Cow::Owned((*text).to_owned())))))
    };
    let entries: Vec<_> = headers.iter().filter_map(entry).collect();
    (!entries.is_empty()).then_some(Node::Map(entries))
}

/// The answer with this output: its headers, its status and its body.
///
/// # Errors
/// As [`json::encode`].
pub fn answer<T: Serialize>(info: &'static OperationInfo, output: &T) -> Result<Answer, WireError> {
    let mut answer = Answer {
        status: info.http.status,
        content_type: "application/json",
        headers: Vec::new(),
        body: Vec::new(),
    };
    let Some(shape) = info.output else { return Ok(answer) };
    let value = serde_json::to_value(output).map_err(|error| WireError::serialization(error.to_string()))?;
    let mut body = Map::new();
    for member in shape.members() {
        let Some(value) = value.get(member.name) else { continue };
        match member.location {
            Location::Status => answer.status = status(value).unwrap_or(answer.status),
            Location::Header => {
                answer.headers.push((member.wire_name.to_owned(), header_text(member, value)))
            }
            Location::Headers => answer.headers.extend(header_map(member, value)),
            Location::Payload => answer.body = renamed(member.shape, value).to_string().into_bytes(),
            Location::Body | Location::Query | Location::Path => {
                body.insert(member.wire_name.to_owned(), renamed(member.shape, value));
            }
        }
    }
    if answer.body.is_empty() {
        answer.body = Value::Object(body).to_string().into_bytes();
    }
    Ok(answer)
}

/// The answer with this error; a REST service's codes have statuses of their own.
pub fn error_answer(error: &dyn ApiError) -> Answer {
    let mut object = error_object(error);
    object.remove("__type");
    Answer {
        status: error.status(),
        content_type: "application/json",
        headers: vec![(ERROR_TYPE.to_owned(), error.code().to_owned())],
        body: Value::Object(object).to_string().into_bytes(),
    }
}

fn status(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn header_text(member: &'static Member, value: &Value) -> String {
    match (member.shape.kind, value) {
        (Kind::Timestamp(_), Value::Number(seconds)) => {
            moment::text(seconds.as_f64().unwrap_or_default(), TimestampFormat::HttpDate)
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn header_map(member: &'static Member, value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entry = |(name, value): (&String, &Value)| (format!("{}{name}", member.wire_name), text(value));
    value.as_object().map(|entries| entries.iter().map(entry).collect()).unwrap_or_default()
}

/// A value with the wire's names in place of the model's.
fn renamed(shape: &'static Shape, value: &Value) -> Value {
    match (shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            let entry = |member: &'static Member| {
                Some((member.wire_name.to_owned(), renamed(member.shape, object.get(member.name)?)))
            };
            Value::Object(members.iter().filter_map(entry).collect())
        }
        (Kind::List { member, .. }, Value::Array(elements)) => {
            Value::Array(elements.iter().map(|element| renamed(member, element)).collect())
        }
        (Kind::Map { value: shape, .. }, Value::Object(entries)) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), renamed(shape, value))).collect())
        }
        (_, other) => other.clone(),
    }
}
