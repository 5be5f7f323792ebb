//! `lint`, `test` and `ci`: what a change must pass, on a fresh machine as well.

mod lint;
mod python;
mod test;

use crate::{Failure, Outcome, workspace};
use std::ffi::OsString;
use std::process::{Command, Stdio};

pub(crate) use lint::run as lint;
pub(crate) use test::{clients, run as test};

/// Runs both, and says at the end what failed.
pub(crate) fn run() -> Outcome {
    let failed: Vec<String> = [("lint", lint()), ("test", test(&[]))]
        .into_iter()
        .filter_map(|(name, outcome)| outcome.err().map(|Failure(text)| format!("{name}: {text}")))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure(failed.join("\n       "))) }
}

/// Runs every step, and fails with the names of those that failed.
fn all(steps: &mut [(&str, &mut dyn FnMut() -> Outcome)]) -> Outcome {
    let mut failed = Vec::new();
    for (name, step) in steps {
        println!("== {name}");
        if let Err(Failure(text)) = step() {
            eprintln!("{name}: {text}");
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure(format!("failed: {}", failed.join(", ")))) }
}

/// The cargo that runs this.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Cargo at the workspace's root with these words.
fn cargo_with(words: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(words).current_dir(workspace::root());
    command
}

/// Whether cargo has this subcommand.
fn has_subcommand(name: &str) -> bool {
    let mut probe = cargo_with(&[name, "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
