//! The `gatekey` command.

fn main() {}
