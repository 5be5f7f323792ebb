//! `Action` and `Resource`.

use super::json::{Member, Node};
use super::{Path, Reading};
use crate::policy::{ActionBlock, Kind, ResourceBlock};

impl Reading<'_> {
    pub(super) fn action_block(
        &mut self,
        path: &Path<'_>,
        statement: &Node,
        members: &[Member],
    ) -> Option<ActionBlock> {
        let Some((name, negated, node)) = self.either(path, members, "Action", "NotAction") else {
            self.miss(
                path,
                statement,
                members,
                "Action",
                "NotAction",
                "Policy statement must contain actions.",
            );
            return None;
        };
        let at = path.member(name);
        if negated && self.kind == Kind::ResourceControl {
            self.problem(&at, node.span, self.syntax(), "a resource control policy has no `NotAction`");
        }
        let patterns = self.texts_of(&at, node)?;
        for pattern in &patterns {
            if !inferred_is_taken_for_an_action(&pattern.text) {
                let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
                self.problem(&at, pattern.span, message, "an action has a service before a colon");
                self.hint(format!("did you mean `kms:{}`?", pattern.text));
            }
        }
        Some(ActionBlock::new(negated, patterns.into(), node.span))
    }

    pub(super) fn resource_block(
        &mut self,
        path: &Path<'_>,
        statement: &Node,
        members: &[Member],
    ) -> Option<ResourceBlock> {
        let Some((name, negated, node)) = self.either(path, members, "Resource", "NotResource") else {
            if self.kind != Kind::Trust {
                let message = "Policy statement must contain resources.";
                self.miss(path, statement, members, "Resource", "NotResource", message);
            }
            return None;
        };
        let at = path.member(name);
        if self.kind == Kind::Trust {
            self.problem(&at, node.span, "Has prohibited field Resource", "a trust policy names no resource");
        }
        let patterns = self.texts_of(&at, node)?;
        for pattern in &patterns {
            if self.kind != Kind::Key && !is_shaped_as_arn(&pattern.text) {
                let message = format!("Resource {} must be in ARN format or \"*\".", pattern.text);
                self.problem(&at, pattern.span, &message, "a resource is an ARN with six parts, or `*`");
            }
        }
        Some(ResourceBlock::new(negated, patterns.into(), node.span, self.version))
    }

    /// Notes a missing element. KMS accepts a statement without one: it has no effect.
    fn miss(
        &mut self,
        path: &Path<'_>,
        statement: &Node,
        members: &[Member],
        plain: &str,
        negated: &str,
        message: &str,
    ) {
        let is_there = super::member(members, plain).or(super::member(members, negated)).is_some();
        if self.kind != Kind::Key && !is_there {
            self.problem(path, statement.span, message, format!("the statement has no `{plain}`"));
        }
    }
}

/// Stars alone, or a service before a colon. That AWS takes names that it does not know after the colon is not documented; it
/// is not known to refuse one.
fn inferred_is_taken_for_an_action(text: &str) -> bool {
    text.contains(':') || (!text.is_empty() && text.bytes().all(|b| b == b'*'))
}

fn is_shaped_as_arn(text: &str) -> bool {
    let is_everything = !text.is_empty() && text.bytes().all(|b| b == b'*');
    is_everything || (text.starts_with("arn:") && text.matches(':').count() >= 5)
}
