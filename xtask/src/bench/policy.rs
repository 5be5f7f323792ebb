//! The decision: its own figures, and the same question put to a peer.

use crate::{Outcome, fail, live::build};
use std::process::Command;

/// Measures, and prints what it measured.
pub(crate) fn run() -> Outcome {
    let speed = build(&["--package", "gatekey-policy", "--example", "speed"], "examples/speed")?;
    show(&mut Command::new(speed))?;
    show(Command::new(env!("CARGO")).args([
        "run",
        "--release",
        "--quiet",
        "--manifest-path",
        "bench/Cargo.toml",
    ]))
}

fn show(command: &mut Command) -> Outcome {
    if command.status()?.success() { Ok(()) } else { fail("a benchmark of the decision failed") }
}
