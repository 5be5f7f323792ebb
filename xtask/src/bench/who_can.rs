//! Questions about everyone on one key, in an account of a hundred thousand principals.

use crate::{Outcome, fail, live::build};
use std::process::Command;

/// Measures, and prints what it measured.
pub(crate) fn run() -> Outcome {
    let figures = build(&["--package", "gatekey-analysis", "--example", "who_can"], "examples/who_can")?;
    if Command::new(figures).status()?.success() { Ok(()) } else { fail("the benchmark of who-can failed") }
}
