//! What runs the code: Rust's tests, the examples in the documentation, and real clients against a real server.

use super::{all, cargo_with, has_subcommand, python};
use crate::{Outcome, fail, workspace};
use std::path::PathBuf;
use std::process::Command;

/// Runs every test; the arguments go to the test runner, and with any the clients are left out.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return rust(arguments);
    }
    all(&mut [
        ("tests", &mut || rust(&[])),
        ("examples in the documentation", &mut || {
            workspace::execute(&mut cargo_with(&["test", "--quiet", "--workspace", "--doc"]))
        }),
        ("real clients", &mut drive),
    ])
}

/// By nextest where it is installed, which is faster and says more.
fn rust(arguments: &[String]) -> Outcome {
    let words: &[&str] = match has_subcommand("nextest") {
        true => &["nextest", "run", "--workspace", "--no-fail-fast"],
        false => &["test", "--workspace", "--no-fail-fast"],
    };
    // The examples have no tests, and clippy has seen whether they are right: to build them would only take time.
    let all: &[&str] = if arguments.is_empty() { &["--lib", "--bins", "--tests"] } else { &[] };
    workspace::execute(cargo_with(words).args(all).args(arguments))
}

/// Real clients alone, against a server that is built for them.
pub(crate) fn clients() -> Outcome {
    workspace::execute(&mut cargo_with(&["build", "--quiet", "--package", "gatekey"]))?;
    drive()
}

/// boto3, the `aws` command line and whatever else `conformance/clients` drives. The server is the one that the tests were built with: built
/// by itself it would need fewer features of what it is made of, and most of that would be compiled once more.
fn drive() -> Outcome {
    let folder = workspace::root().join("conformance/clients");
    if !folder.is_dir() {
        return fail("conformance/clients is missing");
    }
    let python = python::ready(&folder.join("requirements.txt"))?;
    let mut pytest = Command::new(&python);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(&folder);
    // Most of the time goes to starting `aws` and Terraform: two files at once, each worker with its own server.
    pytest.args(["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]);
    // The tests find the `aws` command line beside the interpreter.
    pytest.env("PATH", python::path_with(&python)).env("GATEKEY_BIN", binary()?);
    workspace::execute(pytest.current_dir(workspace::root()))
}

/// The binary that cargo has just built.
fn binary() -> Outcome<PathBuf> {
    let output = cargo_with(&["metadata", "--format-version", "1", "--no-deps"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    match metadata.get("target_directory").and_then(|folder| folder.as_str()) {
        Some(folder) => Ok(PathBuf::from(folder).join("debug").join("gatekey")),
        None => fail("cargo does not say where it builds"),
    }
}
