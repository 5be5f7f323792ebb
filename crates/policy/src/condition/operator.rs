//! The names of condition operators.

use std::fmt;

/// A condition operator with its prefix and suffix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operator {
    /// `ForAnyValue:` or `ForAllValues:`.
    pub quantifier: Quantifier,
    /// The comparison, without `Not`.
    pub comparison: Comparison,
    /// Whether the name has `Not`.
    pub negated: bool,
    /// `IfExists`.
    pub if_exists: bool,
}

/// How a condition reads several values of the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantifier {
    /// No prefix: the key is single-valued.
    Single,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`
    All,
}

/// What a condition compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `StringEquals`
    StringEquals,
    /// `StringEqualsIgnoreCase`
    StringEqualsIgnoreCase,
    /// `StringLike`
    StringLike,
    /// `NumericEquals`
    NumericEquals,
    /// `NumericLessThan`
    NumericLessThan,
    /// `NumericLessThanEquals`
    NumericLessThanEquals,
    /// `NumericGreaterThan`
    NumericGreaterThan,
    /// `NumericGreaterThanEquals`
    NumericGreaterThanEquals,
    /// `DateEquals`
    DateEquals,
    /// `DateLessThan`
    DateLessThan,
    /// `DateLessThanEquals`
    DateLessThanEquals,
    /// `DateGreaterThan`
    DateGreaterThan,
    /// `DateGreaterThanEquals`
    DateGreaterThanEquals,
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    BinaryEquals,
    /// `IpAddress`
    IpAddress,
    /// `ArnEquals`: the same as `ArnLike`.
    ArnEquals,
    /// `ArnLike`
    ArnLike,
    /// `Null`
    Null,
    /// What names no operator. It is refused when a document is written; read from a store it fails an Allow and lets a
    /// Deny hold.
    Unreadable,
}

use Comparison as C;

/// Every operator name: its comparison, and whether it is negated.
const NAMES: &[(&str, Comparison, bool)] = &[
    ("StringEquals", C::StringEquals, false),
    ("StringNotEquals", C::StringEquals, true),
    ("StringEqualsIgnoreCase", C::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", C::StringEqualsIgnoreCase, true),
    ("StringLike", C::StringLike, false),
    ("StringNotLike", C::StringLike, true),
    ("NumericEquals", C::NumericEquals, false),
    ("NumericNotEquals", C::NumericEquals, true),
    ("NumericLessThan", C::NumericLessThan, false),
    ("NumericLessThanEquals", C::NumericLessThanEquals, false),
    ("NumericGreaterThan", C::NumericGreaterThan, false),
    ("NumericGreaterThanEquals", C::NumericGreaterThanEquals, false),
    ("DateEquals", C::DateEquals, false),
    ("DateNotEquals", C::DateEquals, true),
    ("DateLessThan", C::DateLessThan, false),
    ("DateLessThanEquals", C::DateLessThanEquals, false),
    ("DateGreaterThan", C::DateGreaterThan, false),
    ("DateGreaterThanEquals", C::DateGreaterThanEquals, false),
    ("Bool", C::Bool, false),
    ("BinaryEquals", C::BinaryEquals, false),
    ("IpAddress", C::IpAddress, false),
    ("NotIpAddress", C::IpAddress, true),
    ("ArnEquals", C::ArnEquals, false),
    ("ArnNotEquals", C::ArnEquals, true),
    ("ArnLike", C::ArnLike, false),
    ("ArnNotLike", C::ArnLike, true),
    ("Null", C::Null, false),
];

impl Operator {
    /// Reads an operator's name. Spelling is exact, case included.
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, name) = match text.split_once(':') {
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(_) => return None,
            None => (Quantifier::Single, text),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (_, comparison, negated) =
            NAMES.iter().find(|(known, ..)| inferred_same_operator(known, name))?;
        let is_null = *comparison == C::Null;
        let is_lawful = !is_null || (!if_exists && quantifier == Quantifier::Single);
        is_lawful.then_some(Self { quantifier, comparison: *comparison, negated: *negated, if_exists })
    }

    /// What stands for a name that is none.
    pub(crate) fn unreadable() -> Self {
        Self { quantifier: Quantifier::Single, comparison: C::Unreadable, negated: false, if_exists: false }
    }

    /// The operators' names without prefix and suffix, for lint and completion.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, ..)| *name)
    }
}

/// Whether AWS reads an operator that is spelt with other case is not documented: it does not.
fn inferred_same_operator(known: &str, written: &str) -> bool {
    known == written
}

/// The name as policies write it.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Quantifier::Single => "",
            Quantifier::Any => "ForAnyValue:",
            Quantifier::All => "ForAllValues:",
        })?;
        let named = NAMES.iter().find(|(_, c, n)| *c == self.comparison && *n == self.negated);
        f.write_str(named.map_or("?", |(name, ..)| name))?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

impl Comparison {
    /// Whether policy variables count in its values.
    pub fn takes_variables(self) -> bool {
        matches!(
            self,
            C::StringEquals | C::StringEqualsIgnoreCase | C::StringLike | C::ArnEquals | C::ArnLike
        )
    }

    /// Whether it compares numbers.
    pub fn is_numeric(self) -> bool {
        matches!(
            self,
            C::NumericEquals
                | C::NumericLessThan
                | C::NumericLessThanEquals
                | C::NumericGreaterThan
                | C::NumericGreaterThanEquals
        )
    }

    /// Whether it compares moments.
    pub fn is_date(self) -> bool {
        matches!(
            self,
            C::DateEquals
                | C::DateLessThan
                | C::DateLessThanEquals
                | C::DateGreaterThan
                | C::DateGreaterThanEquals
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written_back_with_each_prefix_and_suffix() {
        for name in Operator::names().filter(|name| *name != "Null") {
            for text in [
                name.to_owned(),
                format!("{name}IfExists"),
                format!("ForAnyValue:{name}"),
                format!("ForAllValues:{name}IfExists"),
            ] {
                assert_eq!(Operator::parse(&text).unwrap().to_string(), text);
            }
        }
        assert_eq!(Operator::parse("Null").unwrap().comparison, Comparison::Null);
    }

    #[test]
    fn what_is_no_operator_is_refused() {
        for bad in [
            "",
            "stringequals",
            "StringEqual",
            "NullIfExists",
            "ForAnyValue:Null",
            "ForSomeValues:StringEquals",
            "ForAnyValue:",
            "IfExists",
            "StringEqualsIfExistsIfExists",
            "NotBool",
            "ForAllValues:ForAnyValue:Bool",
            "IpNotAddress",
            "BinaryNotEquals",
        ] {
            assert!(Operator::parse(bad).is_none(), "{bad}");
        }
    }
}
