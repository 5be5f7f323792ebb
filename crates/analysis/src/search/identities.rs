//! Who somebody of an account may be of whom only that is known.

use super::Search;
use super::conditions::literal;
use super::texts::Pattern;
use crate::world::CallerKind;
use gatekey_policy::{ConditionKey, Context, Token, Values, key::KeyName as K};
use gatekey_types::AccountId;
use std::collections::BTreeSet;

/// The keys that say who someone is.
pub(super) fn is_of_identity(name: K) -> bool {
    matches!(
        name,
        K::AwsPrincipalArn
            | K::AwsPrincipalAccount
            | K::KmsCallerAccount
            | K::AwsPrincipalType
            | K::AwsUserName
    )
}

impl<'a> Search<'a> {
    /// Whether who the caller is is open.
    pub(super) fn has_open_identity(&self) -> bool {
        self.sides.first().is_some_and(|side| {
            let caller = side.inquiry.caller;
            caller.kind == CallerKind::Anyone || caller.is_vague
        })
    }

    /// A user and a role of every kind, of every account that may be meant.
    pub(super) fn identities(&mut self, context: &Context<'a>) -> Vec<Context<'a>> {
        let of_names = self.asked(context, &|key| key.name() == K::AwsUserName);
        let accounts =
            self.asked(context, &|key| matches!(key.name(), K::AwsPrincipalAccount | K::KmsCallerAccount));
        let arns = self.asked(context, &|key| key.name() == K::AwsPrincipalArn);
        let is_plain = of_names.patterns.is_empty()
            && !of_names.is_vague
            && !accounts.has_wildcards()
            && !accounts.is_vague
            && !arns.is_vague
            && arns.patterns.iter().all(has_plain_account);
        self.doubt_unless(is_plain, &K::AwsPrincipalArn.into());
        let mentioned = arns.patterns.iter().chain(&accounts.patterns).flat_map(accounts_in).collect();
        let key = ConditionKey::from(K::AwsPrincipalArn);
        let mut cases = Vec::new();
        for account in self.accounts(mentioned) {
            for kind in self.kinds_of_principals() {
                let mut domain = literal(&format!("arn:aws:iam::{account}:{kind}/"));
                domain.tokens.extend([Token::One, Token::Run]);
                let found = arns.kinds(&key, Some(&domain));
                self.doubt_unless(found.is_exact, &key);
                let names = found
                    .texts
                    .into_iter()
                    .filter(|text| text.parse::<gatekey_types::PrincipalArn>().is_ok());
                cases.extend(names.map(|arn| case_of(context, &arn, &account, kind)));
            }
        }
        cases
    }

    /// The accounts of which the caller may be: its own, or for anyone one that is nowhere mentioned, and those that are
    /// mentioned and not known.
    fn accounts(&self, mentioned: BTreeSet<String>) -> Vec<String> {
        let Some(side) = self.sides.first() else { return Vec::new() };
        let own = side.inquiry.caller.principal.account().map(|account| account.as_str().to_owned());
        if side.inquiry.caller.is_vague {
            return own.into_iter().collect();
        }
        let is_elsewhere = |text: &String| {
            text.parse::<AccountId>().is_ok_and(|account| side.inquiry.world.account(account).is_none())
        };
        mentioned.into_iter().filter(is_elsewhere).chain(own).collect()
    }

    fn kinds_of_principals(&self) -> Vec<&'static str> {
        let caller = self.sides.first().map(|side| side.inquiry.caller);
        match caller.filter(|caller| caller.is_vague).map(|caller| &caller.principal.identity) {
            Some(gatekey_policy::Identity::User { .. }) => vec!["user"],
            Some(gatekey_policy::Identity::RoleSession { .. }) => vec!["role"],
            _ => vec!["user", "role"],
        }
    }
}

fn case_of<'a>(context: &Context<'a>, arn: &str, account: &str, kind: &str) -> Context<'a> {
    let mut case = context.clone();
    case.set(K::AwsPrincipalArn, arn.to_owned())
        .set(K::AwsPrincipalAccount, account.to_owned())
        .set(K::KmsCallerAccount, account.to_owned());
    match kind {
        "user" => {
            let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
            case.set(K::AwsPrincipalType, "User").set(K::AwsUserName, name);
        }
        _ => {
            case.set(K::AwsPrincipalType, "AssumedRole").put(K::AwsUserName.into(), Values::Absent);
        }
    }
    case
}

/// Whether the pattern leaves the account open altogether or names it in full.
fn has_plain_account(pattern: &Pattern) -> bool {
    let text = as_text(pattern);
    let account = text.split(':').nth(4).unwrap_or_default();
    !account.contains(['*', '?']) || account.starts_with('*')
}

fn as_text(pattern: &Pattern) -> String {
    let character = |token: &Token| match token {
        Token::Is(character) => *character,
        Token::One | Token::OneInPart => '?',
        Token::Run | Token::RunInPart => '*',
    };
    pattern.tokens.iter().map(character).collect()
}

/// Numbers of twelve digits.
fn accounts_in(pattern: &Pattern) -> Vec<String> {
    let text = as_text(pattern);
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 12);
    parts.map(str::to_owned).collect()
}
