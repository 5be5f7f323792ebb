//! What the rules are given: a document, and what is known about where it will be used.

use super::document::{Document, Statement};
use super::rule::Kind;
use gatekey_types::{AccountId, KeyArn, Partition, Region};

/// What is known about a policy beside its text.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// What the policy is for; told from its contents if not given.
    pub kind: Option<Kind>,
    /// The account that the policy will be used in.
    pub account: Option<AccountId>,
    /// The key that the policy will be attached to; it tells the account and the Region too.
    pub key: Option<KeyArn>,
}

impl Scope {
    fn account(&self) -> Option<AccountId> {
        self.account.or(self.key.as_ref().map(|key| key.account))
    }

    fn region(&self) -> Option<&Region> {
        self.key.as_ref().map(|key| &key.region)
    }
}

/// A document under the eyes of the rules.
pub(crate) struct Subject<'s> {
    pub(crate) document: &'s Document,
    pub(crate) kind: Kind,
    scope: &'s Scope,
}

impl<'s> Subject<'s> {
    pub(crate) fn new(document: &'s Document, scope: &'s Scope) -> Self {
        let kind = scope.kind.unwrap_or_else(|| kind_of(document));
        Self { document, kind, scope }
    }

    pub(crate) fn statements(&self) -> &'s [Statement] {
        &self.document.statements
    }

    pub(crate) fn allows(&self) -> impl Iterator<Item = &'s Statement> + use<'s> {
        self.document.statements.iter().filter(|statement| statement.allows())
    }

    pub(crate) fn denies(&self) -> impl Iterator<Item = &'s Statement> + use<'s> {
        self.document.statements.iter().filter(|statement| statement.denies())
    }

    /// The account, if the user told it.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.scope.account()
    }

    /// The account that the policy belongs to: told, or that of the account principal it delegates to.
    pub(crate) fn own_account(&self) -> Option<AccountId> {
        self.account().or_else(|| self.allows().find_map(delegated_account))
    }

    /// The key, if the user told it.
    pub(crate) fn key(&self) -> Option<&'s KeyArn> {
        self.scope.key.as_ref()
    }

    /// The partition, if the user told the key.
    pub(crate) fn partition(&self) -> Option<Partition> {
        self.scope.region().map(Region::partition)
    }
}

/// The account that an Allow names as a whole, if it names only one.
fn delegated_account(statement: &Statement) -> Option<AccountId> {
    let [named] = statement.principals() else { return None };
    let text = &named.word.text;
    text.parse().ok().or_else(|| match text.parse() {
        Ok(gatekey_types::PrincipalArn::Root(_, account)) => Some(account),
        _ => None,
    })
}

/// Tells what a policy is for from what is in it: the actions of STS, or whether anybody is named.
fn kind_of(document: &Document) -> Kind {
    let named = document.statements.iter().any(|statement| statement.principal.is_some());
    let actions = || document.statements.iter().flat_map(Statement::action_words);
    let of = |service: &str| actions().any(|word| word.text.to_ascii_lowercase().starts_with(service));
    match (named, of("sts:"), of("kms:")) {
        (false, ..) => Kind::Identity,
        (true, true, false) => Kind::Trust,
        (true, false, false) if actions().next().is_some() => Kind::Resource,
        (true, ..) => Kind::Key,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn the_kind_of_a_policy_is_told_from_its_contents() {
        let kind = |statement: &str| {
            let text = format!(r#"{{"Statement":[{statement}]}}"#);
            kind_of(&Document::read(tree::read(&text).unwrap()))
        };
        assert_eq!(kind(r#"{"Action":"kms:*"}"#), Kind::Identity);
        assert_eq!(kind(r#"{"Principal":"*","Action":"kms:*"}"#), Kind::Key);
        assert_eq!(kind(r#"{"Principal":"*","Action":"sts:AssumeRole"}"#), Kind::Trust);
        assert_eq!(kind(r#"{"Principal":"*","Action":"secretsmanager:*"}"#), Kind::Resource);
        assert_eq!(kind(r#"{"Principal":"*"}"#), Kind::Key);
    }
}
