//! The rules, by what they look at.

mod actions;
mod administration;
mod conditions;
mod form;
mod meaning;
mod organization;
mod principals;
mod trust;
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
        variables::RULES,
        principals::RULES,
        actions::RULES,
        conditions::RULES,
        meaning::RULES,
        administration::RULES,
        organization::RULES,
        trust::RULES,
    ]
    .into_iter()
    .flatten()
}
