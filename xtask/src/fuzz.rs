use crate::{
    Failure, Outcome,
    workspace::{execute, root},
};
use std::process::Command;

/// What instruments a program for libFuzzer. The stable compiler takes these flags when told so by `RUSTC_BOOTSTRAP`.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Zsanitizer=address";

/// Builds the target of this name in `fuzz/` and runs it; what follows the name is libFuzzer's. Findings land in `fuzz/artifacts`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (target, rest) =
        arguments.split_first().ok_or_else(|| Failure("which target? See fuzz/fuzz_targets".to_owned()))?;
    let (corpus, artifacts) =
        (root().join("fuzz/corpus").join(target), root().join("fuzz/artifacts").join(target));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    // Naming a target triple keeps the flags away from build scripts, which the sanitizer would break.
    let build = [
        "run",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target",
        &host()?,
        "--bin",
        target,
        "--",
    ];
    let mut command = Command::new("cargo");
    command.current_dir(root()).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS).args(build);
    execute(command.arg(format!("-artifact_prefix={}/", artifacts.display())).args(rest).arg(corpus))
}

/// The triple of the machine that the compiler runs on.
fn host() -> Outcome<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| Failure("rustc does not tell its host".to_owned()))
}
