//! What a rule is, and how it says what it found.

use super::control::Control;
use super::document::{Document, Word};
use super::subject::Subject;
use super::tree::Place;
use core::fmt;
use core::ops::Range;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy is refused, or does not do what it says.
    Error,
    /// The policy gives more than its author is likely to want.
    Security,
    /// The policy works, but a known trap is near.
    Warning,
    /// The policy could be clearer, or say the same in less.
    Suggestion,
}

impl Severity {
    /// Every severity, the gravest first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Security, Self::Warning, Self::Suggestion];

    /// The name, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Security => "security",
            Self::Warning => "warning",
            Self::Suggestion => "suggestion",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a policy is for: it decides what may stand in it and what has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The resource policy of a KMS key.
    Key,
    /// A policy of a user, group or role; a permissions boundary or a session policy.
    Identity,
    /// A service control policy of an organization.
    Scp,
    /// A resource control policy of an organization.
    Rcp,
    /// The policy that says who may assume a role.
    Trust,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// The policy of another resource, such as a secret.
    Resource,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Key, Self::Identity, Self::Scp, Self::Rcp, Self::Trust, Self::Endpoint, Self::Resource];

    /// The name by which the command line and the outputs call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Identity => "identity",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Trust => "trust",
            Self::Endpoint => "endpoint",
            Self::Resource => "resource",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kind as the evaluator calls it.
    pub(crate) fn of_policy(self) -> gatekey_policy::Kind {
        match self {
            Self::Key => gatekey_policy::Kind::Key,
            Self::Identity => gatekey_policy::Kind::Identity,
            Self::Scp => gatekey_policy::Kind::ServiceControl,
            Self::Rcp => gatekey_policy::Kind::ResourceControl,
            Self::Trust => gatekey_policy::Kind::Trust,
            Self::Endpoint => gatekey_policy::Kind::Endpoint,
            Self::Resource => gatekey_policy::Kind::Resource,
        }
    }

    /// Whether its statements say whom they are about.
    pub fn has_principals(self) -> bool {
        !matches!(self, Self::Identity | Self::Scp)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// All kinds that have a `Principal`.
pub(crate) const WITH_PRINCIPALS: &[Kind] =
    &[Kind::Key, Kind::Rcp, Kind::Trust, Kind::Endpoint, Kind::Resource];

/// A policy, or the statement of one, that shows a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Example {
    /// A whole document.
    Document(&'static str),
    /// One statement; the document around it is sound. In a key policy the statement that delegates to the account
    /// stands beside it.
    Statement(&'static str),
    /// Statements that are the whole of a policy.
    Statements(&'static str),
    /// A condition, in a statement of a key policy that lets `role/app` decrypt.
    Condition(&'static str),
    /// A key policy of this many bytes.
    Sized(usize),
}

/// One rule of the linter.
pub struct Rule {
    /// The stable id, such as `GK1002`. It is never used again for something else.
    pub id: &'static str,
    /// The name, in words joined by hyphens.
    pub name: &'static str,
    /// How much a finding of this rule matters.
    pub severity: Severity,
    /// The kinds of policy that it looks at.
    pub kinds: &'static [Kind],
    /// What goes wrong, and by which rule of AWS's.
    pub why: &'static str,
    /// What to do.
    pub advice: &'static str,
    pub(crate) bad: Example,
    pub(crate) good: Example,
    pub(crate) check: Check,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({} {})", self.id, self.name)
    }
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    /// The text, before anything is known of it.
    Text(fn(&str, &mut Found<'_>)),
    /// The document, once it is JSON.
    Document(fn(&Subject<'_>, &mut Found<'_>)),
    /// The document, and who holds which right under it.
    Control(fn(&Subject<'_>, &Control, &mut Found<'_>)),
    /// Nothing of its own: another part of the linter reports in this rule's name.
    Elsewhere,
}

/// Something that a rule has to say about a place, before the place is known as line and column.
#[derive(Debug)]
pub(crate) struct Remark {
    pub(crate) rule: &'static Rule,
    pub(crate) span: Range<usize>,
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// Most remarks of one rule on one document. A document that is wrong a thousand times is not read to the end.
const MOST_OF_ONE_RULE: usize = 50;

/// Collects the remarks of one rule.
pub(crate) struct Found<'r> {
    rule: &'static Rule,
    count: usize,
    remarks: &'r mut Vec<Remark>,
}

impl<'r> Found<'r> {
    pub(crate) fn new(rule: &'static Rule, remarks: &'r mut Vec<Remark>) -> Self {
        Self { rule, count: 0, remarks }
    }

    /// Reports something about a place of the tree.
    pub(crate) fn at(&mut self, place: &Place, message: impl Into<String>) {
        self.bytes(place.span.clone(), &place.pointer, message);
    }

    /// Reports something about a word.
    pub(crate) fn word(&mut self, word: &Word, message: impl Into<String>) {
        self.at(&word.at, message);
    }

    /// Reports something about the policy as a whole: it is shown at its `Statement`.
    pub(crate) fn whole(&mut self, document: &Document, message: impl Into<String>) {
        match document.root.member("Statement") {
            Some(member) => self.at(&member.name_at, message),
            None => self.at(&document.root.at, message),
        }
    }

    /// Reports something about bytes of the text.
    pub(crate) fn bytes(&mut self, span: Range<usize>, pointer: &str, message: impl Into<String>) {
        self.count += 1;
        if self.count <= MOST_OF_ONE_RULE {
            let (rule, pointer) = (self.rule, pointer.to_owned());
            self.remarks.push(Remark { rule, span, pointer, message: message.into() });
        }
    }
}
