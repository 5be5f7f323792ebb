//! The `gatekey` command as people and supervisors meet it: a process with flags, files, signals and exit codes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail as tests do")]

mod accounts;
mod configuring;
mod serving;
mod support;
