//! Prints `docs/policy-lint.md`.
fn main() {
    use std::io::Write as _;
    let written = std::io::stdout().write_all(gatekey_analysis::lint::documentation().as_bytes());
    std::process::exit(i32::from(written.is_err()));
}
