//! Takes out of texts and of JSON whatever names somebody or lets somebody in, and puts marks in its place, the same for the same.
//!
//! What is taken out is found by what it looks like ([`super::marks`]) and by the member that it stands under. Of policies and of
//! parameters only what is known to be AWS's own words stays. Rather too much is taken out than too little: the reader needs to see
//! who is who, and not who they are.

use super::marks::{self, Arn, Mark};
use super::words::{
    PLAIN_KEYS, PLAIN_NAMES, PLAIN_PARAMETERS, WORDS_OF_POLICIES, WORDS_WITHOUT_VALUES, is_action, is_service,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a mark stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Account,
    User,
    Role,
    Group,
    Policy,
    Session,
    Alias,
    Resource,
    Name,
    Id,
    AccessKey,
    Address,
    Email,
    Value,
    Condition,
    Opaque,
    Secret,
}

impl Kind {
    /// The word that its marks begin with, and what it is.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Account => ("account", "an account id"),
            Self::User => ("user", "the name of a user"),
            Self::Role => ("role", "the name of a role"),
            Self::Group => ("group", "the name of a group"),
            Self::Policy => ("policy", "the name of a policy"),
            Self::Session => ("session", "the name of a session"),
            Self::Alias => ("alias", "an alias of a key"),
            Self::Resource => ("resource", "a resource"),
            Self::Name => ("name", "another name"),
            Self::Id => ("id", "a unique id"),
            Self::AccessKey => ("access-key", "the id of an access key"),
            Self::Address => ("address", "a network address"),
            Self::Email => ("email", "an e-mail address"),
            Self::Value => ("value", "a value, for instance of an encryption context"),
            Self::Condition => ("condition", "a condition with values in it"),
            Self::Opaque => ("opaque", "a long token"),
            Self::Secret => ("secret", "a password, token or signature"),
        }
    }
}

/// Where JSON comes from, and so what its members mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// An answer of the server: what its members mean is known.
    Answer,
    /// A policy, which may hold anything.
    Policy,
    /// The parameters of a request, which may hold anything.
    Parameters,
}

/// Knows what was given which mark, and whoever was named: what is read a second time is without names that were seen later.
#[derive(Default)]
pub(crate) struct Redactor {
    marks: BTreeMap<(Kind, String), String>,
    /// Names that are looked for in texts, the longest first, with what they are.
    names: Vec<(String, (Kind, String))>,
}

/// Shorter names are not looked for among other words.
const SHORTEST_NAME: usize = 3;

impl Redactor {
    /// Every mark, and what it stands for.
    pub(crate) fn listing(&self) -> Vec<(&str, &'static str)> {
        let mut all: Vec<_> = self.marks.iter().map(|((kind, _), mark)| (*kind, &**mark)).collect();
        all.sort_by_key(|(kind, mark)| (*kind, mark.len(), *mark));
        all.into_iter().map(|(kind, mark)| (mark, kind.words().1)).collect()
    }

    fn mark(&mut self, kind: Kind, text: &str) -> String {
        let key = (kind, text.to_owned());
        if let Some(mark) = self.marks.get(&key) {
            return mark.clone();
        }
        let known = self.marks.keys().filter(|(other, _)| *other == kind).count();
        let mark = format!("{}-{}", kind.words().0, known.saturating_add(1));
        self.marks.insert(key, mark.clone());
        mark
    }

    /// The mark of something with a name, which is recognized by the bare name from then on.
    fn named(&mut self, kind: Kind, name: &str, whole: &str) -> String {
        if name == "*" {
            return name.to_owned();
        }
        let is_new = !self.names.iter().any(|(known, _)| known == name);
        let is_word = WORDS_OF_POLICIES.contains(&name) || PLAIN_NAMES.contains(&name);
        if is_new && !is_word && name.len() >= SHORTEST_NAME {
            self.names.push((name.to_owned(), (kind, whole.to_owned())));
            self.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
        self.mark(kind, whole)
    }

    /// A text without what is to be taken out of it.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut rest, mut before) = (text, None);
        while let Some(c) = rest.chars().next() {
            let found = self.at(rest, before);
            // What stands behind something that went begins anew.
            before = found.is_none().then_some(c);
            let (length, instead) = found.unwrap_or_else(|| (c.len_utf8(), c.to_string()));
            out.push_str(&instead);
            rest = rest.get(length..).unwrap_or_default();
        }
        out
    }

    /// What stands at the start of `rest` and has to go, how long it is, and what comes instead: whatever is longest.
    fn at(&mut self, rest: &str, before: Option<char>) -> Option<(usize, String)> {
        let found = marks::at(rest, before);
        match (self.name_at(rest, before), found) {
            (Some((length, (kind, whole))), found)
                if found.as_ref().is_none_or(|(other, _)| *other <= length) =>
            {
                Some((length, self.mark(kind, &whole)))
            }
            (_, found) => {
                let (length, mark) = found?;
                let (whole, _) = rest.split_at_checked(length)?;
                Some((length, self.instead(whole, &mark)))
            }
        }
    }

    fn instead(&mut self, whole: &str, mark: &Mark<'_>) -> String {
        match mark {
            Mark::Arn(arn) => self.arn(arn),
            Mark::Uuid => whole.to_owned(),
            Mark::Is(Kind::Account, _) => self.mark(Kind::Account, &whole.replace('-', "")),
            Mark::Is(kind, head) => {
                let (head, text) = whole.split_at_checked(*head).unwrap_or(("", whole));
                format!("{head}{}", self.mark(*kind, text))
            }
        }
    }

    /// A known name that stands here as a word of its own.
    fn name_at(&self, rest: &str, before: Option<char>) -> Option<(usize, (Kind, String))> {
        let is_here =
            |name: &str| rest.strip_prefix(name).is_some_and(|after| !after.starts_with(marks::is_of_word));
        let found = self.names.iter().find(|(name, _)| is_here(name));
        let found = found.filter(|_| !before.is_some_and(marks::is_of_word));
        found.map(|(name, of)| (name.len(), of.clone()))
    }

    /// An ARN with its partition, service and Region, and marks for all else.
    fn arn(&mut self, arn: &Arn<'_>) -> String {
        let account = match arn.account {
            "" | "aws" | "*" => arn.account.to_owned(),
            account => self.mark(Kind::Account, account),
        };
        let resource = self.resource(arn);
        let [partition, service, region] =
            [arn.partition, arn.service, arn.region].map(|part| self.text(part));
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    fn resource(&mut self, arn: &Arn<'_>) -> String {
        let (kind, name) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let last = name.rsplit('/').next().unwrap_or_default();
        let whole = format!("{}/{last}", arn.account);
        let of_iam = match kind {
            "user" | "federated-user" => Some(Kind::User),
            "role" => Some(Kind::Role),
            "group" => Some(Kind::Group),
            "policy" => Some(Kind::Policy),
            _ => None,
        };
        match (arn.service, kind, of_iam) {
            (_, "*" | "root", _) if name.is_empty() => kind.to_owned(),
            ("iam", "policy", _) if arn.account == "aws" => arn.resource.to_owned(),
            ("iam" | "sts", _, Some(of_iam)) => format!("{kind}/{}", self.named(of_iam, last, &whole)),
            ("sts", "assumed-role", _) => {
                let (role, session) = name.split_once('/').unwrap_or((name, ""));
                let role = self.named(Kind::Role, role, &format!("{}/{role}", arn.account));
                format!("{kind}/{role}/{}", self.named(Kind::Session, session, session))
            }
            ("kms", "alias", _) if name.starts_with("aws/") => self.text(arn.resource),
            ("kms", "alias", _) => format!("{kind}/{}", self.named(Kind::Alias, name, name)),
            ("kms", "key", _) if name == "*" || marks::is_uuid(name) => arn.resource.to_owned(),
            _ => self.mark(Kind::Resource, arn.resource),
        }
    }

    /// JSON without what is to be taken out of it: JSON within its texts too.
    pub(crate) fn json(&mut self, value: &Value, source: Source) -> Value {
        match value {
            Value::Object(members) => Value::Object(self.object(members, source)),
            Value::Array(items) => items.iter().map(|item| self.json(item, source)).collect(),
            Value::String(text) => self.text(text).into(),
            Value::Number(number) => match self.text(&number.to_string()) {
                same if same == number.to_string() => value.clone(),
                redacted => redacted.into(),
            },
            Value::Bool(_) | Value::Null => value.clone(),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, source: Source) -> Map<String, Value> {
        let key = members.get("Key").and_then(Value::as_str);
        let member = |(name, value): (&String, &Value)| {
            let value = match source {
                Source::Answer => self.of_answer(name, value, key),
                Source::Policy => self.of_policy(name, value),
                Source::Parameters => self.of_parameters(name, value),
            };
            (self.text(name), value)
        };
        members.iter().map(member).collect()
    }

    fn of_answer(&mut self, name: &str, value: &Value, key: Option<&str>) -> Value {
        match (name, value, key) {
            ("Wanted" | "Seen" | "Values", _, Some(key)) => self.of_condition_key(key, value),
            ("Description", ..) => self.values(value),
            ("Policy" | "Document", Value::String(text), _) => self.policy(text).into(),
            ("AliasName", Value::String(text), _) => self.alias(text).into(),
            ("Name", Value::String(text), _)
                if !PLAIN_NAMES.contains(&&**text) && Arn::whole(text).is_none() =>
            {
                self.named(Kind::Policy, text, text).into()
            }
            ("Why", Value::String(text), _) => self.after_colon(text, Kind::Value).into(),
            ("DependsOn" | "Conditions", Value::Array(items), _) => {
                items.iter().map(|item| self.of_conditions(item)).collect()
            }
            _ => self.json(value, Source::Answer),
        }
    }

    /// A condition: in parts, or in words, of which those stay that never hold values.
    fn of_conditions(&mut self, item: &Value) -> Value {
        match item.as_str() {
            None => self.json(item, Source::Answer),
            Some(arn) if Arn::whole(arn).is_some() => self.text(arn).into(),
            Some(text) if WORDS_WITHOUT_VALUES.iter().any(|start| text.starts_with(start)) => {
                self.text(text).into()
            }
            Some(text) => self.after_colon(text, Kind::Condition).into(),
        }
    }

    /// What stands after the first colon may say anything; so may all of it, if it is a condition.
    fn after_colon(&mut self, text: &str, kind: Kind) -> String {
        match text.split_once(": ") {
            Some((head, tail)) => format!("{}: {}", self.text(head), self.mark(kind, tail)),
            None if kind == Kind::Condition && text.starts_with("only ") => self.mark(kind, text),
            None => self.text(text),
        }
    }

    /// A policy, with its members in the order of their names; what is no JSON keeps its form and AWS's words.
    pub(crate) fn policy(&mut self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => format!("{:#}", self.json(&value, Source::Policy)),
            Err(_) => self.broken(text),
        }
    }

    fn of_policy(&mut self, name: &str, value: &Value) -> Value {
        match name {
            "Statement" => self.json(value, Source::Policy),
            "Condition" => self.conditions(value),
            "Effect" | "Version" => self.kept(value, |text| WORDS_OF_POLICIES.contains(&text)),
            "Action" | "NotAction" => self.kept(value, is_action),
            "Operations" => self.kept(value, |text| text.bytes().all(|b| b.is_ascii_alphabetic())),
            "Principal" | "NotPrincipal" => self.each(value, &mut Self::principal),
            "Sid" | "Id" => self.json(value, Source::Answer),
            _ => self.values(value),
        }
    }

    fn principal(&mut self, text: &str) -> String {
        match self.text(text) {
            same if same == text && text != "*" && !is_service(text) => self.named(Kind::Name, text, text),
            told => told,
        }
    }

    /// The texts that are such words; the others are values.
    fn kept(&mut self, value: &Value, is_such: fn(&str) -> bool) -> Value {
        self.each(value, &mut |redactor, text| match is_such(text) {
            true => text.to_owned(),
            false => redactor.value(text),
        })
    }

    /// Operators, and in each condition keys with what they are compared with.
    fn conditions(&mut self, value: &Value) -> Value {
        let Value::Object(operators) = value else { return self.values(value) };
        let operator = |(operator, keys): (&String, &Value)| {
            let keys = match keys {
                Value::Object(keys) => keys
                    .iter()
                    .map(|(key, value)| (self.text(key), self.of_condition_key(key, value)))
                    .collect(),
                other => self.values(other),
            };
            (self.text(operator), keys)
        };
        Value::Object(operators.iter().map(operator).collect())
    }

    fn of_condition_key(&mut self, key: &str, value: &Value) -> Value {
        match PLAIN_KEYS.iter().any(|plain| plain.eq_ignore_ascii_case(key)) {
            true => self.json(value, Source::Answer),
            false => self.values(value),
        }
    }

    fn of_parameters(&mut self, name: &str, value: &Value) -> Value {
        match (name, value) {
            ("policy", Value::String(text)) => self.policy(text).into(),
            ("keyId" | "aliasName", Value::String(text)) if text.starts_with("alias/") => {
                self.alias(text).into()
            }
            _ if PLAIN_PARAMETERS.contains(&name) => self.json(value, Source::Parameters),
            _ => self.values(value),
        }
    }

    pub(crate) fn alias(&mut self, text: &str) -> String {
        match text.strip_prefix("alias/").filter(|name| !name.starts_with("aws/")) {
            Some(name) => format!("alias/{}", self.named(Kind::Alias, name, name)),
            None => self.text(text),
        }
    }

    /// Everything in it is a value: not even numbers stay.
    fn values(&mut self, value: &Value) -> Value {
        match value {
            Value::Number(number) => self.value(&number.to_string()).into(),
            other => self.each(other, &mut Self::value),
        }
    }

    fn value(&mut self, text: &str) -> String {
        match (text, self.name_at(text, None)) {
            ("" | "*", _) => text.to_owned(),
            (_, Some((length, (kind, whole)))) if length == text.len() => self.mark(kind, &whole),
            _ => match Arn::whole(text) {
                Some(arn) => self.arn(&arn),
                None => self.mark(Kind::Value, text),
            },
        }
    }

    /// Each text in it, changed.
    fn each(&mut self, value: &Value, change: &mut dyn FnMut(&mut Self, &str) -> String) -> Value {
        match value {
            Value::String(text) => change(self, text).into(),
            Value::Array(items) => items.iter().map(|item| self.each(item, change)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, item)| (self.text(name), self.each(item, change))).collect()
            }
            Value::Number(_) => self.json(value, Source::Answer),
            Value::Bool(_) | Value::Null => value.clone(),
        }
    }

    /// A document that cannot be read: its punctuation and AWS's words stay, and a mark for each other text.
    fn broken(&mut self, text: &str) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        let is_of_form = |c: char| c.is_whitespace() || "{}[]:,\"".contains(c);
        while let Some(c) = rest.chars().next() {
            let is_string = c == '"';
            let body = if is_string { rest.get(1..).unwrap_or_default() } else { rest };
            let ends = |c: char| if is_string { c == '"' || c == '\n' } else { is_of_form(c) };
            let (word, tail) = body.split_at(body.find(ends).unwrap_or(body.len()));
            let quote = if is_string { "\"" } else { "" };
            let closes = is_string && tail.starts_with('"');
            rest = if closes { tail.get(1..).unwrap_or_default() } else { tail };
            if word.is_empty() && !is_string {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            out += &format!("{quote}{}{}", self.word(word), if closes { quote } else { "" });
        }
        out
    }

    /// A word of a broken document.
    fn word(&mut self, word: &str) -> String {
        let is_of_kms = word.starts_with("kms:") && is_action(word);
        match is_of_kms || WORDS_OF_POLICIES.contains(&word) || PLAIN_KEYS.contains(&word) {
            true => word.to_owned(),
            false => self.value(word),
        }
    }
}

#[cfg(test)]
mod tests;
