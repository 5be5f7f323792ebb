//! The rules, by what they look at.

/// A statement about `role/app`, whole but for its principal.
macro_rules! principal {
    ($effect:literal, $principal:literal) => {
        principal!($effect, $principal, "")
    };
    ($effect:literal, $principal:literal, $rest:literal) => {
        Example::Statement(concat!(
            r#"{"Effect": ""#,
            $effect,
            r#"", "#,
            $principal,
            r#", "Action": "kms:Decrypt", "Resource": "*""#,
            $rest,
            "}"
        ))
    };
}

/// A statement for `role/app`, whole but for its actions.
macro_rules! action {
    ($effect:literal, $action:literal) => {
        Example::Statement(concat!(
            r#"{"Effect": ""#,
            $effect,
            r#"", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "#,
            $action,
            r#", "Resource": "*"}"#
        ))
    };
}

mod actions;
mod administration;
mod callers;
mod conditions;
mod contents;
mod everyone;
mod form;
mod meaning;
mod organization;
mod principals;
mod resources;
mod trust;
mod values;
mod variables;

use super::rule::Rule;

/// The rule for texts that are no JSON.
pub(super) const NOT_JSON: &str = "GK1001";
/// The rule for what AWS refuses and no other rule speaks of.
pub(super) const REFUSED: &str = "GK1020";
/// The rule for texts beyond all limits.
pub(super) const TOO_LARGE: &str = "GK1012";

/// Every rule, in the order of the ids.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        form::RULES,
        contents::RULES,
        variables::RULES,
        principals::RULES,
        everyone::RULES,
        callers::RULES,
        actions::RULES,
        resources::RULES,
        conditions::RULES,
        values::RULES,
        meaning::RULES,
        administration::RULES,
        organization::RULES,
        trust::RULES,
    ]
    .into_iter()
    .flatten()
}
