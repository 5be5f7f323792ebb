//! The chores of this project; `cargo xtask help` lists them.

fn main() {}
