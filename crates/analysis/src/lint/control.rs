//! Who holds which right on the key: asked of the evaluator itself, with what a linter cannot know left open.
//!
//! A test on a condition key whose value nobody knows yet (an address, a second factor, a tag) is neither true nor false.
//! The evaluator decides all the same: a right is there in any case, in no case, or if certain conditions hold.

use super::document::{Statement, Test};
use super::subject::Subject;
use super::vocabulary::{self, KeyName};
use gatekey_policy::{
    Action, Attachment, ConditionKey, Context, Kind, Mode, Partial, Pins, Policies, Policy, Principal,
    Request, Resource, UnknownKeys, decide_partially,
};
use gatekey_types::{AccountId, Arn, PrincipalArn};
use serde_json::{Value, json};
use std::sync::Arc;

/// Somebody whose rights are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Who it is, in words.
    pub(crate) name: String,
    pub(crate) kind: CandidateKind,
    principal: Principal,
    /// Whether an IAM policy allows them everything: the key policy must only delegate.
    by_iam: bool,
}

/// What kind of candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CandidateKind {
    /// The root user of the account. Nobody can delete it.
    Root,
    /// Anybody whom an IAM policy of the account allows it.
    Iam,
    /// A user, or a role by any of its sessions.
    Named,
    /// One session of a role, by its name.
    Session,
}

/// What a candidate can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    /// Not at all.
    Never,
    /// If what is open comes out well.
    Perhaps,
    /// In any case.
    Always,
}

/// Most candidates that are asked for.
const MOST_CANDIDATES: usize = 60;

/// The rights on one key under one policy.
#[derive(Debug)]
pub(crate) struct Control {
    document: Value,
    key: Arn,
    pub(crate) candidates: Vec<Candidate>,
    /// For each action of [`ASKED`] the right of each candidate.
    rights: Vec<(&'static str, Vec<Right>)>,
}

/// The actions that are asked for, once each.
const ASKED: [&str; 12] = [
    "PutKeyPolicy",
    "GetKeyPolicy",
    "CreateGrant",
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "Sign",
    "GenerateMac",
    "TagResource",
    "UntagResource",
    "CreateAlias",
    "UpdateAlias",
];

impl Control {
    /// `None` if it is not known whose policy this is, or if AWS would refuse it: then there is nothing to ask.
    pub(crate) fn of(subject: &Subject<'_>) -> Option<Self> {
        let document = subject.document.root.canonical();
        Policy::parse(&document.to_string(), Kind::Key).ok()?;
        let key = key_of(subject)?;
        let candidates = candidates(subject, key.account()?)?;
        let mut control = Self { document, key, candidates, rights: Vec::new() };
        control.rights =
            ASKED.iter().map(|action| (*action, control.ask(&control.document, action))).collect();
        Some(control)
    }

    /// What each candidate can do of this action, one of [`ASKED`].
    pub(crate) fn rights(&self, action: &str) -> Vec<(&Candidate, Right)> {
        let asked = self.rights.iter().find(|(asked, _)| *asked == action);
        let rights = asked.map_or(&[][..], |(_, rights)| rights);
        self.candidates.iter().zip(rights.iter().copied()).collect()
    }

    /// The candidates who can do it, at least perhaps.
    pub(crate) fn holders(&self, action: &str) -> Vec<(&Candidate, Right)> {
        let rights = self.rights(action).into_iter();
        rights.filter(|(_, right)| *right != Right::Never).collect()
    }

    /// The same, if the policy denied nothing.
    pub(crate) fn holders_without_denials(&self, action: &str) -> Vec<(&Candidate, Right)> {
        let allowing = filtered(&self.document, |statement| statement["Effect"] == "Allow");
        let rights = self.ask(&allowing, action);
        self.candidates.iter().zip(rights).filter(|(_, right)| *right != Right::Never).collect()
    }

    /// Whether the candidate has one of these rights, at least perhaps.
    pub(crate) fn has(&self, candidate: &Candidate, actions: &[&str]) -> bool {
        actions.iter().any(|action| {
            let rights = self.rights(action);
            rights.iter().any(|(other, right)| core::ptr::eq(*other, candidate) && *right != Right::Never)
        })
    }

    /// Whether this statement, of all that allow, could be the reason for somebody to be allowed the action: beside the
    /// denials of the policy, or without them.
    pub(crate) fn opens(&self, statement: usize, action: &str, denials: bool) -> bool {
        let mut index = 0;
        let document = filtered(&self.document, |other| {
            index += 1;
            index == statement + 1 || (denials && other["Effect"] == "Deny")
        });
        self.ask(&document, action).iter().any(|right| *right != Right::Never)
    }

    /// The right of each candidate under a policy.
    fn ask(&self, document: &Value, action: &str) -> Vec<Right> {
        let Some(facts) = vocabulary::action(action) else { return Vec::new() };
        let policy = Policy::read_stored(&document.to_string(), Kind::Key, Pins::new());
        self.candidates.iter().map(|candidate| self.decide(candidate, facts, &policy)).collect()
    }

    fn decide(&self, candidate: &Candidate, facts: &vocabulary::Action, policy: &Policy) -> Right {
        let mut context = Context::new();
        if let Some(account) = candidate.principal.account() {
            context.set(KeyName::KmsCallerAccount, account.to_string());
        }
        let conditions = policy.statements().iter().flat_map(|statement| &statement.conditions);
        for key in conditions.map(|condition| &condition.key).filter(|key| is_open(key, facts)) {
            context.set_unknown(UnknownKeys::Key(key.clone()));
        }
        let (action, resource) = (Action::Kms(facts.action), Resource::Named(&self.key));
        let request = Request::new(Mode::Kms, &candidate.principal, &action, resource, &context);
        let identity = if candidate.by_iam { vec![everything()] } else { Vec::new() };
        let policies = Policies { resource: Some(policy), identity: &identity, ..Policies::default() };
        match decide_partially(&request, &policies) {
            Partial::Allowed(_) => Right::Always,
            Partial::AllowedIf(_) => Right::Perhaps,
            Partial::Denied(_) => Right::Never,
        }
    }
}

/// An IAM policy that allows everything.
fn everything() -> Attachment {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Attachment::inline("everything", Arc::new(Policy::read_stored(text, Kind::Identity, Pins::new())))
}

/// The document with those statements that `keep`, which may also change them, says to keep.
fn filtered(document: &Value, mut keep: impl FnMut(&mut Value) -> bool) -> Value {
    let mut document = document.clone();
    if let Some(statement) = document.get_mut("Statement") {
        if statement.is_object() {
            *statement = json!([statement.take()]);
        }
        if let Some(statements) = statement.as_array_mut() {
            statements.retain_mut(|statement| keep(statement));
        }
    }
    document
}

/// Keys that follow from who the caller is, which is known of every candidate.
const KNOWN: [KeyName; 7] = [
    KeyName::AwsPrincipalAccount,
    KeyName::AwsPrincipalArn,
    KeyName::AwsPrincipalIsAwsService,
    KeyName::AwsPrincipalType,
    KeyName::AwsResourceAccount,
    KeyName::AwsUserName,
    KeyName::KmsCallerAccount,
];

/// Whether the value of a key is open for requests of this action: it may be there, and nobody knows with what value.
fn is_open(key: &ConditionKey<'_>, action: &vocabulary::Action) -> bool {
    match key.name().facts() {
        Some(facts) => !KNOWN.contains(&facts.name) && vocabulary::may_carry(action, facts),
        None => vocabulary::is_global_key(key.rest()),
    }
}

/// The open keys on which a statement's tests depend, as they are written.
pub(crate) fn open_keys<'s>(statement: &'s Statement, action: &str) -> Vec<&'s str> {
    let Some(action) = vocabulary::action(action) else { return Vec::new() };
    let is_open = |test: &&Test| is_open(&ConditionKey::parse(test.key.text.as_str()), action);
    statement.tests.iter().filter(is_open).map(|test| test.key.text.as_str()).collect()
}

/// The key: the one told, one that the policy names, or any of the account's.
fn key_of(subject: &Subject<'_>) -> Option<Arn> {
    if let Some(key) = subject.key() {
        return key.to_string().parse().ok();
    }
    let account = subject.own_account().or_else(|| most_named_account(subject))?;
    let named = subject.statements().iter().flat_map(Statement::resource_words);
    let is_key = |text: &str| text.parse::<gatekey_types::KeyArn>().is_ok_and(|key| key.account == account);
    let any = || format!("arn:aws:kms:us-east-1:{account}:key/00000000-0000-4000-8000-000000000000");
    let text = named.map(|word| word.text.clone()).find(|text| is_key(text)).unwrap_or_else(any);
    text.parse().ok()
}

/// The account that the policy speaks of, if it speaks of one only.
fn most_named_account(subject: &Subject<'_>) -> Option<AccountId> {
    let mut accounts: Vec<AccountId> = principals_in(subject).map(|arn| arn.account()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    match accounts.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// Every principal that the policy speaks of by name: in a principal element, or as a value of `aws:PrincipalArn`.
fn principals_in<'s>(subject: &Subject<'s>) -> impl Iterator<Item = PrincipalArn> + use<'s> {
    let named = subject.statements().iter().flat_map(|statement| {
        let elements = statement.principal.iter().flat_map(|p| p.entries.iter().map(|named| &named.word));
        let tests = statement.tests.iter().filter(|test| test.is_on("aws:PrincipalArn"));
        elements.chain(tests.flat_map(|test| &test.values))
    });
    named.filter_map(|word| instance_of(&word.text).parse().ok())
}

/// A text that a pattern matches. Bare accounts stand for their root users.
fn instance_of(pattern: &str) -> String {
    if pattern.parse::<AccountId>().is_ok() {
        return format!("arn:aws:iam::{pattern}:root");
    }
    pattern.replace('*', "any").replace('?', "x")
}

fn candidates(subject: &Subject<'_>, account: AccountId) -> Option<Vec<Candidate>> {
    let arn = |rest: &str| format!("arn:aws:iam::{account}:{rest}").parse::<PrincipalArn>().ok();
    let root = arn("root")?;
    let mut found = vec![Candidate {
        name: format!("the root user of {account}"),
        kind: CandidateKind::Root,
        principal: Principal::root(root.clone()),
        by_iam: false,
    }];
    for any in ["user/anybody-whom-iam-allows", "role/anybody-whom-iam-allows"] {
        found.push(candidate(arn(any)?, true));
    }
    let mut named: Vec<PrincipalArn> =
        principals_in(subject).filter(|arn| arn.account() == account && *arn != root).collect();
    named.sort();
    named.dedup();
    found.extend(named.into_iter().map(|arn| candidate(arn, false)));
    found.truncate(MOST_CANDIDATES);
    Some(found)
}

fn candidate(arn: PrincipalArn, by_iam: bool) -> Candidate {
    let kind = match (&arn, by_iam) {
        (_, true) => CandidateKind::Iam,
        (PrincipalArn::AssumedRole(..), _) => CandidateKind::Session,
        _ => CandidateKind::Named,
    };
    let name = if by_iam { "anybody whom IAM allows".to_owned() } else { arn.to_string() };
    Candidate { name, kind, principal: principal(arn), by_iam }
}

fn principal(arn: PrincipalArn) -> Principal {
    match arn {
        PrincipalArn::Root(..) => Principal::root(arn),
        PrincipalArn::User(..) => Principal::user(arn, None),
        PrincipalArn::FederatedUser(..) => Principal::federated_user(arn, None, None),
        PrincipalArn::Role(..) => Principal::role_session(arn.clone(), arn, None),
        PrincipalArn::AssumedRole(..) => {
            let role = format!("arn:{}:iam::{}:role/{}", arn.arn().partition(), arn.account(), arn.name());
            let role = role.parse().unwrap_or_else(|_| arn.clone());
            Principal::role_session(arn, role, None)
        }
    }
}
