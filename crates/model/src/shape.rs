//! What a shape is: its type, its members and the constraints of the model, as data.

use core::fmt;
use std::sync::OnceLock;

/// A shape of the model.
#[derive(Debug)]
pub struct Shape {
    /// The model's name for it.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether values of it must not be repeated in errors or logs.
    pub sensitive: bool,
    /// The least length or value.
    pub min: Option<i64>,
    /// The greatest length or value.
    pub max: Option<i64>,
    /// The regular expression that the whole of a string must match.
    pub pattern: Option<&'static Pattern>,
    /// The only values allowed, when there are any here.
    pub values: &'static [&'static str],
}

/// The type of a shape.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// An object with known members.
    Structure(&'static [Member]),
    /// A list.
    List {
        /// What it holds.
        member: &'static Shape,
        /// The name of an element in the query protocol and in XML.
        name: &'static str,
        /// Whether the query protocol and XML leave out the list's own level.
        flattened: bool,
    },
    /// A map from strings.
    Map {
        /// Its keys.
        key: &'static Shape,
        /// Its values.
        value: &'static Shape,
        /// The name of a key in the query protocol and in XML.
        key_name: &'static str,
        /// The name of a value in the query protocol and in XML.
        value_name: &'static str,
        /// Whether the query protocol and XML leave out the map's own level.
        flattened: bool,
    },
    /// A string.
    String,
    /// Bytes.
    Blob,
    /// True or false.
    Boolean,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A 32-bit float.
    Float,
    /// A 64-bit float.
    Double,
    /// A moment.
    Timestamp(TimestampFormat),
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// Seconds since 1970 as a number.
    EpochSeconds,
    /// `2011-06-15T12:00:00Z`.
    Iso8601,
    /// `Wed, 15 Jun 2011 12:00:00 GMT`.
    HttpDate,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The model's name for it, which awsJson1.1 uses.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether it must be there and not be null.
    pub required: bool,
    /// Where in a REST request it is.
    pub location: Location,
    /// Its name at that place, in the query protocol and in XML; mostly the same.
    pub wire_name: &'static str,
}

/// Where in a REST request or answer a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    Body,
    /// In the header of that name.
    Header,
    /// In all headers that begin with that name.
    Headers,
    /// In the query string.
    Query,
    /// In the path.
    Path,
    /// The status of the answer.
    Status,
    /// It is the body.
    Payload,
}

/// The shapes of one-time codes and of signed assertions that the models do not mark, by their names, so that AWS's answers repeat
/// one that is malformed; but it may be a right one with a slip in it, or another device's, and is nothing to keep.
const UNMARKED: [&str; 3] = ["authenticationCodeType", "contextAssertionType", "tokenCodeType"];

impl Shape {
    /// Whether values of it must not be in what is kept, such as logs and events, whatever an answer may repeat.
    pub fn is_secret(&self) -> bool {
        self.sensitive || UNMARKED.contains(&self.name)
    }
    /// A shape without constraints.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, sensitive: false, min: None, max: None, pattern: None, values: &[] }
    }
    /// With a least length or value.
    #[must_use]
    pub const fn min(mut self, least: i64) -> Self {
        self.min = Some(least);
        self
    }
    /// With a greatest length or value.
    #[must_use]
    pub const fn max(mut self, greatest: i64) -> Self {
        self.max = Some(greatest);
        self
    }
    /// With a pattern.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }
    /// With the values that are allowed.
    #[must_use]
    pub const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }
    /// Not to be repeated.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
    /// The members, when it is a structure.
    pub const fn members(&self) -> &'static [Member] {
        match self.kind {
            Kind::Structure(members) => members,
            _ => &[],
        }
    }
    /// Whether it is constrained by itself, apart from what it holds.
    pub const fn is_constrained(&self) -> bool {
        self.min.is_some() || self.max.is_some() || self.pattern.is_some() || !self.values.is_empty()
    }
}

impl Member {
    /// An optional member in the body.
    pub const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, location: Location::Body, wire_name: name }
    }
    /// That must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// That has another name on the wire.
    #[must_use]
    pub const fn named(mut self, wire_name: &'static str) -> Self {
        self.wire_name = wire_name;
        self
    }
    /// That is not in the body.
    #[must_use]
    pub const fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }
}

/// A compiled regular expression, as the interpreter of the table makes it.
pub trait Matcher: Send + Sync {
    /// Whether the whole of the text matches.
    fn matches(&self, text: &str) -> bool;
}

/// A pattern of the model. It is compiled on first use and kept.
pub struct Pattern {
    /// As the model and the error text have it.
    pub source: &'static str,
    /// The same in the syntax of Rust's `regex`, where `\w` and its like mean ASCII only, as they do in Java.
    pub regex: &'static str,
    /// What the text may not match, where Java's pattern says so by looking ahead; `regex` itself cannot.
    pub except: Option<&'static str>,
    compiled: OnceLock<Box<dyn Matcher>>,
}

impl Pattern {
    /// A pattern that is not compiled yet.
    pub const fn new(source: &'static str, regex: &'static str) -> Self {
        Self { source, regex, except: None, compiled: OnceLock::new() }
    }
    /// That refuses what matches this as well.
    #[must_use]
    pub const fn except(mut self, except: &'static str) -> Self {
        self.except = Some(except);
        self
    }
    /// Whether the whole of the text matches; `compile` is called once.
    pub fn matches(&self, text: &str, compile: impl FnOnce(&Self) -> Box<dyn Matcher>) -> bool {
        self.compiled.get_or_init(|| compile(self)).matches(text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}
