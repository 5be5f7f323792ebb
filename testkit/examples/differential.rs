//! Compares the policy engine with the naive evaluator on random cases for some minutes: `cargo xtask differential --minutes N [--seed S]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

#[path = "../tests/engine/mod.rs"]
mod engine;

use engine::engine;
use gatekey_testkit::{differential::disagreement, generate::case_of_seed};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// The number behind an option.
fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// Reports that differ in more than the seed; after so many the run ends.
const MOST_REPORTS: usize = 20;

fn main() -> ExitCode {
    let (first, minutes) = (option("--seed", 0), option("--minutes", 10));
    let end = Instant::now() + Duration::from_secs(minutes.saturating_mul(60));
    let mut reports = Vec::new();
    let mut seed = first;
    while Instant::now() < end && reports.len() < MOST_REPORTS {
        for _ in 0..100 {
            if let Some(report) = disagreement(&case_of_seed(seed), engine)
                && !reports.contains(&report)
            {
                println!("seed {seed}: {report}\n");
                reports.push(report);
            }
            seed += 1;
        }
    }
    eprintln!("seeds {first} to {}: {} disagreements", seed - 1, reports.len());
    if reports.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
