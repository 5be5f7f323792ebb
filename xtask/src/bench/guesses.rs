//! What a wrong guess of a code or a password costs: the same, however near it is. Counted in instructions, which no other work on
//! the machine changes, and not in time.

use crate::{Failure, Outcome, fail, live::build};
use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

/// The password that the example knows.
const PASSWORD: &str = "correct horse";

/// Counts, and prints what it counted.
pub(crate) fn run() -> Outcome {
    let guess = build(&["--package", "gatekey-crypto", "--example", "guess"], "examples/guess")?;
    let shown = Command::new(&guess).arg("show").output()?;
    let right = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    println!(
        "Instructions for a guess, by the first byte that is wrong (all wrong ones have to be the same):"
    );
    of(&guess, "code", &right)?;
    of(&guess, "password", PASSWORD)
}

fn of(guess: &Path, what: &str, right: &str) -> Outcome {
    let wrong: Vec<u64> = (0..right.len())
        .map(|place| instructions(guess, what, &wrong_at(right, place)))
        .collect::<Outcome<_>>()?;
    let counted: Vec<String> = wrong.iter().map(u64::to_string).collect();
    println!("  {what:<9} wrong: {}; right: {}", counted.join(" "), instructions(guess, what, right)?);
    match wrong.iter().all(|count| Some(count) == wrong.first()) {
        true => Ok(()),
        false => fail(format!("what a wrong {what} costs depends on where it is wrong")),
    }
}

/// The same text with another digit or letter in this place.
fn wrong_at(right: &str, place: usize) -> String {
    let other = |byte: u8| if byte == b'1' { '2' } else { '1' };
    right.bytes().enumerate().map(|(at, byte)| if at == place { other(byte) } else { byte.into() }).collect()
}

fn instructions(guess: &Path, what: &str, text: &str) -> Outcome<u64> {
    let mut counted = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(guess)
        .arg(what)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Failure(format!("valgrind counts instructions, and cannot be run: {error}")))?;
    counted.stdin.take().map_or(Ok(()), |mut to| to.write_all(text.as_bytes()))?;
    let said = counted.wait_with_output()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let line = said.lines().find(|line| line.contains("I") && line.contains("refs:"));
    let count = line.and_then(|line| line.rsplit(' ').next()).map(|count| count.replace(',', ""));
    count.and_then(|count| count.parse().ok()).ok_or_else(|| Failure(format!("valgrind said: {said}")))
}
