//! The policy linter: every problem of a policy document, with its place, its rule and what to do.
//!
//! It reads a document more leniently than AWS does, so that one mistake does not hide the next, and says more: what is
//! lawful but cannot work, what gives more than it seems to, and what locks its owner out.

mod control;
mod document;
mod documentation;
mod example;
mod glob;
mod output;
mod rule;
mod rules;
mod subject;
mod tree;
mod vocabulary;

pub use documentation::documentation;
pub use output::{to_json, to_sarif};
pub use rule::{Kind, Rule, Severity};
pub use rules::all as rules;
pub use subject::Scope;

use crate::text::{Position, Source};
use control::Control;
use core::ops::Range;
use document::Document;
use gatekey_policy::Policy;
use rule::{Check, Found, Remark};
use subject::Subject;

/// Longest text that is looked at, in bytes: twice the longest key policy.
const LONGEST: usize = 65_536;

/// One problem of a policy.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// What is wrong here.
    pub message: String,
    /// JSON pointer to the element; empty for the document.
    pub pointer: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, one character behind the last.
    pub end: Position,
}

/// What the linter found.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the policy was taken to be for; `None` if the text could not be read.
    pub kind: Option<Kind>,
    /// The problems, in the order of the text.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.rule.severity == severity).count()
    }
}

/// Looks at a policy document. Any text gives an answer.
pub fn lint(text: &str, scope: &Scope) -> Report {
    let source = Source::new(text);
    let mut remarks = Vec::new();
    let kind = if text.len() > LONGEST { None } else { read_and_check(text, scope, &mut remarks) };
    if text.len() > LONGEST {
        let message = format!("the text has {} bytes, and the longest policy 32,768", text.len());
        report(rules::TOO_LARGE, &mut remarks, 0..0, "", message);
    }
    let mut findings: Vec<Finding> = remarks.into_iter().map(|remark| placed(&source, remark)).collect();
    findings.sort_by_key(|finding| (finding.start, finding.rule.id));
    Report { kind, findings }
}

fn placed(source: &Source<'_>, remark: Remark) -> Finding {
    Finding {
        rule: remark.rule,
        message: remark.message,
        pointer: remark.pointer,
        start: source.position(remark.span.start),
        end: source.position(remark.span.end),
    }
}

/// Reports in the name of a rule that has no check of its own.
fn report(id: &str, remarks: &mut Vec<Remark>, span: Range<usize>, pointer: &str, message: String) {
    if let Some(rule) = rules().find(|rule| rule.id == id) {
        Found::new(rule, remarks).bytes(span, pointer, message);
    }
}

/// Reports what the evaluator's own reader finds, where no rule has found an error at that place or around it.
fn report_refusals(text: &str, kind: Kind, remarks: &mut Vec<Remark>) {
    let (_, problems) = Policy::examine(text, kind.of_policy());
    for problem in problems {
        let around = |remark: &Remark| {
            let (a, b) = (remark.pointer.as_str(), problem.at.pointer.as_str());
            remark.rule.severity == Severity::Error && (a.starts_with(b) || b.starts_with(a))
        };
        if !remarks.iter().any(around) {
            let span = problem.at.span.start as usize..problem.at.span.end as usize;
            let message = format!("{} {}", problem.message, problem.detail);
            report(rules::REFUSED, remarks, span, &problem.at.pointer, message);
        }
    }
}

fn read_and_check(text: &str, scope: &Scope, remarks: &mut Vec<Remark>) -> Option<Kind> {
    for rule in rules() {
        if let Check::Text(check) = rule.check {
            check(text, &mut Found::new(rule, remarks));
        }
    }
    match tree::read(text) {
        Ok(root) => {
            let document = Document::read(root);
            let subject = Subject::new(&document, scope);
            check(&subject, remarks);
            report_refusals(text, subject.kind, remarks);
            Some(subject.kind)
        }
        Err(not_json) => {
            // Where typographic quotes stand for straight ones, they are the reason, and it was given.
            if remarks.is_empty() {
                report(rules::NOT_JSON, remarks, not_json.at, "", not_json.reason);
            }
            None
        }
    }
}

fn check(subject: &Subject<'_>, remarks: &mut Vec<Remark>) {
    let control = if subject.kind == Kind::Key { Control::of(subject) } else { None };
    for rule in rules().filter(|rule| rule.kinds.contains(&subject.kind)) {
        let mut found = Found::new(rule, remarks);
        match (rule.check, &control) {
            (Check::Document(check), _) => check(subject, &mut found),
            (Check::Control(check), Some(control)) => check(subject, control, &mut found),
            _ => {}
        }
    }
}
