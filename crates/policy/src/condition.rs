//! Conditions.

use crate::key::ConditionKey;
use crate::policy::Written;

/// One condition: an operator, a key and the values to compare with.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The operator as written.
    pub operator_written: Written,
    /// The key.
    pub key: ConditionKey<'static>,
    /// The key as written.
    pub key_written: Written,
    /// The values as written.
    pub values: Box<[Written]>,
}

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
    /// `ArnEquals`
    ArnEquals,
    /// `ArnLike`
    ArnLike,
    /// `Null`
    Null,
    /// An operator that is none: refused when a document is written.
    Unreadable,
}
