//! What reads the code without running it.

use super::{all, cargo_with, has_subcommand};
use crate::{Outcome, generate, tidy, workspace};

/// Formats, generated files, tidiness, clippy, documentation, licences and sources: all of them, then the verdict.
pub(crate) fn run() -> Outcome {
    all(&mut [
        ("format", &mut || workspace::execute(&mut cargo_with(&["fmt", "--all", "--check"]))),
        ("codegen", &mut || generate::run(&["--check".to_owned()])),
        ("tidy", &mut tidy::run),
        ("clippy", &mut clippy),
        ("documentation", &mut documentation),
        ("licences and sources", &mut deny),
    ])
}

fn clippy() -> Outcome {
    let words = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    workspace::execute(&mut cargo_with(&words))
}

fn documentation() -> Outcome {
    let mut doc = cargo_with(&["doc", "--quiet", "--workspace", "--no-deps"]);
    workspace::execute(doc.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// The database of advisories is a git repository, which a build without a network does not have: it is not asked.
fn deny() -> Outcome {
    if !has_subcommand("deny") {
        println!("cargo-deny is missing; installing it, once");
        workspace::execute(&mut cargo_with(&["install", "--quiet", "--locked", "cargo-deny@0.20.2"]))?;
    }
    // It looks at the packages of every platform, of which a build here has fetched its own only.
    workspace::execute(&mut cargo_with(&["fetch", "--quiet", "--locked"]))?;
    workspace::execute(&mut cargo_with(&["deny", "--offline", "check", "licenses", "bans", "sources"]))
}
