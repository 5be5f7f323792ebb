//! `cargo xtask bench`: every figure as a ratio against its floor or its peer, in the same run, side by side.

mod grants;
mod guesses;
mod identities;
mod load;
mod policy;
mod server;
mod signing;
mod trail;
mod who_can;

use crate::{Outcome, fail};

/// Runs the benchmarks and prints tables.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let parts = ["decision", "server", "identities", "signing", "grants", "trail", "who-can", "guesses"];
    let is_known = |argument: &String| argument == "--quick" || parts.contains(&argument.as_str());
    if !arguments.iter().all(is_known) {
        return fail(
            "usage: cargo xtask bench [--quick] [decision] [server] [identities] [signing] [grants] [trail] [who-can] [guesses]",
        );
    }
    let all = !parts.iter().any(|part| named(part));
    // A round swings by a fifth on a shared machine, and the median of a few by a tenth still.
    let (rounds, seconds) = if named("--quick") { (3, 2) } else { (21, 3) };
    if all || named("decision") {
        policy::run()?;
    }
    if all || named("server") {
        server::run(rounds, seconds)?;
    }
    if all || named("identities") {
        identities::run(rounds, seconds)?;
    }
    if all || named("signing") {
        signing::run(rounds, seconds)?;
    }
    if all || named("grants") {
        grants::run()?;
    }
    // It takes many gigabytes of disk, so it runs when it is named.
    if named("trail") {
        trail::run()?;
    }
    if all || named("who-can") {
        who_can::run()?;
    }
    // It needs valgrind, so it runs when it is named.
    if named("guesses") {
        guesses::run()?;
    }
    Ok(())
}
