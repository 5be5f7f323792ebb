//! JSON, YAML and TOML as one tree, and the places of things in them.

use crate::text::{Position, Source};
use core::fmt;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;

/// How a file of cases is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, without comments.
    Json,
    /// YAML 1.2.
    Yaml,
    /// TOML.
    Toml,
}

impl Format {
    /// The format that the ending of a file's name tells.
    pub fn of_file_name(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// Why a text could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) at: Option<Position>,
}

/// Most values in one file. A small YAML file can stand for a vast tree.
const MOST_VALUES: usize = 2_000_000;
/// Deepest nesting in a file.
const DEEPEST: usize = 48;

/// Reads a text as a tree. Members that stand twice are refused, as are trees that are too deep or too large.
pub(super) fn read(text: &str, format: Format) -> Result<Value, Unreadable> {
    let budget = Cell::new(MOST_VALUES);
    with_deserializer(text, format, Tree { budget: &budget, depth: 0 })
}

/// Line and column of the value at a JSON pointer, or near it.
pub(super) fn position(text: &str, format: Format, pointer: &str) -> Option<Position> {
    let steps: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
    match with_deserializer(text, format, Seek { steps: &steps }) {
        Err(Unreadable { message, at }) if message.contains(HERE) => at,
        _ => None,
    }
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Runs one seed over a text of any format.
fn with_deserializer<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    format: Format,
    seed: S,
) -> Result<S::Value, Unreadable> {
    match format {
        Format::Json => json(text, seed),
        Format::Yaml => {
            seed.deserialize(serde_norway::Deserializer::from_str(text)).map_err(|error| Unreadable {
                at: error.location().map(|l| Position { line: l.line(), column: l.column() }),
                message: own_part(&error.to_string()),
            })
        }
        Format::Toml => toml(text, seed),
    }
}

fn json<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| Unreadable {
        at: (error.line() > 0).then(|| Position { line: error.line(), column: error.column().max(1) }),
        message: match is_quote_of_a_word_processor(text, error.line(), error.column()) {
            true => "a typographic quotation mark stands where \" is meant".to_owned(),
            false => without_place(&error.to_string()),
        },
    })
}

/// Whether one of the quotation marks that word processors write stands at this place; the column counts bytes from 1.
fn is_quote_of_a_word_processor(text: &str, line: usize, column: usize) -> bool {
    let line = line.checked_sub(1).and_then(|line| text.lines().nth(line)).unwrap_or_default();
    let rest = column.checked_sub(1).and_then(|column| line.get(column..)).unwrap_or_default();
    rest.starts_with(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'])
}

/// How the faults begin that are found here and not by the reader of a format.
const TOO_DEEP: &str = "nested more than";
const TOO_MANY: &str = "more values than are read";
const TWICE: &str = "the member \"";

/// The message without what the YAML reader puts around one that is not its own: the way to the place, which may be long, and
/// the place.
fn own_part(message: &str) -> String {
    let own = [TOO_DEEP, TOO_MANY, TWICE].iter().find_map(|start| message.get(message.find(start)?..));
    own.map_or_else(|| message.to_owned(), without_place)
}

/// The message without the place that serde_json puts behind it.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

fn toml<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, Unreadable> {
    let place = |error: &toml::de::Error| error.span().map(|span| Source::new(text).position(span.start));
    let unreadable =
        |error: toml::de::Error| Unreadable { at: place(&error), message: error.message().to_owned() };
    let deserializer = toml::Deserializer::parse(text).map_err(unreadable)?;
    seed.deserialize(deserializer).map_err(unreadable)
}

/// Builds the tree.
#[derive(Clone, Copy)]
struct Tree<'b> {
    budget: &'b Cell<usize>,
    depth: usize,
}

impl Tree<'_> {
    /// One level deeper, one value more.
    fn below<E: de::Error>(self) -> Result<Self, E> {
        let left = self.budget.get().checked_sub(1).ok_or_else(|| E::custom(TOO_MANY))?;
        self.budget.set(left);
        if self.depth == DEEPEST {
            return Err(E::custom(format_args!("{TOO_DEEP} {DEEPEST} deep")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Under this name the TOML reader hands out a date, which TOML writes without quotes.
const TOML_DATE: &str = "$__toml_private_datetime";

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(value) = elements.next_element_seed(below)? {
            below.below::<A::Error>()?;
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format_args!("{TWICE}{name}\" stands here a second time")));
            }
            let value = members.next_value_seed(below)?;
            if name == TOML_DATE {
                return Ok(value);
            }
            below.below::<A::Error>()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// What the seeker says when it has arrived. The reader adds where that is.
const HERE: &str = "the place sought";

/// Walks to a place and fails there, since only an error tells where the reader is.
struct Seek<'s> {
    steps: &'s [String],
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'s> Seek<'s> {
    /// The step to take now, and a seeker for the others; without a step left this is the place.
    fn step<E: de::Error>(&self) -> Result<(&'s str, Seek<'s>), E> {
        let (first, rest) = self.steps.split_first().ok_or_else(|| E::custom(HERE))?;
        Ok((first, Seek { steps: rest }))
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        Err(E::custom(HERE))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let (step, rest) = self.step()?;
        let wanted: usize = step.parse().map_err(de::Error::custom)?;
        for _ in 0..wanted {
            elements.next_element::<IgnoredAny>()?;
        }
        elements.next_element_seed(rest)?;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (step, rest) = self.step()?;
        while let Some(name) = members.next_key::<String>()? {
            if name == step {
                return members.next_value_seed(rest);
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn three_formats_give_one_tree() {
        let expected = json!({"a": [1, true, "x"], "b": {"c": "2012-10-17"}});
        let json = r#"{"a": [1, true, "x"], "b": {"c": "2012-10-17"}}"#;
        let yaml = "a: [1, true, x]\nb:\n  c: 2012-10-17\n";
        let toml = "a = [1, true, \"x\"]\n[b]\nc = 2012-10-17\n";
        assert_eq!(read(json, Format::Json).unwrap(), expected);
        assert_eq!(read(yaml, Format::Yaml).unwrap(), expected);
        assert_eq!(read(toml, Format::Toml).unwrap(), expected);
    }

    #[test]
    fn a_pointer_leads_to_line_and_column_in_every_format() {
        let line = |text, format| position(text, format, "/b/0/c").map(|at| at.line);
        assert_eq!(line("{\n\"a\": 1,\n\"b\": [\n{\"c\": 2}]}", Format::Json), Some(4));
        assert_eq!(line("a: 1\nb:\n  - d: 3\n    c: 2\n", Format::Yaml), Some(4));
        assert_eq!(line("a = 1\n[[b]]\nd = 3\nc = 2\n", Format::Toml), Some(4));
        assert_eq!(line("{}", Format::Json), None);
    }

    #[test]
    fn duplicates_depth_and_bombs_are_errors_with_a_place() {
        let twice = read("{\"a\": 1,\n \"a\": 2}", Format::Json).unwrap_err();
        assert!(twice.message.contains("a second time") && twice.at.unwrap().line == 2, "{twice:?}");
        assert!(read("a: 1\na: 2\n", Format::Yaml).is_err());
        assert!(read("a = 1\na = 2\n", Format::Toml).is_err());
        for (open, format) in [("[", Format::Json), ("[", Format::Yaml), ("{\"a\":", Format::Json)] {
            assert!(read(&open.repeat(10_000), format).is_err());
        }
        assert!(read(&format!("a = {}", "[".repeat(10_000)), Format::Toml).is_err());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let before = format!("*a{}, ", n - 1).repeat(10);
            bomb += &format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(", "));
        }
        assert!(read(&bomb, Format::Yaml).is_err());
    }

    #[test]
    fn what_is_wrong_deep_in_a_file_is_told_in_few_words_in_every_format() {
        let deep = "[".repeat(60);
        for (text, format) in [
            (format!("{deep}{}", "]".repeat(60)), Format::Json),
            (format!("- {deep}{}", "]".repeat(60)), Format::Yaml),
            (format!("a = {deep}{}", "]".repeat(60)), Format::Toml),
        ] {
            let unreadable = read(&text, format).unwrap_err();
            assert_eq!(unreadable.message, "nested more than 48 deep", "{format:?}");
        }
        let twice = read("- a:\n    b: {c: 1, c: 2}\n", Format::Yaml).unwrap_err();
        assert_eq!(twice.message, "the member \"c\" stands here a second time");
        let typed = read("{\"a\": \u{201c}b\u{201d}}", Format::Json).unwrap_err();
        assert_eq!(typed.message, "a typographic quotation mark stands where \" is meant");
        let foreign = read("- a: b\n\tc: d\n", Format::Yaml).unwrap_err();
        assert!(foreign.message.starts_with("found a tab character"), "{foreign:?}");
    }
}
