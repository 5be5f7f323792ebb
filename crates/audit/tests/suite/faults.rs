//! Full disks, failing disks, killed processes and power cuts: what was promised is there, and the log is proven.

use gatekey_testkit::disk::{self, Mishap};
use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

const CRASH: &str = env!("CARGO_BIN_EXE_gatekey-audit-crash");

fn writing(folder: &Path, promise: &str) -> Command {
    let mut command = Command::new(CRASH);
    // Without checkpoints it takes more segments until the disk is waited for.
    let events = if promise == "unchecked" { "40" } else { "20" };
    command.arg("write").arg(folder).args([promise, events]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `kept`: what of the promise outlives the mishap.
fn check(folder: &Path, kept: &str, reports: &[u8]) -> Result<(), String> {
    let mut command = Command::new(CRASH);
    let mut child = command
        .arg("check")
        .arg(folder)
        .arg(kept)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(reports).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Lets the mishap befall a writing process at so many of its calls, spread over its life. How many calls it makes
/// differs from run to run, so a late mishap may come too late; then the process ends well, and is checked all the same.
fn sweep(
    promise: &str,
    kept: &str,
    points: u64,
    mishap: impl Fn(u64) -> Mishap,
    judge: impl Fn(&Output, &str),
) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = writing(&folder.path().join("log"), promise);
    let calls = disk::count_calls(command.stdout(Stdio::null()), folder.path()).unwrap();
    for at in (0..points).map(|point| 1 + point * calls / points) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = writing(&log, promise);
        disk::befall(&mut command, folder.path(), at, mishap(at)).unwrap();
        let output = command.output().unwrap();
        let case = format!("{:?} at call {at} of {calls}, {promise}", mishap(at));
        judge(&output, &case);
        check(&log, kept, &output.stdout).unwrap_or_else(|error| panic!("{case}: {error}"));
    }
}

/// Either the log could not be opened at all, or the failure was survived.
fn survived(output: &Output, case: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || output.stdout.is_empty(), "{case}: {complaint}");
}

/// Nothing more is asked of a process that is to die than what it leaves.
fn any(_: &Output, _: &str) {}

#[test]
fn a_disk_that_is_full_or_fails_for_a_while_costs_only_what_was_refused() {
    for promise in ["handed", "synced"] {
        sweep(promise, "synced", 8, |_| Mishap::Full(3), survived);
        sweep(promise, "synced", 8, |_| Mishap::Error(1), survived);
        sweep(promise, "synced", 6, |_| Mishap::Error(5), survived);
    }
}

#[test]
fn a_disk_that_fails_where_writing_waits_for_it_leaves_no_segment_that_is_not_gone_on_in() {
    sweep("unchecked", "synced", 80, |_| Mishap::Full(1), survived);
    sweep("unchecked", "synced", 80, |_| Mishap::Error(1), survived);
}

#[test]
fn a_killed_process_loses_nothing_that_was_recorded() {
    // What the system was handed outlives the process, so all of the promise must be kept in both cases.
    for promise in ["handed", "synced"] {
        sweep(promise, "synced", 12, |_| Mishap::Killed, any);
    }
}

#[test]
fn a_power_cut_loses_nothing_that_was_synced_and_leaves_a_log_that_goes_on() {
    sweep("synced", "synced", 25, Mishap::PowerCut, any);
    sweep("handed", "handed", 25, Mishap::PowerCut, any);
}

#[test]
fn a_thousand_faults_of_segments_lose_nothing_that_was_told_to_be_recorded() {
    // Forty calls of each process fail, so that also what cleans up after a failure does.
    sweep("handed", "synced", 32, |_| Mishap::Full(40), survived);
}
