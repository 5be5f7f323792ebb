//! `Condition`.

use super::json::{Json, Member, Node};
use super::{Path, Reading, member};
use crate::condition::{Condition, Operator, Quantifier};
use crate::key::KeyName;
use crate::policy::{Effect, Kind, Written};

impl Reading<'_> {
    pub(super) fn conditions(
        &mut self,
        path: &Path<'_>,
        effect: Effect,
        members: &[Member],
    ) -> Vec<Condition> {
        let Some(node) = member(members, "Condition") else { return Vec::new() };
        let path = path.member("Condition");
        let Some(operators) = self.object_of(&path, node) else { return Vec::new() };
        let mut conditions = Vec::new();
        for entry in operators {
            let at = path.member(&entry.name.text);
            let operator = self.operator(&at, &entry.name);
            let Some(keys) = self.object_of(&at, &entry.value) else { continue };
            for key in keys {
                let at = at.member(&key.name.text);
                conditions.extend(self.condition(&at, effect, operator, &entry.name, key));
            }
        }
        conditions
    }

    fn object_of<'n>(&mut self, path: &Path<'_>, node: &'n Node) -> Option<&'n [Member]> {
        let Json::Object(members) = &node.value else {
            self.problem(path, node.span, self.syntax(), "this must be an object");
            return None;
        };
        let mut seen = std::collections::BTreeSet::new();
        for entry in members {
            if !seen.insert(&entry.name.text) {
                let detail = format!("`{}` stands here twice", entry.name.text);
                self.problem(&path.member(&entry.name.text), entry.name.span, self.syntax(), detail);
            }
        }
        Some(members)
    }

    fn operator(&mut self, path: &Path<'_>, name: &Written) -> Operator {
        Operator::parse(&name.text).unwrap_or_else(|| {
            let message = format!("Invalid Condition type : {}.", name.text);
            self.problem(path, name.span, &message, "this is no condition operator");
            let meant = Operator::names().find(|known| known.eq_ignore_ascii_case(&name.text));
            if let Some(meant) = meant {
                self.hint(format!("names are compared with case: write `{meant}`"));
            }
            Operator::unreadable()
        })
    }

    fn condition(
        &mut self,
        path: &Path<'_>,
        effect: Effect,
        operator: Operator,
        operator_name: &Written,
        key: &Member,
    ) -> Option<Condition> {
        if !inferred_is_taken_for_a_key(&key.name.text) {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            self.problem(path, key.name.span, message, "a condition key has a service before a colon");
        }
        let values = self.condition_values(path, &key.value)?;
        let condition =
            Condition::new(operator, operator_name.clone(), key.name.clone(), values.into(), self.version);
        self.check_permissiveness(path, effect, &condition);
        Some(condition)
    }

    /// Texts, truths and numbers, each alone or in a list; an empty list matches nothing.
    fn condition_values(&mut self, path: &Path<'_>, node: &Node) -> Option<Vec<Written>> {
        match &node.value {
            Json::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.condition_value(&path.index(index), item))
                .collect(),
            _ => self.condition_value(path, node).map(|value| vec![value]),
        }
    }

    fn condition_value(&mut self, path: &Path<'_>, node: &Node) -> Option<Written> {
        let text: Box<str> = match &node.value {
            Json::String(text) | Json::Number(text) => text.clone(),
            Json::Bool(true) => "true".into(),
            Json::Bool(false) => "false".into(),
            Json::Null | Json::Array(_) | Json::Object(_) => {
                self.problem(
                    path,
                    node.span,
                    self.syntax(),
                    "a condition compares with texts, numbers, `true` or `false`",
                );
                return None;
            }
        };
        Some(Written { text, span: node.span })
    }

    /// KMS refuses `ForAllValues` on the two families of single-valued keys where it would let through what has none.
    fn check_permissiveness(&mut self, path: &Path<'_>, effect: Effect, condition: &Condition) {
        let lacking = match condition.key.name() {
            KeyName::KmsEncryptionContext => "encryption context",
            KeyName::AwsRequestTag => "tag",
            _ => return,
        };
        let is_refused = inferred_is_overly_permissive(condition.operator.quantifier, effect);
        if self.kind == Kind::Key && is_refused {
            let message = format!(
                "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key \
                 matches requests without the specified {lacking} or with an unspecified {lacking}. To fix, remove \
                 ForAllValues."
            );
            self.problem(
                path,
                condition.operator_written.span,
                &message,
                "`ForAllValues` holds for an absent key",
            );
            self.hint("remove `ForAllValues:`");
        }
    }
}

/// A service before a colon. That AWS takes condition keys that it does not know is not documented; it is not known to refuse
/// one.
fn inferred_is_taken_for_a_key(name: &str) -> bool {
    name.contains(':')
}

/// The rule is documented without a word on the effect, so it is held against Deny statements too.
fn inferred_is_overly_permissive(quantifier: Quantifier, _effect: Effect) -> bool {
    quantifier == Quantifier::All
}
