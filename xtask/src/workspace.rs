//! Where the workspace's files are, and running the tools it needs.

use crate::{Outcome, fail};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Runs a command to its end; its output goes to the terminal.
pub(crate) fn execute(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => fail(format!("{program} ended with {status}")),
        Err(error) => fail(format!("{program} could not be started: {error}")),
    }
}

/// This Rust source as rustfmt lays it out under the workspace's settings.
pub(crate) fn formatted(source: &str) -> Outcome<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let Some(mut input) = child.stdin.take() else { return fail("rustfmt has no input") };
    let text = source.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output()?;
    if !output.status.success() || !matches!(writer.join(), Ok(Ok(()))) {
        return fail("rustfmt refused the generated code");
    }
    Ok(String::from_utf8(output.stdout)?)
}
