//! The chores of this project; `cargo xtask help` lists them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod botocore;
mod ci;
mod crash;
mod differential;
mod fuzz;
mod generate;
mod live;
mod names;
mod pattern;
mod service;
mod tidy;
mod workspace;

use std::process::ExitCode;

/// Why a chore did not succeed: one line for the person who ran it.
#[derive(Debug)]
struct Failure(String);

impl<T: std::error::Error> From<T> for Failure {
    fn from(error: T) -> Self {
        Self(error.to_string())
    }
}

/// What a chore gives.
type Outcome<T = ()> = Result<T, Failure>;

/// A failure with this text.
fn fail<T>(text: impl Into<String>) -> Outcome<T> {
    Err(Failure(text.into()))
}

const HELP: &str = "\
cargo xtask CHORE

  import-models [--from DIR-OR-WHEEL] [--only OPERATION,...] [--as NAME] [SERVICE ...]
                     write models/SERVICE.json from the newest botocore (default: kms);
                     --only leaves out all other operations, --as names the file
  codegen [--check] [--model FILE --to DIR]
                     write crates/model/src/SERVICE from models/SERVICE.json;
                     with --check, fail where what is committed differs
  bench [--quick] [decision] [server] [identities] [signing]
                     measure Gatekey against its floors and its peers, side by side
  crash [--cycles N] kill a server at random moments; fail if anything that it
                     acknowledged is lost or torn
  differential [--minutes N] [--seed N]
                     compare the policy engine with the naive evaluator on
                     random cases; fail where they disagree
  fuzz TARGET [LIBFUZZER-OPTION ...]
                     build a target of fuzz/fuzz_targets and run it, for
                     instance with -max_total_time=600
  tidy               check the rules of the house that no compiler checks
  lint               format, codegen --check, tidy, clippy, documentation, licences
  test [ARGUMENT ...]
                     every test, and real clients against a real server; with
                     arguments only Rust's tests, by nextest where there is one
  clients            of the tests, the real clients against a real server alone
  ci                 lint, then test
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            eprintln!("xtask: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome {
    let (chore, rest) = match arguments.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("help", arguments),
    };
    match chore {
        "import-models" => botocore::import(rest),
        "codegen" => generate::run(rest),
        "bench" => bench::run(rest),
        "crash" => crash::run(rest),
        "differential" => differential::run(rest),
        "fuzz" => fuzz::run(rest),
        "tidy" => tidy::run(),
        "lint" => ci::lint(),
        "test" => ci::test(rest),
        "clients" => ci::clients(),
        "ci" => ci::run(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => fail(format!("there is no chore '{other}'; `cargo xtask help` lists them")),
    }
}
