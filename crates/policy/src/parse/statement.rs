//! Statements.

use super::json::{Json, Member, Node};
use super::{Path, Reading, member};
use crate::policy::{Effect, Kind, Statement, Written};

const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Reading<'_> {
    pub(super) fn statement(&mut self, path: &Path<'_>, node: &Node) -> Statement {
        let Json::Object(members) = &node.value else {
            self.problem(path, node.span, self.syntax(), "a statement is a JSON object");
            return Statement::damaged(node.span, Effect::Deny);
        };
        let mut is_whole = self.check_names(path, members, ELEMENTS);
        let sid = self.read_sid(path, members);
        let effect = self.read_effect(path, node, members);
        let before = self.noted;
        let principal = self.principal_block(path, node, members);
        let action = self.action_block(path, node, members);
        let resource = self.resource_block(path, node, members);
        let conditions = self.conditions(path, effect.unwrap_or(Effect::Deny), members);
        is_whole &= effect.is_some() && self.noted == before;
        Statement {
            sid,
            effect: effect.unwrap_or(Effect::Deny),
            span: node.span,
            principal,
            action,
            resource,
            conditions: conditions.into(),
            is_damaged: !is_whole,
        }
    }

    fn read_sid(&mut self, path: &Path<'_>, members: &[Member]) -> Option<Written> {
        let at = path.member("Sid");
        let sid = self.text_of(&at, member(members, "Sid")?)?;
        let is_lawful = sid.text.bytes().all(|b| b.is_ascii_alphanumeric());
        // Key policies admit spaces, the console writes them; other resource policies and SCPs are as free.
        if matches!(self.kind, Kind::Identity | Kind::Session | Kind::Trust) && !is_lawful {
            let message = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                           expression [0-9A-Za-z]*";
            self.problem(&at, sid.span, message, "this Sid has other characters than letters and digits");
        }
        Some(sid)
    }

    fn read_effect(&mut self, path: &Path<'_>, node: &Node, members: &[Member]) -> Option<Effect> {
        let Some(value) = member(members, "Effect") else {
            self.problem(path, node.span, self.syntax(), "the statement has no `Effect`");
            return None;
        };
        match &value.value {
            Json::String(text) if **text == *"Allow" => Some(Effect::Allow),
            Json::String(text) if **text == *"Deny" => Some(Effect::Deny),
            _ => {
                self.problem(
                    &path.member("Effect"),
                    value.span,
                    self.syntax(),
                    "`Effect` is `Allow` or `Deny`",
                );
                self.hint("names are compared with case");
                None
            }
        }
    }

    /// The element of this name or its `Not` form, and which it is; both together are a problem.
    pub(super) fn either<'n>(
        &mut self,
        path: &Path<'_>,
        members: &'n [Member],
        plain: &'static str,
        negated: &'static str,
    ) -> Option<(&'static str, bool, &'n Node)> {
        match (member(members, plain), member(members, negated)) {
            (Some(_), Some(second)) => {
                let detail = format!("a statement has `{plain}` or `{negated}`, not both");
                self.problem(&path.member(negated), second.span, self.syntax(), detail);
                None
            }
            (Some(node), None) => Some((plain, false, node)),
            (None, Some(node)) => Some((negated, true, node)),
            (None, None) => None,
        }
    }
}
