use super::{
    operand::{compare_dates, compare_numbers, is_in_range, is_same_bytes},
    pattern::{Letter, as_text, like_arn, like_text, literally, substituted},
    query::{Held, Query, each, folded, scalar},
};
use core::cmp::Ordering;
use serde_json::Value;

/// How the policy around a condition is read.
pub(super) struct Reading<'a> {
    pub(super) query: &'a Query<'a>,
    /// Version 2012-10-17: `${...}` is a variable.
    pub(super) has_variables: bool,
    /// Keys, in lower case, that do not exist in this kind of policy.
    pub(super) hidden: &'a [&'a str],
}

/// Whether every operator and key of a `Condition` holds.
pub(super) fn holds(reading: &Reading<'_>, block: &Value) -> bool {
    let operators = block.as_object().into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| {
            keys.as_object().into_iter().flatten().map(move |entry| (operator, entry))
        })
        .all(|(operator, (key, values))| entry_holds(reading, operator, key, values))
}

/// One operator on one key.
fn entry_holds(reading: &Reading<'_>, operator: &str, key: &str, values: &Value) -> bool {
    let key = folded(key);
    let is_hidden = reading.hidden.contains(&key.as_str());
    let held = reading.query.context.get(&key).filter(|_| !is_hidden);
    let (set, operator) = operator.split_once(':').map_or((None, operator), |(set, rest)| (Some(set), rest));
    let (operator, if_exists) =
        operator.strip_suffix("IfExists").map_or((operator, false), |rest| (rest, true));
    let values: Vec<String> = each(values).into_iter().filter_map(scalar).collect();
    if operator == "Null" {
        return values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(if held.is_none() { "true" } else { "false" }));
    }
    let negated = operator.contains("Not");
    let operator = operator.replacen("Not", "", 1);
    let one =
        |held: &String| negated != values.iter().any(|value| value_matches(reading, &operator, value, held));
    match (set, held) {
        (None, None) => if_exists || negated,
        (None, Some(Held::One(value))) => one(value),
        (None, Some(Held::Many(_))) => false,
        (Some("ForAllValues"), None) => true,
        (Some("ForAllValues"), Some(held)) => {
            members(held).iter().all(String::is_empty) || members(held).iter().all(one)
        }
        (Some("ForAnyValue"), None) => if_exists,
        (Some("ForAnyValue"), Some(held)) => members(held).iter().any(one),
        (Some(_), _) => false,
    }
}

fn members(held: &Held) -> &[String] {
    match held {
        Held::One(value) => core::slice::from_ref(value),
        Held::Many(values) => values,
    }
}

/// One value of the policy against one value of the request, for a positive operator.
fn value_matches(reading: &Reading<'_>, operator: &str, value: &str, held: &str) -> bool {
    if let Some(comparison) = operator.strip_prefix("Numeric") {
        return compare_numbers(held, value).is_some_and(|order| satisfies(comparison, order));
    }
    if let Some(comparison) = operator.strip_prefix("Date") {
        return compare_dates(held, value).is_some_and(|order| satisfies(comparison, order));
    }
    match operator {
        "Bool" => ["true", "false"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(value) && word.eq_ignore_ascii_case(held)),
        "BinaryEquals" => is_same_bytes(value, held),
        "IpAddress" => is_in_range(value, held),
        _ => letters(reading, value).is_some_and(|pattern| text_matches(operator, &pattern, held)),
    }
}

/// The pattern that a value stands for; nothing if it needs a variable that is absent.
fn letters(reading: &Reading<'_>, value: &str) -> Option<Vec<Letter>> {
    if reading.has_variables {
        substituted(reading.query, reading.hidden, value)
    } else {
        Some(literally(value))
    }
}

fn text_matches(operator: &str, pattern: &[Letter], held: &str) -> bool {
    match operator {
        "StringEquals" => as_text(pattern) == held,
        "StringEqualsIgnoreCase" => folded(&as_text(pattern)) == folded(held),
        "StringLike" => like_text(pattern, held),
        "ArnEquals" | "ArnLike" => like_arn(pattern, held),
        _ => false,
    }
}

fn satisfies(comparison: &str, order: Ordering) -> bool {
    match comparison {
        "Equals" => order.is_eq(),
        "LessThan" => order.is_lt(),
        "LessThanEquals" => order.is_le(),
        "GreaterThan" => order.is_gt(),
        "GreaterThanEquals" => order.is_ge(),
        _ => false,
    }
}
