//! `cargo xtask bench`: every figure as a ratio against its floor or its peer, in the same run, side by side.

mod policy;
mod server;

use crate::{Outcome, fail};

/// Runs the benchmarks and prints tables.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    if arguments.iter().any(|argument| !matches!(argument.as_str(), "--quick" | "decision" | "server")) {
        return fail("usage: cargo xtask bench [--quick] [decision] [server]");
    }
    let all = !named("decision") && !named("server");
    if all || named("decision") {
        policy::run()?;
    }
    if all || named("server") {
        let (rounds, seconds) = if named("--quick") { (3, 2) } else { (5, 4) };
        server::run(rounds, seconds)?;
    }
    Ok(())
}
