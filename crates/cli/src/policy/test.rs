//! `gatekey policy test`.

use super::files;
use super::style::{Style, Tone, harmless};
use crate::{
    failure::{Failure, Kind},
    output,
};
use gatekey_analysis::cases::{self, Case, CaseResult, Format, Reading, junit};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Run policy test cases and say which decide as they should
///
/// A file of JSON, YAML or TOML holds one case or a list of them; folders are searched. Exits with 1 if a case fails, with
/// 2 if a file cannot be read. The format is described in docs/policy-tests.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and folders of cases
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a JUnit report to this file, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print only the cases that fail
    #[arg(long, short)]
    quiet: bool,
    /// Read policies as if they were stored already: a statement that AWS would refuse never allows and always denies
    #[arg(long)]
    stored: bool,
}

/// A file and how its cases came out.
struct Tested {
    file: String,
    cases: Vec<(Case, CaseResult)>,
}

/// Runs the cases.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let reading = if args.stored { Reading::AsStored } else { Reading::AsWritten };
    let tested = test_all(&args.paths, reading)?;
    let all = || tested.iter().flat_map(|tested| &tested.cases);
    let failed = all().filter(|(_, result)| !result.passed()).count();
    let summary = format!("{} passed, {failed} failed", all().count() - failed);
    if let Some(path) = &args.junit {
        write_junit(path, &tested)?;
    }
    if args.json {
        output::result(&as_json(&tested, failed))?;
        output::note(&summary);
    } else {
        output::result(&(as_table(&tested, args.quiet, Style::of_standard_output()) + &summary + "\n"))?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::told(Kind::Other)) }
}

fn is_case_file(name: &str) -> bool {
    Format::of_file_name(name).is_some()
}

/// Reads and runs the cases of every file. Every file that cannot be read is told, not only the first.
fn test_all(paths: &[PathBuf], reading: Reading) -> Result<Vec<Tested>, Failure> {
    let files = files::find(paths, is_case_file)?;
    let (tested, failures): (Vec<_>, Vec<_>) =
        files.iter().map(|file| test(file, reading)).partition(Result::is_ok);
    let failures: Vec<String> = failures.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(Failure::new(Kind::Input, failures.join("\n")));
    }
    let tested: Vec<Tested> = tested.into_iter().filter_map(Result::ok).collect();
    if tested.iter().all(|tested| tested.cases.is_empty()) {
        return Err(Failure::new(Kind::Input, "there are no cases in what was named")
            .hint("cases are read from files that end in .json, .yaml, .yml or .toml"));
    }
    Ok(tested)
}

/// Reads the cases of a file. The error is for people to read, and names the file.
pub(super) fn load(file: &Path, reading: Reading) -> Result<Vec<Case>, String> {
    let name = file.display();
    let format = Format::of_file_name(&name.to_string()).ok_or_else(|| {
        format!("{name}: what format is this? files of cases end in .json, .yaml, .yml or .toml")
    })?;
    let text = files::read(file).map_err(|failure| failure.message().to_owned())?;
    // A place that is known follows the name at once, as tools expect it.
    cases::load(&text, format, reading).map_err(|error| match error.position {
        Some(_) => format!("{name}:{error}"),
        None => format!("{name}: {error}"),
    })
}

fn test(file: &Path, reading: Reading) -> Result<Tested, String> {
    let cases = load(file, reading)?;
    if let Some(case) = cases.iter().find(|case| case.expect.is_none()) {
        return Err(format!("{}: the case \"{}\" does not say what to expect", file.display(), case.name));
    }
    let run = |case: Case| {
        let result = case.run();
        (case, result)
    };
    Ok(Tested { file: file.display().to_string(), cases: cases.into_iter().map(run).collect() })
}

fn as_table(tested: &[Tested], quiet: bool, style: Style) -> String {
    let mut table = String::new();
    for file in tested {
        let shown: Vec<String> = file
            .cases
            .iter()
            .filter(|(_, result)| !(quiet && result.passed()))
            .map(|(case, result)| row(case, result, style))
            .collect();
        if !shown.is_empty() {
            table += &format!("{}\n{}", style.paint(Tone::Strong, &harmless(&file.file)), shown.concat());
        }
    }
    table
}

/// One line for a case; a case that failed is followed by what it wanted and what came out.
fn row(case: &Case, result: &CaseResult, style: Style) -> String {
    let (mark, tone) = if result.passed() { ("ok  ", Tone::Good) } else { ("FAIL", Tone::Bad) };
    let (decision, by) = (result.decision.as_str(), result.layer.or(result.error).unwrap_or_default());
    let head = format!("  {}  {decision:<13}  {by:<20}  {}\n", style.paint(tone, mark), harmless(&case.name));
    let difference = result.mismatches.iter().map(|mismatch| {
        let expected =
            style.paint(Tone::Good, &harmless(&format!("- {}: {}", mismatch.what, mismatch.expected)));
        let actual = style.paint(Tone::Bad, &harmless(&format!("+ {}: {}", mismatch.what, mismatch.actual)));
        format!("        {expected}\n        {actual}\n")
    });
    let message = result.message.iter().filter(|_| !result.passed() && !shows_message(result));
    let message = message.map(|text| format!("        {}\n", style.paint(Tone::Faint, &harmless(text))));
    difference.chain(message).fold(head, |row, line| row + &line)
}

/// Whether the difference shows the message already.
fn shows_message(result: &CaseResult) -> bool {
    result.mismatches.iter().any(|mismatch| mismatch.what == "because")
}

fn as_json(tested: &[Tested], failed: usize) -> String {
    let cases: Vec<Value> = tested
        .iter()
        .flat_map(|tested| tested.cases.iter().map(|(case, result)| case_as_json(&tested.file, case, result)))
        .collect();
    let passed = cases.len() - failed;
    format!("{:#}\n", json!({ "passed": passed, "failed": failed, "cases": cases }))
}

fn case_as_json(file: &str, case: &Case, result: &CaseResult) -> Value {
    let mismatches: Vec<Value> = result
        .mismatches
        .iter()
        .map(|m| json!({ "what": m.what, "expected": m.expected, "actual": m.actual }))
        .collect();
    json!({
        "file": file,
        "name": case.name,
        "passed": result.passed(),
        "decision": result.decision.as_str(),
        "layer": result.layer,
        "error": result.error,
        "message": result.message,
        "mismatches": mismatches,
    })
}

fn write_junit(path: &Path, tested: &[Tested]) -> Result<(), Failure> {
    let suites = tested.iter().map(|tested| junit::Suite { name: &tested.file, cases: &tested.cases });
    std::fs::write(path, junit::report(suites))
        .map_err(|error| Failure::new(Kind::Other, format!("cannot write {}: {error}", path.display())))
}
