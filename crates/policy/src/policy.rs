//! A policy document, compiled: read once, evaluated many times, shared by all that have the same text.

use crate::action::ActionSet;
use crate::condition::Condition;
use crate::error::{PolicyError, Span};
use crate::glob::Glob;
use crate::key::ConditionKey;
use crate::named::{Named, PrincipalElement};
use crate::parse;
use crate::template::{Template, after_fifth_colon};
use gatekey_types::UniqueId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a document is for: decides its grammar and its limit of size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize)]
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
    kind: Kind,
    text: Arc<str>,
    version: Version,
    id: Option<Written>,
    statements: Box<[Statement]>,
    pins: Pins,
    /// The known actions of KMS that any statement is about, so that a policy about other things costs one comparison.
    kms_bits: u64,
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
    /// Whether part of it could not be understood: then it never allows, and as a Deny always denies.
    pub is_damaged: bool,
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
    set: ActionSet,
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
    compiled: Box<[ResourcePattern]>,
}

/// A pattern of a resource.
#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    Everything,
    Glob(Glob),
    Template(Template),
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
        let (policy, problems) = parse::read(text, kind);
        match problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(policy),
        }
    }

    /// Reads a document and tells all that is wrong with it, up to a few dozen problems, for lint.
    pub fn examine(text: &str, kind: Kind) -> (Self, Vec<PolicyError>) {
        parse::read(text, kind)
    }

    /// Reads a document that was accepted once. It never fails: what cannot be understood allows nothing, and denies.
    pub fn read_stored(text: &str, kind: Kind, pins: Pins) -> Self {
        let (mut policy, _) = parse::read(text, kind);
        for element in policy.elements_mut() {
            if let Named::Principal { id, .. } = &mut element.named {
                *id = pins.get(&*element.written.text).cloned();
            }
        }
        policy.pins = pins;
        policy
    }

    /// Resolves every principal that the document names to what exists now, and pins users and roles to their unique ids.
    /// Store [`Policy::pins`] beside the text.
    ///
    /// # Errors
    /// AWS's `Policy contains a statement with one or more invalid principals.`, placed at the first that is missing.
    pub fn pin(
        mut self,
        resolve: &mut dyn FnMut(&PrincipalElement) -> Existence,
    ) -> Result<Self, PolicyError> {
        let (kind, mut pins, mut missing) = (self.kind, Pins::new(), None);
        for element in self.elements_mut() {
            if element.named == Named::Everyone {
                continue;
            }
            let existence = match &element.named {
                Named::Federated(_) if inferred_takes_no_provider(kind) => Existence::Missing,
                _ => resolve(element),
            };
            match (existence, &mut element.named) {
                (Existence::Pinned(pin), Named::Principal { id, .. }) => {
                    pins.insert(element.written.text.to_string(), pin.clone());
                    *id = Some(pin);
                }
                (Existence::Missing, _) => {
                    missing = Some(element.written.clone());
                    break;
                }
                (Existence::Exists | Existence::Pinned(_), _) => {}
            }
        }
        if let Some(written) = missing {
            return Err(self.missing_principal(&written));
        }
        self.pins = pins;
        Ok(self)
    }

    pub(crate) fn new(
        kind: Kind,
        text: Arc<str>,
        version: Version,
        id: Option<Written>,
        statements: Box<[Statement]>,
        pins: Pins,
    ) -> Self {
        let kms_bits = statements.iter().fold(0, |bits, statement| bits | statement.kms_bits());
        Self { kind, text, version, id, statements, pins, kms_bits }
    }

    fn elements_mut(&mut self) -> impl Iterator<Item = &mut PrincipalElement> {
        let blocks = self.statements.iter_mut().filter_map(|statement| statement.principal.as_mut());
        blocks.flat_map(|block| block.elements.iter_mut())
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

    /// Every condition key that conditions or policy variables name, each time it is named.
    pub fn condition_keys(&self) -> impl Iterator<Item = &ConditionKey<'static>> {
        self.statements.iter().flat_map(Statement::condition_keys)
    }

    /// The known actions of KMS that any statement is about.
    pub(crate) fn kms_bits(&self) -> u64 {
        self.kms_bits
    }
}

/// Identity providers never call KMS. Whether a key policy may name one is not documented: it is refused as other
/// principals are that the service does not know; one that is read back names nobody.
fn inferred_takes_no_provider(kind: Kind) -> bool {
    kind == Kind::Key
}

impl Statement {
    /// What stands for a statement that could not be understood.
    pub(crate) fn damaged(span: Span, effect: Effect) -> Self {
        Self {
            sid: None,
            effect,
            span,
            principal: None,
            action: None,
            resource: None,
            conditions: Box::default(),
            is_damaged: true,
        }
    }

    fn kms_bits(&self) -> u64 {
        match (&self.action, self.is_damaged) {
            (_, true) => u64::MAX,
            (Some(block), false) => block.set.kms_bits(),
            (None, false) => 0,
        }
    }

    /// Every condition key that its conditions or policy variables name, each time it is named.
    pub fn condition_keys(&self) -> impl Iterator<Item = &ConditionKey<'static>> {
        let of_conditions = self.conditions.iter().flat_map(|c| std::iter::once(&c.key).chain(c.variables()));
        of_conditions.chain(self.resource_variables())
    }

    /// The condition keys that `Resource` or `NotResource` names as policy variables.
    pub fn resource_variables(&self) -> impl Iterator<Item = &ConditionKey<'static>> {
        let patterns = self.resource.iter().flat_map(|block| block.compiled.iter());
        patterns.flat_map(|pattern| match pattern {
            ResourcePattern::Template(template) => Some(template.variables()).into_iter().flatten(),
            ResourcePattern::Everything | ResourcePattern::Glob(_) => None.into_iter().flatten(),
        })
    }
}

impl ActionBlock {
    pub(crate) fn new(negated: bool, patterns: Box<[Written]>, span: Span) -> Self {
        let set = ActionSet::new(patterns.iter().map(|pattern| &*pattern.text), negated);
        Self { negated, patterns, span, set }
    }

    /// Whether the statement is about the action.
    pub fn contains(&self, action: &crate::Action) -> bool {
        self.set.contains(action)
    }
}

impl ResourceBlock {
    pub(crate) fn new(negated: bool, patterns: Box<[Written]>, span: Span, version: Version) -> Self {
        let compiled = patterns.iter().map(|pattern| ResourcePattern::new(&pattern.text, version)).collect();
        Self { negated, patterns, span, compiled }
    }

    pub(crate) fn compiled(&self) -> &[ResourcePattern] {
        &self.compiled
    }
}

impl ResourcePattern {
    fn new(text: &str, version: Version) -> Self {
        if version == Version::V2012 {
            let template = Template::new(text, after_fifth_colon(text));
            if let Template::Varying(_) = template {
                return Self::Template(template);
            }
        }
        match Glob::of_text(text) {
            glob if glob.is_everything() => Self::Everything,
            glob => Self::Glob(glob),
        }
    }
}
