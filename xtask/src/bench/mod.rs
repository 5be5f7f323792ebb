//! `cargo xtask bench`: every figure as a ratio against its floor or its peer, in the same run, side by side.

mod identities;
mod policy;
mod server;

use crate::{Outcome, fail};

/// Runs the benchmarks and prints a table.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (rounds, seconds) = match arguments {
        [] => (5, 4),
        [flag] if flag == "--quick" => (1, 2),
        _ => return fail("usage: cargo xtask bench [--quick]"),
    };
    policy::run()?;
    server::run(rounds, seconds)?;
    identities::run(rounds, seconds)
}
