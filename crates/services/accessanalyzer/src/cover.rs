//! Whether one statement is about no more than another.
//!
//! What is said here is certain; what is denied may only not be seen: patterns are compared one by one, and conditions as they
//! are written.

use gatekey_policy::{Named, Statement, Written, condition::Condition};

/// Whether every request that the first applies to is one that the second applies to.
pub(crate) fn is_within(narrow: &Statement, wide: &Statement) -> bool {
    principals(narrow, wide)
        && actions(narrow, wide)
        && resources(narrow, wide)
        && wide.conditions.iter().all(|one| narrow.conditions.iter().any(|other| is_same(one, other)))
}

fn principals(narrow: &Statement, wide: &Statement) -> bool {
    match (&narrow.principal, &wide.principal) {
        (None, None) => true,
        (Some(narrow), Some(wide)) if !narrow.negated && !wide.negated => {
            let everyone = wide.elements.iter().any(|element| element.named == Named::Everyone);
            let named = |one: &Named| wide.elements.iter().any(|element| element.named == *one);
            everyone || narrow.elements.iter().all(|element| named(&element.named))
        }
        // Whoever is excepted from the wide one must be excepted from the narrow one.
        (Some(narrow), Some(wide)) if narrow.negated && wide.negated => {
            let excepted = |one: &Named| narrow.elements.iter().any(|element| element.named == *one);
            wide.elements.iter().all(|element| excepted(&element.named))
        }
        _ => false,
    }
}

fn actions(narrow: &Statement, wide: &Statement) -> bool {
    match (&narrow.action, &wide.action) {
        (Some(narrow), Some(wide)) => {
            patterns((narrow.negated, &narrow.patterns), (wide.negated, &wide.patterns), true)
        }
        // Without actions a statement is about nothing.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

fn resources(narrow: &Statement, wide: &Statement) -> bool {
    match (&narrow.resource, &wide.resource) {
        (Some(narrow), Some(wide)) => {
            patterns((narrow.negated, &narrow.patterns), (wide.negated, &wide.patterns), false)
        }
        (None, None) => true,
        _ => false,
    }
}

fn patterns(narrow: (bool, &[Written]), wide: (bool, &[Written]), folded: bool) -> bool {
    let text = |pattern: &Written| match folded {
        true => pattern.text.to_ascii_lowercase(),
        false => pattern.text.to_string(),
    };
    let each_in = |some: &[Written], all: &[Written]| {
        some.iter().all(|one| all.iter().any(|other| covers(&text(other), &text(one))))
    };
    match (narrow.0, wide.0) {
        (false, false) => each_in(narrow.1, wide.1),
        (true, true) => each_in(wide.1, narrow.1),
        _ => false,
    }
}

/// Whether everything that the narrow pattern matches is matched by the wide one.
fn covers(wide: &str, narrow: &str) -> bool {
    if wide == narrow || wide == "*" {
        return true;
    }
    // A `?` may stand for a `*`, and what a variable stands for is not known.
    if wide.contains(['?', '$']) || narrow.contains('$') {
        return false;
    }
    // A literal of the wide pattern can only be found in literals of the narrow one, and there it stays.
    let mut pieces = wide.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| narrow.strip_prefix(first)) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn is_same(one: &Condition, other: &Condition) -> bool {
    let values = |condition: &Condition| {
        let mut values: Vec<String> = condition.values.iter().map(|value| value.text.to_string()).collect();
        values.sort();
        values
    };
    one.operator_written.text == other.operator_written.text
        && one.key == other.key
        && values(one) == values(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_is_within_it_for_certain() {
        for (wide, narrow) in [
            ("*", "anything"),
            ("kms:*", "kms:decrypt"),
            ("kms:*", "kms:de*"),
            ("kms:de*", "kms:de*"),
            ("a*b*c", "axb?yc"),
            ("arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:111122223333:key/k"),
        ] {
            assert!(covers(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("kms:de*", "kms:*"),
            ("kms:?", "kms:*"),
            ("kms:decrypt", "kms:encrypt"),
            ("a*b", "a*"),
            ("ab*ba", "aba"),
            ("x", "xy"),
            ("a/${aws:username}", "a/b"),
        ] {
            assert!(!covers(wide, narrow), "{wide} {narrow}");
        }
    }
}
