//! Looks at one guess of a code or of a password, for `cargo xtask bench guesses`, which counts what that costs.
//!
//! `guess code` and `guess password` read the guess from standard input; `guess show` prints the right code.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use gatekey_crypto::{hash_password, matching_step, one_time_code, verify_password};
use gatekey_testkit::SeededEntropy;
use std::{error::Error, hint::black_box, io::Read as _};

const SEED: &[u8] = b"12345678901234567890";
const STEP: u64 = 1_000_000;
const PASSWORD: &[u8] = b"correct horse";

fn main() -> Result<(), Box<dyn Error>> {
    let mut guess = String::new();
    match std::env::args().nth(1).as_deref() {
        Some("show") => println!("{}", one_time_code(SEED, STEP)),
        Some("code") => {
            std::io::stdin().read_to_string(&mut guess)?;
            black_box(matching_step(SEED, STEP - 1..=STEP + 1, &guess));
        }
        Some("password") => {
            std::io::stdin().read_to_string(&mut guess)?;
            let hash = hash_password(PASSWORD, &SeededEntropy::new(1))?;
            black_box(verify_password(guess.as_bytes(), &hash));
        }
        _ => return Err("usage: guess show|code|password".into()),
    }
    Ok(())
}
