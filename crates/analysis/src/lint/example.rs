//! The examples of the rules as whole documents: they are the rules' tests and stand in their documentation.

use super::rule::{Example, Kind, Rule};
use super::subject::Scope;

/// The account that the examples belong to.
const ACCOUNT: &str = "111122223333";

/// The statement that delegates to the account, as every default key policy has it.
const DELEGATION: &str = r#"{
      "Sid": "EnableIamPolicies",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "kms:*",
      "Resource": "*"
    }"#;

impl Rule {
    /// A policy that breaks the rule.
    pub fn bad_example(&self) -> String {
        document(&self.bad, self.example_kind())
    }

    /// A policy like it that keeps the rule.
    pub fn good_example(&self) -> String {
        document(&self.good, self.example_kind())
    }

    /// What is known about the examples beside their text.
    pub fn example_scope(&self) -> Scope {
        Scope { kind: Some(self.example_kind()), account: ACCOUNT.parse().ok(), key: None }
    }

    /// What the examples are for: a key policy, unless the rule does not look at those, or they name nobody.
    fn example_kind(&self) -> Kind {
        let names_nobody =
            |example: &Example| matches!(example, Example::Statements(text) if !text.contains("Principal"));
        let first = self.kinds.first().copied().unwrap_or(Kind::Key);
        match self.kinds.contains(&Kind::Key) && !names_nobody(&self.bad) {
            true => Kind::Key,
            false if self.kinds.contains(&Kind::Identity) => Kind::Identity,
            false => first,
        }
    }
}

fn document(example: &Example, kind: Kind) -> String {
    match example {
        Example::Document(text) => (*text).to_owned(),
        Example::Statements(text) => around(text),
        Example::Statement(text) if kind == Kind::Key => around(&format!("{DELEGATION},\n    {text}")),
        Example::Statement(text) => around(text),
        Example::Condition(condition) => around(&format!("{DELEGATION},\n    {}", decrypt_under(condition))),
        Example::Sized(bytes) => around(&format!("{DELEGATION},\n    {}", decrypt_padded(*bytes))),
    }
}

fn around(statements: &str) -> String {
    format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {statements}\n  ]\n}}\n")
}

fn decrypt_under(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111122223333:role/app"}}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {condition}}}"#
    )
}

fn decrypt_padded(bytes: usize) -> String {
    let sid = "x".repeat(bytes.saturating_sub(400));
    format!(
        r#"{{"Sid": "{sid}", "Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111122223333:role/app"}}, "Action": "kms:Decrypt", "Resource": "*"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Severity, lint, rules};
    use super::*;

    fn ids(text: &str, scope: &Scope) -> Vec<&'static str> {
        lint(text, scope).findings.iter().map(|finding| finding.rule.id).collect()
    }

    #[test]
    fn every_rule_finds_its_bad_example_and_leaves_its_good_one_alone() {
        let mut wrong = Vec::new();
        for rule in rules() {
            let scope = rule.example_scope();
            let (bad, good) = (ids(&rule.bad_example(), &scope), ids(&rule.good_example(), &scope));
            if !bad.contains(&rule.id) {
                wrong.push(format!("{} {}: the bad example gives {bad:?}", rule.id, rule.name));
            }
            if good.contains(&rule.id) {
                wrong.push(format!("{} {}: the good example is found", rule.id, rule.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn good_examples_break_no_other_rule_gravely() {
        let mut wrong = Vec::new();
        for rule in rules() {
            for finding in lint(&rule.good_example(), &rule.example_scope()).findings {
                if matches!(finding.rule.severity, Severity::Error | Severity::Security) {
                    wrong.push(format!("{}: {} {}", rule.id, finding.rule.id, finding.message));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn ids_and_names_are_unique_and_in_order() {
        let ids: Vec<_> = rules().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        let mut names: Vec<_> = rules().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ids.len());
    }
}
