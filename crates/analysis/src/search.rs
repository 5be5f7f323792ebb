//! The search for a request: one that is allowed, or that two sets of policies decide differently. Or the proof that there is
//! none.
//!
//! What the request may carry is tried key by key, only keys on which something still depends, each with one value of every
//! kind that the policies can tell apart: where all kinds have been tried, nothing else can come out. Every step is decided by
//! the code that decides real requests, and what is found is decided once more with nothing open.
//!
//! Where not all kinds could be tried (a policy variable stands for what the request carries, a key is compared in several
//! ways, there are too many cases), a search that finds nothing says so and proves nothing. Names of an encryption context that
//! differ in case only are tried once: with two of them no request is allowed that would not be with one.

mod branches;
mod conditions;
mod identities;
mod points;
mod texts;

#[cfg(test)]
mod contradiction;
#[cfg(test)]
mod tests;

use crate::who_can::Who;
use crate::world::{Caller, CallerKind, Inquiry};
use conditions::Kinds;
use gatekey_policy::{
    Action, ConditionKey, Context, Truth, Values, decide, key::KeyName, open_keys, outlook,
};
use gatekey_types::{Arn, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A request that decides as it is said to.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who makes it. Of any session of a role, [`session`](Self::session) says in which.
    pub who: Who,
    /// The name of the session, where the caller is any session of a role.
    pub session: Option<String>,
    /// To do what.
    pub action: Action,
    /// On which key.
    pub key: Arn,
    /// The condition keys that it carries beside those that follow from the caller and the key.
    pub context: Vec<(String, Vec<String>)>,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub enum Sought<T> {
    /// This.
    Found(T),
    /// There is none, whatever a request carries.
    Nothing,
    /// None was found, and there may be one, because of this.
    Unknown(String),
}

/// One set of policies, and how it is to decide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) inquiry: Inquiry<'a>,
    pub(crate) is_to_allow: bool,
}

/// More cases than this are not tried in one search.
pub const MOST_CASES: usize = 4_000;

/// Looks for a request that each side decides as it is to. `since` is the earliest moment at which it could be made.
///
/// All sides must ask about the same action, and about callers of the same name.
pub(crate) fn find(sides: &[Side<'_>], since: Option<Timestamp>) -> Sought<Witness> {
    let Some(first) = sides.first() else { return Sought::Nothing };
    let mut search = Search { sides, since, cases: 0, doubts: BTreeSet::new(), known: BTreeMap::new() };
    let found = search.visit(&first.inquiry.open_context());
    match found {
        Some(witness) => Sought::Found(witness),
        None if search.doubts.is_empty() => Sought::Nothing,
        None => Sought::Unknown(search.doubts.into_iter().collect::<Vec<_>>().join("; ")),
    }
}

/// Looks for a request of this caller that is allowed.
pub(crate) fn find_allowed(inquiry: Inquiry<'_>, since: Option<Timestamp>) -> Sought<Witness> {
    find(&[Side { inquiry, is_to_allow: true }], since)
}

struct Search<'a> {
    sides: &'a [Side<'a>],
    since: Option<Timestamp>,
    cases: usize,
    doubts: BTreeSet<String>,
    known: BTreeMap<String, Kinds>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, context: &Context<'a>) -> Option<Witness> {
        self.cases += 1;
        if self.cases > MOST_CASES {
            self.doubts.insert(format!("there are more than {MOST_CASES} cases to try"));
            return None;
        }
        match self.stands(context) {
            Truth::False => None,
            Truth::True => self.confirm(context),
            Truth::Unknown => self.go_on(context),
        }
    }

    fn go_on(&mut self, context: &Context<'a>) -> Option<Witness> {
        let Some(key) = self.next_key(context) else {
            self.doubts.insert("what it depends on could not be told".to_owned());
            return None;
        };
        let branches = self.branches(&key, context);
        branches.into_iter().find_map(|context| self.visit(&context))
    }

    /// Whether all sides decide as they are to.
    fn stands(&self, context: &Context<'_>) -> Truth {
        let mut all = Truth::True;
        for side in self.sides {
            let truth = side.inquiry.ask(context, outlook).negated_if(!side.is_to_allow);
            all = all.and(truth);
            if all == Truth::False {
                break;
            }
        }
        all
    }

    /// The first key on which a side depends that is not decided yet.
    fn next_key(&self, context: &Context<'_>) -> Option<ConditionKey<'static>> {
        let undecided = self.sides.iter().filter(|side| side.inquiry.ask(context, outlook) == Truth::Unknown);
        undecided.into_iter().find_map(|side| side.inquiry.ask(context, open_keys).into_iter().next())
    }

    /// The request with nothing open, decided once more by each side.
    fn confirm(&mut self, context: &Context<'a>) -> Option<Witness> {
        let first = self.sides.first()?;
        let session = session_of(first.inquiry.caller, context);
        let whole = closed(context);
        let agrees = self.sides.iter().all(|side| {
            let caller = match &session {
                Some(name) => side.inquiry.caller.in_session(name),
                None => side.inquiry.caller.clone(),
            };
            let inquiry = Inquiry { caller: &caller, ..side.inquiry };
            inquiry.ask(&whole, |request, policies| decide(request, policies).is_allowed())
                == side.is_to_allow
        });
        if !agrees {
            self.doubts.insert("a case that seemed to do turned out otherwise in full".to_owned());
            return None;
        }
        let On { action, key } = On::of(&first.inquiry)?;
        let is_any = first.inquiry.caller.kind == CallerKind::Role;
        Some(Witness {
            who: Who::of(first.inquiry.caller),
            session: session.or_else(|| is_any.then(|| "any-session".to_owned())),
            action,
            key,
            context: told(&whole, &first.inquiry),
        })
    }
}

struct On {
    action: Action,
    key: Arn,
}

impl On {
    fn of(inquiry: &Inquiry<'_>) -> Option<Self> {
        match inquiry.on {
            crate::world::On::Key(key) => Some(Self { action: inquiry.action.clone(), key: key.arn.clone() }),
            _ => None,
        }
    }
}

/// The name of the session that the id of the caller was set to.
fn session_of(caller: &Caller<'_>, context: &Context<'_>) -> Option<String> {
    let role = caller.entity.filter(|_| caller.kind == CallerKind::Role)?;
    let id = value_of(context, KeyName::AwsUserId)?;
    id.strip_prefix(role.id.as_str())?.strip_prefix(':').map(str::to_owned)
}

fn value_of(context: &Context<'_>, name: KeyName) -> Option<String> {
    let wanted = ConditionKey::from(name);
    context.entries().find(|(key, _)| key.is(&wanted)).and_then(|(_, values)| match values {
        Values::One(value) => Some(value.text().into_owned()),
        Values::Many(_) | Values::Absent => None,
    })
}

/// The same without anything open. The names of the encryption context follow from its pairs.
fn closed<'a>(context: &Context<'a>) -> Context<'a> {
    let mut whole = Context::new();
    for (key, values) in context.entries() {
        whole.put(key.clone(), values.clone());
    }
    let names: Vec<String> = context.encryption_context().map(|(name, _)| name.to_owned()).collect();
    let keys = ConditionKey::from(KeyName::KmsEncryptionContextKeys);
    if !names.is_empty() && !whole.entries().any(|(key, _)| key.is(&keys)) {
        whole.set_many(KeyName::KmsEncryptionContextKeys, names);
    }
    whole
}

/// What the request carries beside what follows from the caller and the key.
fn told(whole: &Context<'_>, inquiry: &Inquiry<'_>) -> Vec<(String, Vec<String>)> {
    let mut known = Context::new();
    inquiry.set_known(&mut known);
    let is_known = |key: &ConditionKey<'_>| known.entries().any(|(known, _)| known.is(key));
    let said = whole.entries().filter(|(key, _)| !is_known(key));
    let said = said.filter_map(|(key, values)| {
        let texts = match values {
            Values::One(value) => vec![value.text().into_owned()],
            Values::Many(values) if !values.is_empty() => {
                values.iter().map(|value| value.text().into_owned()).collect()
            }
            Values::Many(_) | Values::Absent => return None,
        };
        Some((key.to_string(), texts))
    });
    said.collect()
}

impl<T> Sought<T> {
    /// What was found.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Nothing | Self::Unknown(_) => None,
        }
    }

    /// Whether it is proved that there is none.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// `arn:... may kms:Decrypt on ... with aws:SourceIp=10.0.0.1`
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.who.name)?;
        if let Some(session) = &self.session {
            write!(f, " (session {session})")?;
        }
        write!(f, " {} on {}", self.action, self.key)?;
        let said: Vec<String> =
            self.context.iter().map(|(key, values)| format!("{key}={}", values.join(","))).collect();
        match said.is_empty() {
            true => Ok(()),
            false => write!(f, " with {}", said.join(" and ")),
        }
    }
}
