//! `Principal` and `NotPrincipal`.

use super::json::{Json, Member, Node};
use super::{INVALID_PRINCIPALS, Path, Reading};
use crate::named::{Named, PrincipalElement, PrincipalMember};
use crate::policy::{Kind, PrincipalBlock, Written};
use gatekey_types::PrincipalArn;

impl Reading<'_> {
    pub(super) fn principal_block(
        &mut self,
        path: &Path<'_>,
        statement: &Node,
        members: &[Member],
    ) -> Option<PrincipalBlock> {
        let found = self.either(path, members, "Principal", "NotPrincipal");
        let Some((name, negated, node)) = found else {
            let is_there = super::member(members, "Principal").is_some();
            if self.kind.has_principals() && !is_there {
                let message = if self.kind == Kind::Key {
                    INVALID_PRINCIPALS
                } else {
                    "Missing required field Principal"
                };
                self.problem(path, statement.span, message, "the statement names no principal");
            }
            return None;
        };
        let at = path.member(name);
        if !self.kind.has_principals() {
            let message = "Policy document should not specify a principal.";
            self.problem(&at, node.span, message, "this kind of policy applies to whom it is attached to");
            return None;
        }
        let elements = self.principals(&at, node);
        let is_everyone = matches!(elements.as_slice(), [PrincipalElement { named: Named::Everyone, .. }]);
        if self.kind == Kind::ResourceControl && (negated || !is_everyone) {
            self.problem(&at, node.span, self.syntax(), "a resource control policy has the principal \"*\"");
        }
        Some(PrincipalBlock { negated, elements: elements.into(), span: node.span })
    }

    fn principals(&mut self, path: &Path<'_>, node: &Node) -> Vec<PrincipalElement> {
        let members = match &node.value {
            Json::Object(members) => members,
            Json::String(text) => {
                let written = Written { text: text.clone(), span: node.span };
                return vec![self.principal(path, PrincipalMember::Bare, written)];
            }
            _ => {
                self.problem(
                    path,
                    node.span,
                    self.syntax(),
                    "a principal is \"*\" or an object such as {\"AWS\": ...}",
                );
                return Vec::new();
            }
        };
        self.check_names(path, members, &["AWS", "Service", "Federated", "CanonicalUser"]);
        let mut elements = Vec::new();
        for member in members {
            let Some(under) = PrincipalMember::named(&member.name.text) else { continue };
            let at = path.member(&member.name.text);
            let is_list = matches!(member.value.value, Json::Array(_));
            let texts = self.texts_of(&at, &member.value).unwrap_or_default();
            elements.extend(texts.into_iter().enumerate().map(|(index, written)| match is_list {
                true => self.principal(&at.index(index), under, written),
                false => self.principal(&at, under, written),
            }));
        }
        if members.is_empty() {
            let message = self.principal_message("");
            self.problem(path, node.span, &message, "the statement names no principal");
        }
        elements
    }

    fn principal(&mut self, path: &Path<'_>, member: PrincipalMember, written: Written) -> PrincipalElement {
        let named = read_name(member, &written.text);
        let is_refused = match &named {
            Named::Nobody => true,
            Named::Federated(_) => self.kind != Kind::Trust && self.kind != Kind::Key,
            _ => false,
        };
        if is_refused {
            let message = self.principal_message(&format!("\"{}\":\"{}\"", member.name(), written.text));
            let (detail, hint) = why_nobody(member, &written.text);
            self.problem(path, written.span, &message, detail);
            self.hint(hint);
        }
        PrincipalElement { member, written, named }
    }

    fn principal_message(&self, principal: &str) -> String {
        match self.kind {
            Kind::Key => INVALID_PRINCIPALS.to_owned(),
            _ => format!("Invalid principal in policy: {principal}"),
        }
    }
}

impl PrincipalMember {
    fn named(text: &str) -> Option<Self> {
        [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser]
            .into_iter()
            .find(|m| m.name() == text)
    }

    /// The name of the member; of the bare form `*`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "*",
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

fn read_name(member: PrincipalMember, text: &str) -> Named {
    match member {
        PrincipalMember::Bare | PrincipalMember::Aws if text == "*" => Named::Everyone,
        PrincipalMember::Aws => read_aws_name(text),
        PrincipalMember::Service => text.parse().map_or(Named::Nobody, Named::Service),
        PrincipalMember::Federated if !text.is_empty() && !text.contains(['*', '?']) => {
            Named::Federated(text.into())
        }
        PrincipalMember::Bare | PrincipalMember::Federated | PrincipalMember::CanonicalUser => Named::Nobody,
    }
}

fn read_aws_name(text: &str) -> Named {
    if let Ok(account) = text.parse() {
        return Named::Account(account);
    }
    match text.parse::<PrincipalArn>() {
        Ok(PrincipalArn::Root(_, account)) => Named::Account(account),
        Ok(arn) => Named::Principal { arn, id: None },
        Err(_) => text.parse().map_or(Named::Nobody, Named::Id),
    }
}

/// What is wrong with a principal that can be nobody, and what to do.
fn why_nobody(member: PrincipalMember, text: &str) -> (&'static str, &'static str) {
    match member {
        PrincipalMember::CanonicalUser => {
            ("canonical users are known to Amazon S3 only", "name an account, a user or a role under `AWS`")
        }
        PrincipalMember::Service => (
            "this is no service principal",
            "a service principal is written as `logs.us-east-1.amazonaws.com`",
        ),
        PrincipalMember::Federated => {
            ("this is no identity provider here", "name the role that it signs in to")
        }
        PrincipalMember::Bare => {
            ("a principal that is not \"*\" stands in an object", "write {\"AWS\": \"...\"}")
        }
        PrincipalMember::Aws if text.contains(['*', '?']) => (
            "a principal is \"*\" as a whole or has no wildcards",
            "name the account, and compare `aws:PrincipalArn` in a condition with `ArnLike`",
        ),
        PrincipalMember::Aws if text.contains(":group/") => (
            "groups are not principals",
            "name the users, or delegate to the account and let the group's policy allow",
        ),
        PrincipalMember::Aws if text.contains("${") => {
            ("this is a placeholder that was never filled in", "put in what it stands for")
        }
        PrincipalMember::Aws => {
            ("this is the ARN of no principal", "name an account, user, role, role session or federated user")
        }
    }
}
