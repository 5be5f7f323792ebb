//! A request against the model's constraints, in AWS's words.
//!
//! `1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value
//! greater than or equal to 1`. Members are named in lower camel case, elements by their number (`tags.1.member.tagKey`);
//! sensitive values are left out, and one-time codes too where the text is kept and not answered; what a list's or a map's
//! own scalars break is said of the whole list. AWS reports in the order of a hash table; here it is the order of the model,
//! which is stable.

use crate::WireError;
use crate::limits::{ECHO, ERRORS};
use crate::node::Node;
use crate::pattern;
use core::fmt;
use gatekey_model::{Kind, Member, Shape};

/// Whether the request keeps every constraint of its shape.
pub(crate) fn check(shape: &'static Shape, node: &Node<'_>) -> Result<(), WireError> {
    let Some(text) = told(shape, node, Echo::Answer) else { return Ok(()) };
    // Nothing is broken in one text that is not in the other.
    let kept = told(shape, node, Echo::Kept).unwrap_or_default();
    Err(WireError::Validation { text, kept })
}

/// All that is broken; nothing if nothing is.
fn told(shape: &'static Shape, node: &Node<'_>, echo: Echo) -> Option<String> {
    let mut report = Report { errors: Vec::new(), echo };
    report.value(Way::START, shape, node);
    if report.errors.is_empty() {
        return None;
    }
    let (count, errors) = (report.errors.len(), report.errors.join("; "));
    let plural = if count == 1 { "" } else { "s" };
    Some(format!("{count} validation error{plural} detected: {errors}"))
}

/// Which values a text may repeat.
#[derive(Clone, Copy)]
enum Echo {
    /// Those that AWS repeats to whoever sent them.
    Answer,
    /// Those that logs and events may hold.
    Kept,
}

impl Echo {
    fn hides(self, shape: &Shape) -> bool {
        match self {
            Self::Answer => shape.sensitive,
            Self::Kept => shape.is_secret(),
        }
    }

    /// A value as AWS prints it, in quotes; nothing where anything of it is hidden.
    fn quoted(self, shape: &'static Shape, node: &Node<'_>) -> Option<String> {
        let mut text = String::new();
        print(shape, node, self, &mut text).then(|| format!("'{}'", shortened(&text)))
    }
}

/// At most so much of a text as an error repeats.
pub(crate) fn shortened(text: &str) -> &str {
    text.char_indices().nth(ECHO).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A step of the way to a value. Names are written out only for an error.
#[derive(Clone, Copy)]
enum Step<'n> {
    Member(&'static str),
    Element(usize),
    Entry(&'n str),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => f.write_str(&lower_camel(name)),
            Self::Element(index) => write!(f, "{}.member", index + 1),
            Self::Entry(key) => write!(f, "{key}.member"),
        }
    }
}

/// The way to a value: the last step, and the way there. It lies where the walk does, since only an error looks at it.
#[derive(Clone, Copy)]
struct Way<'w>(Option<(Step<'w>, &'w Self)>);

impl<'w> Way<'w> {
    /// To the request itself.
    const START: &'static Way<'static> = &Way(None);

    /// One step further.
    const fn then(&'w self, step: Step<'w>) -> Self {
        Self(Some((step, self)))
    }

    fn text(&self) -> String {
        let steps = core::iter::successors(self.0, |(_, before)| before.0);
        let mut steps: Vec<String> = steps.map(|(step, _)| step.to_string()).collect();
        steps.reverse();
        steps.join(".")
    }
}

struct Report {
    errors: Vec<String>,
    echo: Echo,
}

impl Report {
    fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS
    }

    /// Notes that the value there breaks this constraint.
    fn note(&mut self, way: &Way<'_>, value: Option<String>, constraint: &str) {
        if !self.is_full() {
            let value = value.map(|value| format!(" {value}")).unwrap_or_default();
            let path = way.text();
            let path = shortened(&path);
            self.errors.push(format!("Value{value} at '{path}' failed to satisfy constraint: {constraint}"));
        }
    }

    /// A value: what it breaks itself, then what is inside.
    fn value(&mut self, way: &Way<'_>, shape: &'static Shape, node: &Node<'_>) {
        if shape.is_constrained() {
            for constraint in broken(shape, node) {
                self.note(way, self.echo.quoted(shape, node), &constraint);
            }
        }
        self.inside(way, shape, node);
    }

    /// What a value holds. Of an element no more is asked: its own constraints were said of its list.
    fn inside(&mut self, way: &Way<'_>, shape: &'static Shape, node: &Node<'_>) {
        match (shape.kind, node) {
            _ if self.is_full() => {}
            (Kind::Structure(members), Node::Structure(values)) => self.members(way, members, values),
            (Kind::List { member, .. }, Node::List(_)) => self.list(way, shape, member, node),
            (Kind::Map { key, value, .. }, Node::Map(_)) => self.map(way, shape, key, value, node),
            _ => {}
        }
    }

    fn members(&mut self, way: &Way<'_>, members: &'static [Member], values: &[(&'static Member, Node<'_>)]) {
        for member in members {
            let way = way.then(Step::Member(member.name));
            let value = values.iter().find(|(found, _)| core::ptr::eq(*found, member));
            match value {
                Some((_, value)) => self.value(&way, member.shape, value),
                None if member.required => {
                    let null = (!self.echo.hides(member.shape)).then(|| "null".to_owned());
                    self.note(&way, null, "Member must not be null");
                }
                None => {}
            }
        }
    }

    fn list(&mut self, way: &Way<'_>, list: &'static Shape, member: &'static Shape, node: &Node<'_>) {
        let Node::List(elements) = node else { return };
        if member.is_constrained() && elements.iter().any(|element| breaks(member, element)) {
            let all = every_constraint(member).join(", ");
            self.note(way, self.echo.quoted(list, node), &format!("Member must satisfy constraint: [{all}]"));
        }
        if is_collection(member) {
            for (index, element) in elements.iter().enumerate() {
                self.inside(&way.then(Step::Element(index)), member, element);
            }
        }
    }

    fn map(
        &mut self,
        way: &Way<'_>,
        map: &'static Shape,
        key: &'static Shape,
        value: &'static Shape,
        node: &Node<'_>,
    ) {
        let Node::Map(entries) = node else { return };
        if entries.iter().any(|(name, _)| breaks_as_text(key, name)) {
            let all = every_constraint(key).join(", ");
            self.note(
                way,
                self.echo.quoted(map, node),
                &format!("Map keys must satisfy constraint: [{all}]"),
            );
        }
        let broken = |entry: &Option<Node<'_>>| entry.as_ref().is_none_or(|entry| breaks(value, entry));
        if entries.iter().any(|(_, entry)| broken(entry)) {
            let mut all = every_constraint(value);
            all.push("Member must not be null".to_owned());
            self.note(
                way,
                self.echo.quoted(map, node),
                &format!("Map value must satisfy constraint: [{}]", all.join(", ")),
            );
        }
        if is_collection(value) {
            for (name, entry) in entries {
                let Some(entry) = entry else { continue };
                self.inside(&way.then(Step::Entry(name)), value, entry);
            }
        }
    }
}

/// Whether values of it hold others.
pub(crate) const fn is_collection(shape: &Shape) -> bool {
    matches!(shape.kind, Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. })
}

/// A member's name as AWS's paths have it: the first letter in lower case.
fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// The constraints of the shape itself that the value breaks.
fn broken(shape: &'static Shape, node: &Node<'_>) -> Vec<String> {
    let text = if let Node::Text(text) = node { Some(&**text) } else { None };
    let (size, noun) = size_of(node);
    broken_by(shape, size, noun, text)
}

/// The same, of what measures so much; it may be a text. Only what is broken costs memory.
fn broken_by(shape: &'static Shape, size: i64, noun: &str, text: Option<&str>) -> Vec<String> {
    let mut broken = Vec::new();
    if shape.max.is_some_and(|max| size > max) {
        broken.push(at_most(noun, shape.max));
    }
    if shape.min.is_some_and(|min| size < min) {
        broken.push(at_least(noun, shape.min));
    }
    if let Some(text) = text {
        if let Some(pattern) = shape.pattern.filter(|pattern| !pattern::matches(pattern, text)) {
            broken.push(must_match(pattern.source));
        }
        if !shape.values.is_empty() && !shape.values.contains(&text) {
            broken.push(must_be_one_of(shape.values));
        }
    }
    broken
}

/// Whether a value breaks a constraint of the shape itself.
pub(crate) fn breaks(shape: &'static Shape, node: &Node<'_>) -> bool {
    shape.is_constrained() && !broken(shape, node).is_empty()
}

/// As [`breaks`], for a text.
pub(crate) fn breaks_as_text(shape: &'static Shape, text: &str) -> bool {
    shape.is_constrained() && !broken_by(shape, length(text.chars().count()), LENGTH, Some(text)).is_empty()
}

/// As [`breaks`], for what has so many elements or entries.
pub(crate) fn breaks_with(shape: &'static Shape, count: usize) -> bool {
    shape.is_constrained() && !broken_by(shape, length(count), LENGTH, None).is_empty()
}

/// Every constraint of a shape, whether broken or not: AWS lists all of them for elements.
fn every_constraint(shape: &'static Shape) -> Vec<String> {
    let noun = match shape.kind {
        Kind::Integer | Kind::Long | Kind::Float | Kind::Double => "value",
        _ => "length",
    };
    let mut all = Vec::new();
    all.extend(shape.max.map(|_| at_most(noun, shape.max)));
    all.extend(shape.min.map(|_| at_least(noun, shape.min)));
    all.extend(shape.pattern.map(|pattern| must_match(pattern.source)));
    all.extend((!shape.values.is_empty()).then(|| must_be_one_of(shape.values)));
    all
}

fn at_most(noun: &str, max: Option<i64>) -> String {
    format!("Member must have {noun} less than or equal to {}", max.unwrap_or_default())
}

fn at_least(noun: &str, min: Option<i64>) -> String {
    format!("Member must have {noun} greater than or equal to {}", min.unwrap_or_default())
}

fn must_match(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn must_be_one_of(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// What `min` and `max` measure of a value, and what AWS calls that.
fn size_of(node: &Node<'_>) -> (i64, &'static str) {
    let count = match node {
        Node::Integer(value) | Node::Moment(value) => return (*value, "value"),
        Node::Float(value) => return (*value as i64, "value"),
        Node::Boolean(_) => 0,
        Node::Text(text) => text.chars().count(),
        Node::Bytes(bytes) => bytes.len(),
        Node::List(elements) => elements.len(),
        Node::Map(entries) => entries.len(),
        Node::Structure(members) => members.len(),
    };
    (length(count), LENGTH)
}

/// What AWS calls the size of what has no value of its own.
const LENGTH: &str = "length";

/// So many, as limits are given.
fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Prints a value as Java prints it, and stops once there is enough; false when it is hidden.
fn print(shape: &'static Shape, node: &Node<'_>, echo: Echo, text: &mut String) -> bool {
    if echo.hides(shape) {
        return false;
    }
    if text.len() > ECHO * 4 {
        return true;
    }
    match node {
        Node::Text(value) => text.push_str(value),
        Node::Bytes(bytes) => {
            let length = bytes.len();
            *text += &format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]");
        }
        Node::Boolean(value) => *text += &value.to_string(),
        Node::Integer(value) | Node::Moment(value) => *text += &value.to_string(),
        Node::Float(value) => *text += &value.to_string(),
        Node::List(elements) => return print_list(shape, elements, echo, text),
        Node::Map(entries) => return print_map(shape, entries, echo, text),
        Node::Structure(values) => return print_structure(shape, values, echo, text),
    }
    true
}

fn print_list(shape: &'static Shape, elements: &[Node<'_>], echo: Echo, text: &mut String) -> bool {
    let Kind::List { member, .. } = shape.kind else { return true };
    text.push('[');
    for (index, element) in elements.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { ", " });
        if !print(member, element, echo, text) {
            return false;
        }
    }
    text.push(']');
    true
}

fn print_map(
    shape: &'static Shape,
    entries: &[(std::borrow::Cow<'_, str>, Option<Node<'_>>)],
    echo: Echo,
    text: &mut String,
) -> bool {
    let Kind::Map { key, value, .. } = shape.kind else { return true };
    if echo.hides(key) {
        return false;
    }
    text.push('{');
    for (index, (name, entry)) in entries.iter().enumerate() {
        *text += &format!("{}{}=", if index == 0 { "" } else { ", " }, shortened(name));
        let shown = match entry {
            Some(entry) => print(value, entry, echo, text),
            None => {
                text.push_str("null");
                true
            }
        };
        if !shown {
            return false;
        }
    }
    text.push('}');
    true
}

fn print_structure(
    shape: &'static Shape,
    values: &[(&'static Member, Node<'_>)],
    echo: Echo,
    text: &mut String,
) -> bool {
    *text += shape.name;
    text.push('(');
    for (index, (member, value)) in values.iter().enumerate() {
        *text += &format!("{}{}=", if index == 0 { "" } else { ", " }, lower_camel(member.name));
        if !print(member.shape, value, echo, text) {
            return false;
        }
    }
    text.push(')');
    true
}
