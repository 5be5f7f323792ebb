//! `gatekey policy lint`.

use super::files;
use super::style::{Style, Tone, harmless};
use crate::{
    failure::{Failure, Kind},
    output,
};
use gatekey_analysis::lint::{self, Finding, Report, Scope, Severity};
use gatekey_types::{AccountId, KeyArn};
use serde_json::Value;
use std::path::PathBuf;

/// Find what is wrong with policy documents, and say what to do
///
/// Exits with 1 if something grave is found, with 2 if a file cannot be read. The rules are described in
/// docs/policy-lint.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Policy documents, and folders with *.json; - is standard input
    #[arg(required_unless_present = "rules")]
    files: Vec<PathBuf>,
    /// What the policies are for; told from their contents if not given
    #[arg(long, value_parser = kind, value_name = "KIND", help_heading = "What is known")]
    kind: Option<lint::Kind>,
    /// The account that the policies belong to
    #[arg(long, value_name = "ID", help_heading = "What is known")]
    account: Option<AccountId>,
    /// The key that the policies are for
    #[arg(long, value_name = "ARN", help_heading = "What is known")]
    key: Option<KeyArn>,
    /// Print JSON
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// Print SARIF 2.1.0
    #[arg(long)]
    sarif: bool,
    /// From which severity on to fail
    #[arg(long, value_parser = severity, value_name = "SEVERITY", default_value = "error")]
    deny: Severity,
    /// Print every rule as Markdown, and check nothing
    #[arg(long)]
    rules: bool,
}

fn kind(text: &str) -> Result<lint::Kind, String> {
    let known = lint::Kind::ALL.map(lint::Kind::as_str).join(", ");
    lint::Kind::named(text).ok_or_else(|| format!("there are {known}"))
}

fn severity(text: &str) -> Result<Severity, String> {
    let known = Severity::ALL.map(Severity::as_str).join(", ");
    Severity::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("there are {known}"))
}

/// A file, its text and what was found.
struct Linted {
    file: String,
    text: String,
    report: Report,
}

/// Lints the files.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.rules {
        return output::result(&lint::documentation());
    }
    let linted = lint_all(args)?;
    output::result(&match (args.json, args.sarif) {
        (true, _) => as_json(&linted),
        (_, true) => format!("{:#}\n", lint::to_sarif(linted.iter().map(|l| (l.file.as_str(), &l.report)))),
        _ => as_text(&linted, Style::of_standard_output()),
    })?;
    let grave = |finding: &Finding| finding.rule.severity <= args.deny;
    let found = linted.iter().flat_map(|linted| &linted.report.findings).any(grave);
    if found { Err(Failure::told(Kind::Other)) } else { Ok(()) }
}

fn lint_all(args: &Args) -> Result<Vec<Linted>, Failure> {
    let scope = Scope { kind: args.kind, account: args.account, key: args.key.clone() };
    let files = files::find(&args.files, |name| name.ends_with(".json"))?;
    let lint = |file: &PathBuf| {
        let text = files::read(file)?;
        Ok(Linted { file: file.display().to_string(), report: lint::lint(&text, &scope), text })
    };
    files.iter().map(lint).collect()
}

fn as_json(linted: &[Linted]) -> String {
    let files: Vec<Value> = linted.iter().map(|linted| lint::to_json(&linted.file, &linted.report)).collect();
    format!("{:#}\n", Value::from(files))
}

fn as_text(linted: &[Linted], style: Style) -> String {
    let findings = linted.iter().flat_map(|linted| linted.report.findings.iter().map(move |f| (linted, f)));
    let shown: String = findings.map(|(linted, finding)| shown(linted, finding, style)).collect();
    shown + &summary(linted) + "\n"
}

/// One finding: place, rule and message; the line it stands in; what to do.
fn shown(linted: &Linted, finding: &Finding, style: Style) -> String {
    let rule = finding.rule;
    let tone = match rule.severity {
        Severity::Error | Severity::Security => Tone::Bad,
        Severity::Warning => Tone::Careful,
        Severity::Suggestion => Tone::Faint,
    };
    let place = format!("{}:{}", harmless(&linted.file), finding.start);
    let head = format!(
        "{}: {} {} {}",
        style.paint(Tone::Strong, &place),
        style.paint(tone, rule.severity.as_str()),
        rule.id,
        harmless(&finding.message)
    );
    let pointer =
        if finding.pointer.is_empty() { String::new() } else { format!(" ({})", harmless(&finding.pointer)) };
    let advice = style.paint(Tone::Faint, &format!("  = {}", rule.advice));
    format!("{head}{pointer}\n{}{advice}\n\n", snippet(linted, finding, tone, style))
}

/// Most characters of a line that are shown.
const WIDEST: usize = 100;

/// The line that a finding begins in, with a mark under what is meant.
fn snippet(linted: &Linted, finding: &Finding, tone: Tone, style: Style) -> String {
    let Some(line) = linted.text.lines().nth(finding.start.line - 1) else { return String::new() };
    // Of a long line only the part around the finding is shown.
    let skipped = finding.start.column.saturating_sub(WIDEST / 2);
    let shown: String = line.chars().skip(skipped).take(WIDEST).collect();
    let to_end = line.chars().count() + 1;
    let end = if finding.end.line == finding.start.line { finding.end.column } else { to_end };
    let before = finding.start.column - 1 - skipped.min(finding.start.column - 1);
    let length = end.saturating_sub(finding.start.column).clamp(1, WIDEST.saturating_sub(before).max(1));
    let mark = style.paint(tone, &"^".repeat(length));
    format!("  | {}\n  | {}{mark}\n", harmless(&shown.replace('\t', " ")), " ".repeat(before))
}

fn summary(linted: &[Linted]) -> String {
    let count = |severity| linted.iter().map(|linted| linted.report.count(severity)).sum::<usize>();
    let counted = |severity, one: &str, many: &str| {
        let n = count(severity);
        format!("{n} {}", if n == 1 { one } else { many })
    };
    [
        counted(Severity::Error, "error", "errors"),
        counted(Severity::Security, "security issue", "security issues"),
        counted(Severity::Warning, "warning", "warnings"),
        counted(Severity::Suggestion, "suggestion", "suggestions"),
    ]
    .join(", ")
}
