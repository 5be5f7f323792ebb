//! From text to compiled policy: strict where a document is written, total where one is read back.
//!
//! One reader serves both. It notes every problem and goes on: a writer is told the first problem, and a document that is
//! read back keeps all that could be understood. A statement that could not be understood is *damaged*: as an Allow it
//! never applies, as a Deny always.

mod blocks;
mod conditions;
pub(crate) mod json;
mod principals;
mod statement;

use crate::error::{ErrorClass, Location, PolicyError, Span};
use crate::policy::{Effect, Kind, Pins, Policy, Statement, Version, Written};
use json::{Json, Member, Node};
use std::collections::BTreeSet;

/// Longer documents are not looked at: the longest that any API of AWS takes.
const LONGEST: usize = 131_072;
/// More problems than this are not kept.
const MOST_PROBLEMS: usize = 64;

/// KMS's answer to every problem with a principal.
pub(crate) const INVALID_PRINCIPALS: &str =
    "Policy contains a statement with one or more invalid principals.";

/// What KMS says of faults of form is not documented: one text for all.
fn inferred_text_of_faults_of_form() -> &'static str {
    "Policy contains syntax errors."
}

/// Where the reader is, as a list of steps from the root.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    fn member(&'p self, name: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Member(name) }
    }

    fn index(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// As a JSON pointer.
    fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Path::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
        }
        pointer
    }
}

/// The JSON pointer to the node that stands at `span`, if there is one at or below `node`.
pub(crate) fn pointer_to(node: &Node, span: Span) -> Option<String> {
    fn below(node: &Node, path: &Path<'_>, span: Span) -> Option<String> {
        if node.span == span {
            return Some(path.pointer());
        }
        match &node.value {
            Json::Array(items) => {
                items.iter().enumerate().find_map(|(index, item)| below(item, &path.index(index), span))
            }
            Json::Object(members) => {
                members.iter().find_map(|member| below(&member.value, &path.member(&member.name.text), span))
            }
            _ => None,
        }
    }
    below(node, &Path::ROOT, span)
}

/// A document being read, and what was found wrong.
pub(crate) struct Reading<'t> {
    text: &'t str,
    kind: Kind,
    version: Version,
    problems: Vec<PolicyError>,
    /// How many problems there were, those that were not kept too: what is damaged must not depend on what is kept.
    noted: usize,
}

/// Reads a document: what could be understood, and everything that is wrong with it.
pub(crate) fn read(text: &str, kind: Kind) -> (Policy, Vec<PolicyError>) {
    let mut reading = Reading { text, kind, version: Version::V2008, problems: Vec::new(), noted: 0 };
    reading.check_size();
    let policy = reading.document().unwrap_or_else(|| Policy::unreadable(text, kind));
    (policy, reading.problems)
}

impl<'t> Reading<'t> {
    /// Notes a problem. `message` is what the client reads.
    fn problem(
        &mut self,
        path: &Path<'_>,
        span: Span,
        message: &str,
        detail: impl Into<String>,
    ) -> &mut Self {
        self.note(ErrorClass::Malformed, path, span, message, detail.into());
        self
    }

    fn note(&mut self, class: ErrorClass, path: &Path<'_>, span: Span, message: &str, detail: String) {
        self.noted += 1;
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let (line, column) = span.line_and_column(self.text);
        let at = Location { span, line, column, pointer: path.pointer() };
        self.problems.push(PolicyError { class, message: message.into(), detail, hint: None, at });
    }

    /// Adds a hint to the problem just noted.
    fn hint(&mut self, hint: impl Into<String>) {
        let is_kept = self.noted == self.problems.len();
        if let Some(last) = self.problems.last_mut().filter(|_| is_kept) {
            last.hint = Some(hint.into());
        }
    }

    /// The wording that the service of this kind of policy uses for faults of form.
    fn syntax(&self) -> &'static str {
        match self.kind {
            Kind::Key => inferred_text_of_faults_of_form(),
            _ => "Syntax errors in policy.",
        }
    }

    fn check_size(&mut self) {
        let (limit, counts_space) = self.kind.limit();
        let counted = if counts_space {
            self.text.len()
        } else {
            self.text.chars().filter(|c| !c.is_whitespace()).count()
        };
        if counted > limit || self.text.len() > LONGEST {
            let detail = format!("the document has {counted} characters that count; {limit} are allowed");
            let message = format!("Policy document length breached: the limit is {limit}.");
            self.note(ErrorClass::TooLarge, &Path::ROOT, Span::default(), &message, detail);
        }
        let stray = self.text.char_indices().find(|(_, c)| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'));
        if let Some((at, c)) = stray.filter(|_| self.kind.is_held_to_latin_1()) {
            let start = u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span { start, end: start.saturating_add(u32::try_from(c.len_utf8()).unwrap_or(1)) };
            let detail = format!("the character U+{:04X} is not allowed in a policy document", u32::from(c));
            self.note(ErrorClass::Validation, &Path::ROOT, span, self.syntax(), detail);
            if matches!(c, '\u{2018}'..='\u{201f}') {
                self.hint("this is a typographic quotation mark; JSON needs the plain \"");
            }
        }
    }

    /// Reads the whole; `None` if nothing can be made of it.
    fn document(&mut self) -> Option<Policy> {
        if self.text.len() > LONGEST {
            return None;
        }
        let root = match json::read(self.text) {
            Ok(root) => root,
            Err(fault) => {
                self.problem(&Path::ROOT, fault.span, self.syntax(), fault.detail);
                if let Some(hint) = fault.hint {
                    self.hint(hint);
                }
                return None;
            }
        };
        let Json::Object(members) = &root.value else {
            self.problem(&Path::ROOT, root.span, self.syntax(), "a policy is a JSON object");
            return None;
        };
        self.check_names(&Path::ROOT, members, &["Version", "Id", "Statement"]);
        self.version = self.read_version(members);
        let id = self.read_id(members);
        let statements = self.read_statements(&root, members)?;
        Some(Policy::new(self.kind, self.text.into(), self.version, id, statements.into(), Pins::new()))
    }

    /// Notes members that are unknown or stand twice.
    fn check_names(&mut self, path: &Path<'_>, members: &[Member], known: &[&str]) -> bool {
        let before = self.noted;
        let mut seen = BTreeSet::new();
        for member in members {
            let name = &*member.name.text;
            let at = path.member(name);
            if !known.contains(&name) {
                let detail = format!("no element is called `{name}` here");
                self.problem(&at, member.name.span, self.syntax(), detail);
                if let Some(meant) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
                    self.hint(format!("names are compared with case: write `{meant}`"));
                }
            } else if !seen.insert(name) {
                self.problem(&at, member.name.span, self.syntax(), format!("`{name}` stands here twice"));
            }
        }
        self.noted == before
    }

    fn read_version(&mut self, members: &[Member]) -> Version {
        let Some(value) = member(members, "Version") else { return Version::V2008 };
        match &value.value {
            Json::String(text) if **text == *"2012-10-17" => Version::V2012,
            Json::String(text) if **text == *"2008-10-17" => Version::V2008,
            _ => {
                let path = Path::ROOT.member("Version");
                self.problem(
                    &path,
                    value.span,
                    self.syntax(),
                    "there are two versions, 2012-10-17 and 2008-10-17",
                );
                self.hint("write \"2012-10-17\"");
                Version::V2008
            }
        }
    }

    fn read_id(&mut self, members: &[Member]) -> Option<Written> {
        let value = member(members, "Id")?;
        self.text_of(&Path::ROOT.member("Id"), value)
    }

    fn read_statements(&mut self, root: &Node, members: &[Member]) -> Option<Vec<Statement>> {
        let Some(value) = member(members, "Statement") else {
            self.problem(&Path::ROOT, root.span, self.syntax(), "the policy has no `Statement`");
            return None;
        };
        let path = Path::ROOT.member("Statement");
        let statements: Vec<Statement> = match &value.value {
            Json::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.statement(&path.index(index), item))
                .collect(),
            _ => vec![self.statement(&path, value)],
        };
        if statements.is_empty() {
            self.problem(&path, value.span, self.syntax(), "`Statement` is empty");
        }
        self.check_sids(&path, &statements);
        Some(statements)
    }

    /// IAM refuses two statements with one Sid; KMS takes them.
    fn check_sids(&mut self, path: &Path<'_>, statements: &[Statement]) {
        if self.kind == Kind::Key {
            return;
        }
        let mut seen = BTreeSet::new();
        for (index, statement) in statements.iter().enumerate() {
            let Some(sid) = &statement.sid else { continue };
            if !seen.insert(&sid.text) {
                let message = "Statement IDs (SID) in a single policy must be unique.";
                let detail = format!("an earlier statement has the Sid `{}`", sid.text);
                self.problem(&path.index(index).member("Sid"), sid.span, message, detail);
            }
        }
    }

    /// A text, or a problem.
    fn text_of(&mut self, path: &Path<'_>, node: &Node) -> Option<Written> {
        match &node.value {
            Json::String(text) => Some(Written { text: text.clone(), span: node.span }),
            _ => {
                self.problem(path, node.span, self.syntax(), "this must be a text");
                None
            }
        }
    }

    /// One text or a list of at least one; `None` if anything else is there.
    fn texts_of(&mut self, path: &Path<'_>, node: &Node) -> Option<Vec<Written>> {
        let Json::Array(items) = &node.value else {
            return self.text_of(path, node).map(|text| vec![text]);
        };
        if items.is_empty() {
            self.problem(path, node.span, self.syntax(), "this list is empty");
            return None;
        }
        items.iter().enumerate().map(|(index, item)| self.text_of(&path.index(index), item)).collect()
    }
}

/// The first member of this name.
fn member<'n>(members: &'n [Member], name: &str) -> Option<&'n Node> {
    members.iter().find(|member| *member.name.text == *name).map(|member| &member.value)
}

impl Kind {
    /// The most characters of a document, and whether white space counts.
    pub fn limit(self) -> (usize, bool) {
        match self {
            Self::Key => (32_768, true),
            // The largest of the identity policies: all inline policies of a role together. The directory holds each kind
            // (managed 6,144, of a user 2,048, of a group 5,120) to its own.
            Self::Identity => (10_240, false),
            Self::Session | Self::Trust => (2_048, false),
            Self::ServiceControl => (10_240, true),
            Self::ResourceControl => (5_120, true),
            Self::Endpoint | Self::Resource => (20_480, true),
        }
    }

    /// Whether the API's model admits only characters up to U+00FF.
    fn is_held_to_latin_1(self) -> bool {
        matches!(self, Self::Key | Self::Identity | Self::Session | Self::Trust)
    }

    /// Whether its statements name principals.
    pub fn has_principals(self) -> bool {
        !matches!(self, Self::Identity | Self::Session | Self::ServiceControl)
    }
}

impl Policy {
    /// What stands for a document of which nothing can be made: it allows nothing, and denies everything.
    fn unreadable(text: &str, kind: Kind) -> Self {
        let statements = Box::new([Statement::damaged(Span::default(), Effect::Deny)]);
        Self::new(kind, text.into(), Version::V2008, None, statements, Pins::new())
    }
}

#[cfg(test)]
mod tests;
