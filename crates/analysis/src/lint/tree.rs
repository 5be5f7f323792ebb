//! A JSON text as a tree in which every value knows where it stands. Duplicate members are kept.

use core::ops::Range;
use jsonc_parser::{CollectOptions, ParseOptions, ast, common::Ranged, parse_to_ast};

/// Where something stands: its bytes in the text, and its JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) span: Range<usize>,
    pub(crate) pointer: String,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// `null`, a number or a boolean, as written.
    Scalar(String),
    Text(String),
    List(Vec<Node>),
    Members(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The place of the name; its pointer is the member's.
    pub(crate) name_at: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Members(members) => members,
            _ => &[],
        }
    }

    /// The first member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name == name)
    }

    /// The elements of a list, or the value itself: policies may leave the brackets out around one value.
    pub(crate) fn one_or_many(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => core::slice::from_ref(self),
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, in a reader's words.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(_) => "a number, a boolean or null",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Members(_) => "an object",
        }
    }

    /// The value without places and with members in the order of their names, to compare two of them.
    pub(crate) fn canonical(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(text) => serde_json::from_str(text).unwrap_or_default(),
            Value::Text(text) => text.as_str().into(),
            Value::List(nodes) => nodes.iter().map(Self::canonical).collect(),
            Value::Members(members) => serde_json::Value::Object(
                members.iter().map(|m| (m.name.clone(), m.node.canonical())).collect(),
            ),
        }
    }
}

/// Why a text is not JSON, and the byte where that shows.
#[derive(Debug)]
pub(crate) struct NotJson {
    pub(crate) reason: String,
    pub(crate) at: Range<usize>,
}

/// Deepest nesting that is read: a policy needs seven levels.
const DEEPEST: usize = 32;

/// Reads strict JSON: no comments, no trailing commas, nothing after the value.
pub(crate) fn read(text: &str) -> Result<Node, NotJson> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict()).map_err(|error| NotJson {
        reason: error.kind().to_string(),
        at: error.range().start..error.range().end,
    })?;
    let value = parsed.value.ok_or(NotJson { reason: "The text is empty".into(), at: 0..0 })?;
    node(value, String::new(), 0)
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn span(ranged: &impl Ranged) -> Range<usize> {
    ranged.start()..ranged.end()
}

fn node(value: ast::Value<'_>, pointer: String, depth: usize) -> Result<Node, NotJson> {
    let at = span(&value);
    if depth > DEEPEST {
        return Err(NotJson { reason: format!("Nested more than {DEEPEST} deep"), at });
    }
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
        ast::Value::NumberLit(number) => Value::Scalar(number.value.to_owned()),
        ast::Value::BooleanLit(boolean) => Value::Scalar(boolean.value.to_string()),
        ast::Value::NullKeyword(_) => Value::Scalar("null".to_owned()),
        ast::Value::Array(array) => Value::List(elements(array, &pointer, depth)?),
        ast::Value::Object(object) => Value::Members(members(object, &pointer, depth)?),
    };
    Ok(Node { at: Place { span: at, pointer }, value })
}

fn elements(array: ast::Array<'_>, pointer: &str, depth: usize) -> Result<Vec<Node>, NotJson> {
    let numbered = array.elements.into_iter().enumerate();
    numbered.map(|(index, value)| node(value, format!("{pointer}/{index}"), depth + 1)).collect()
}

fn members(object: ast::Object<'_>, pointer: &str, depth: usize) -> Result<Vec<Member>, NotJson> {
    object.properties.into_iter().map(|property| member(property, pointer, depth)).collect()
}

fn member(property: ast::ObjectProp<'_>, pointer: &str, depth: usize) -> Result<Member, NotJson> {
    let name_span = span(&property.name);
    let name = property.name.into_string();
    let pointer = format!("{pointer}/{}", escaped(&name));
    let node = node(property.value, pointer.clone(), depth + 1)?;
    Ok(Member { name, name_at: Place { span: name_span, pointer }, node })
}

/// Longest name that a pointer spells out. Every value below repeats it, so memory would grow with the square.
const LONGEST_STEP: usize = 128;

/// A member's name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    let (name, rest) = name.split_at(name.floor_char_boundary(LONGEST_STEP));
    let mark = if rest.is_empty() { "" } else { "..." };
    name.replace('~', "~0").replace('/', "~1") + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_bytes_and_its_pointer() {
        let text = r#"{"a/b": [1, {"c": "d"}], "a/b": true}"#;
        let root = read(text).unwrap();
        let list = &root.member("a/b").unwrap().node;
        let inner = &list.one_or_many()[1].member("c").unwrap().node;
        assert_eq!(inner.at.pointer, "/a~1b/1/c");
        assert_eq!(&text[inner.at.span.clone()], "\"d\"");
        assert_eq!(root.members().len(), 2, "duplicates are kept");
    }

    #[test]
    fn only_strict_json_is_read() {
        for bad in ["", " ", "{", "{a: 1}", "[1,]", "// c\n1", "1 2", "'a'", "{\"a\":1 \"b\":2}", "\u{feff}"]
        {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_a_crash() {
        for depth in [40, 600, 100_000] {
            assert!(read(&"[".repeat(depth)).is_err());
            assert!(read(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))).is_err());
        }
    }
}
