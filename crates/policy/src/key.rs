//! Names of condition keys: compared without case, known ones reduced to one byte.

mod table;

pub use table::KeyName;

use crate::value::{Moment, Number};
use gatekey_types::Arn;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// What kind of value a condition key holds, as AWS's service authorization reference types it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyType {
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole or decimal number.
    Numeric,
    /// A moment.
    Date,
    /// An ARN.
    Arn,
    /// An IP address.
    Ip,
}

/// What is known of one condition key.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts {
    /// The key.
    pub name: KeyName,
    /// Its spelling in AWS's documentation. A family's ends where the chosen part begins.
    pub text: &'static str,
    /// What it holds.
    pub kind: KeyType,
    /// Whether a request may carry several values, so that a condition needs `ForAnyValue` or `ForAllValues`.
    pub multivalued: bool,
    /// Whether the policy chooses the last part of the name.
    pub family: bool,
}

impl KeyFacts {
    const fn one(name: KeyName, text: &'static str, kind: KeyType) -> Self {
        Self { name, text, kind, multivalued: false, family: false }
    }
    const fn many(name: KeyName, text: &'static str, kind: KeyType) -> Self {
        Self { name, text, kind, multivalued: true, family: false }
    }
    const fn family(name: KeyName, text: &'static str, kind: KeyType) -> Self {
        Self { name, text, kind, multivalued: false, family: true }
    }
}

impl KeyType {
    /// Whether a text can be a value of such a key in a request, as the operators of its type read it.
    pub fn takes(self, text: &str) -> bool {
        match self {
            Self::String => true,
            Self::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            Self::Numeric => Number::parse(text).is_some(),
            Self::Date => Moment::parse(text).is_some(),
            Self::Arn => text.parse::<Arn>().is_ok(),
            Self::Ip => text.parse::<IpAddr>().is_ok(),
        }
    }
}

impl KeyName {
    /// What is known of this key; nothing of [`KeyName::Other`].
    pub fn facts(self) -> Option<&'static KeyFacts> {
        table::ROWS.get(self as usize)
    }

    /// Every known key, for lint and for completion.
    pub fn all() -> impl Iterator<Item = &'static KeyFacts> {
        table::ROWS.iter()
    }
}

/// A condition key: a known name, with the chosen part where it is one of a family.
///
/// Two keys are the same if their names differ in case only: AWS compares the names of keys, the name of a tag or of a
/// part of the encryption context included, without case.
#[derive(Clone, Debug)]
pub struct ConditionKey<'a> {
    name: KeyName,
    /// The chosen part of a family's key, the whole of an unknown key, otherwise empty.
    rest: Cow<'a, str>,
}

impl<'a> ConditionKey<'a> {
    /// Recognizes a key by its full name, in any case.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let is_of_service =
            |prefix: &str| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let may_be_known = is_of_service("aws:") || is_of_service("kms:");
        match table::ROWS.iter().find(|row| may_be_known && row.is_named(&text)) {
            Some(row) if row.family => Self { name: row.name, rest: tail(text, row.text.len()) },
            Some(row) => Self { name: row.name, rest: Cow::Borrowed("") },
            None => Self { name: KeyName::Other, rest: text },
        }
    }

    /// One key of a family, such as `aws:ResourceTag/` and the tag's name.
    pub fn of(family: KeyName, chosen: impl Into<Cow<'a, str>>) -> Self {
        Self { name: family, rest: chosen.into() }
    }

    /// The known name.
    pub fn name(&self) -> KeyName {
        self.name
    }

    /// The chosen part of a family's key, the whole of an unknown key, otherwise empty.
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// Whether both name the same key.
    pub fn is(&self, other: &ConditionKey<'_>) -> bool {
        self.name == other.name && same_name(&self.rest, &other.rest)
    }

    /// Without borrowing.
    pub fn into_owned(self) -> ConditionKey<'static> {
        ConditionKey { name: self.name, rest: Cow::Owned(self.rest.into_owned()) }
    }
}

impl KeyFacts {
    fn is_named(&self, text: &str) -> bool {
        let length = self.text.len();
        let shaped = if self.family { text.len() > length } else { text.len() == length };
        shaped && text.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(self.text))
    }
}

impl From<KeyName> for ConditionKey<'_> {
    fn from(name: KeyName) -> Self {
        Self { name, rest: Cow::Borrowed("") }
    }
}

impl PartialEq for ConditionKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for ConditionKey<'_> {}

/// The canonical spelling.
impl fmt::Display for ConditionKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.facts().map_or("", |facts| facts.text))?;
        f.write_str(&self.rest)
    }
}

fn tail(text: Cow<'_, str>, from: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(from..).unwrap_or_default().to_owned()),
    }
}

/// Whether two names are one but for case, in any script.
pub fn same_name(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

/// The name as an index may hold it: two names have the same if they are one but for case. Letter by letter, as above:
/// the lower case of a whole text would depend on where in it a letter stands.
pub(crate) fn folded_name(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_names() {
        for (index, row) in KeyName::all().enumerate() {
            assert_eq!(row.name as usize, index, "{}", row.text);
        }
        assert!(KeyName::Other.facts().is_none());
    }

    #[test]
    fn key_names_and_their_chosen_part_are_compared_without_case() {
        for (a, b) in [
            ("aws:PrincipalArn", "AWS:principalarn"),
            ("kms:EncryptionContext:Dept", "KMS:encryptioncontext:dEPT"),
            ("aws:ResourceTag/Team", "aws:resourcetag/TEAM"),
            ("iam:PassedToService", "IAM:passedtoservice"),
            ("aws:PrincipalTag/Équipe", "aws:PrincipalTag/équipe"),
        ] {
            assert_eq!(ConditionKey::parse(a), ConditionKey::parse(b));
        }
        assert_ne!(ConditionKey::parse("aws:ResourceTag/a"), ConditionKey::parse("aws:RequestTag/a"));
        for (a, b) in [("Dept", "dEPT"), ("ΟΔΟΣ", "οδοσ"), ("İ", "i\u{307}"), ("É", "é")] {
            assert!(same_name(a, b) && folded_name(a) == folded_name(b), "{a} {b}");
        }
        assert_ne!(ConditionKey::parse("aws:ResourceTag/a"), ConditionKey::parse("aws:ResourceTag/b"));
    }

    #[test]
    fn a_family_without_its_chosen_part_is_no_known_key() {
        assert_eq!(ConditionKey::parse("aws:ResourceTag/").name(), KeyName::Other);
        assert_eq!(
            ConditionKey::parse("kms:EncryptionContextKeys").name(),
            KeyName::KmsEncryptionContextKeys
        );
    }

    #[test]
    fn display_gives_the_documented_spelling() {
        assert_eq!(ConditionKey::parse("AWS:PRINCIPALTYPE").to_string(), "aws:PrincipalType");
        assert_eq!(ConditionKey::parse("AWS:resourcetag/Team").to_string(), "aws:ResourceTag/Team");
        assert_eq!(ConditionKey::parse("x:Y").to_string(), "x:Y");
    }
}
