use crate::{
    Outcome,
    workspace::{execute, root},
};
use std::process::Command;

/// Compares the policy engine with the naive evaluator on random cases, optimised, for as long as it is told.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let program = ["run", "--release", "-p", "gatekey-testkit", "--example", "differential", "--"];
    execute(Command::new("cargo").current_dir(root()).args(program).args(arguments))
}
