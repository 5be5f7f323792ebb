//! Full disks, failing disks, killed processes and power cuts: nothing acknowledged is lost, nothing is torn.
#![cfg(test)]

use gatekey_store::{Batch, Revision, Span, Store, StoreError};
use gatekey_store_sqlite::{OpenError, Options, SqliteStore};
use gatekey_testkit::disk::{self, Mishap};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

const CRASH: &str = env!("CARGO_BIN_EXE_gatekey-store-crash");

/// A process that opens the store and has four writers commit so many pairs each.
fn writing(folder: &Path, commits: u64) -> Command {
    let mut command = Command::new(CRASH);
    command.arg("write").arg(folder).args(["0".to_owned(), commits.to_string()]).stdout(Stdio::piped());
    command
}

/// Opens what is left, on a sound disk, and compares it with what the writers reported.
fn check(folder: &Path, reports: &[u8]) -> Result<(), String> {
    let mut child = Command::new(CRASH)
        .arg("check")
        .arg(folder)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(reports).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Lets the mishap befall a writing process at so many of its calls, spread over its life, and checks what each leaves.
/// How many calls it makes differs from run to run, with how commits meet, so a late mishap may come too late; then the
/// process ends well, and is checked all the same.
fn sweep(points: u64, mishap: impl Fn(u64) -> Mishap, judge: impl Fn(&Output, &str)) {
    let calls = calls();
    (0..points).map(|point| 1 + point * calls / points).for_each(|at| befall(at, mishap(at), &judge));
}

/// How many calls a writing process makes, more or less.
fn calls() -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let mut command = writing(&folder.path().join("store"), 10);
    disk::count_calls(command.stdout(Stdio::null()), folder.path()).unwrap()
}

fn befall(at: u64, mishap: Mishap, judge: impl Fn(&Output, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut command = writing(&store, 10);
    disk::befall(&mut command, folder.path(), at, mishap).unwrap();
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let case = format!("{mishap:?} at call {at}");
    judge(&output, &case);
    check(&store, &output.stdout).unwrap_or_else(|error| panic!("{case}: {error}"));
}

/// Either the store could not be opened at all, and said so, or every failure was survived to the end.
fn survived(output: &Output, case: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    let refused = output.stdout.is_empty() && complaint.starts_with("cannot ");
    assert!(output.status.success() || refused, "{case}: {complaint}");
}

/// Nothing more is asked of a process that is to die than what it leaves.
fn any(_: &Output, _: &str) {}

#[test]
fn a_disk_that_is_full_for_a_while_fails_commits_and_nothing_else() {
    sweep(15, |_| Mishap::Full(1), survived);
    sweep(8, |_| Mishap::Full(7), survived);
}

#[test]
fn a_disk_that_fails_for_a_while_fails_commits_and_nothing_else() {
    sweep(15, |_| Mishap::Error(1), survived);
    sweep(8, |_| Mishap::Error(7), survived);
}

#[test]
fn what_was_answered_as_not_written_stays_so_even_if_the_process_dies_next() {
    // One after the other, so that the sync at the end of a transaction is surely among them.
    let middle = calls() / 3;
    for at in middle..middle + 25 {
        befall(at, Mishap::ErrorThenKilled(1), any);
        befall(at, Mishap::ErrorThenKilled(2), any);
    }
}

#[test]
fn a_process_killed_between_any_two_calls_loses_nothing() {
    sweep(20, |_| Mishap::Killed, any);
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_acknowledged() {
    sweep(40, Mishap::PowerCut, any);
}

#[test]
fn processes_killed_at_random_moments_lose_nothing() {
    let output = Command::new(CRASH).args(["kill", "15", "7"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_check_sees_what_is_lost_and_what_is_torn() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let output = writing(&store, 3).output().unwrap();
    let reports = String::from_utf8(output.stdout).unwrap();
    check(&store, reports.as_bytes()).unwrap();
    let lost = format!("{reports}tried 0 4 0\nacknowledged 0 4 99\n");
    assert!(check(&store, lost.as_bytes()).unwrap_err().contains("writer 0"));
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let store = SqliteStore::open(&store).unwrap();
        store.commit(Batch::new().put("second/1", "other")).await.unwrap();
    });
    assert!(check(&store, reports.as_bytes()).unwrap_err().contains("torn"));
}

#[tokio::test]
async fn on_a_full_disk_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        SqliteStore::open_with(folder.path(), Options { max_pages: Some(60), ..Options::default() }).unwrap();
    let value = vec![1; 5_000];
    let mut written = 0_u64;
    let refused = loop {
        match store.commit(Batch::new().put(format!("key/{written:03}"), value.clone())).await {
            Ok(revision) => written = revision.get(),
            Err(refused) => break refused,
        }
    };
    assert!(matches!(&refused, StoreError::Unavailable(text) if text.contains("space")), "{refused}");
    assert!(written > 5);
    let page = store.range(Span::all(), 1_000, None).await.unwrap();
    assert_eq!((page.records.len() as u64, page.revision), (written, Revision::new(written)));
    assert_eq!(store.get(b"key/000").await.unwrap().unwrap().value, value);
    drop(store);
    let store = SqliteStore::open(folder.path()).unwrap();
    assert_eq!(store.range(Span::all(), 1_000, None).await.unwrap().records, page.records);
    store.commit(Batch::new().put("more", value)).await.unwrap();
}

#[test]
fn the_folder_belongs_to_one_store_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let refused = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::InUse(_)));
    let other = writing(folder.path(), 1).stderr(Stdio::piped()).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stderr).contains("in use by another Gatekey process"));
    drop(store);
    SqliteStore::open(folder.path()).unwrap();
}

#[test]
fn what_is_no_store_of_ours_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("store.db");
    fs::write(&database, vec![b'x'; 8192]).unwrap();
    assert!(matches!(
        SqliteStore::open(folder.path()),
        Err(OpenError::Engine { source: StoreError::Damaged(_), .. })
    ));
    fs::remove_file(&database).unwrap();
    let foreign = rusqlite::Connection::open(&database).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(SqliteStore::open(folder.path()), Err(OpenError::Foreign(_))));
    drop(foreign);
    fs::remove_file(&database).unwrap();
    drop(SqliteStore::open(folder.path()).unwrap());
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(SqliteStore::open(folder.path()), Err(OpenError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn a_damaged_database_is_found_by_examining_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    for n in 0..20 {
        let batch = (0..100).fold(Batch::new(), |batch, m| batch.put(format!("key/{n}/{m}"), vec![7; 3_000]));
        store.commit(batch).await.unwrap();
    }
    store.examine().await.unwrap();
    drop(store);
    let database = folder.path().join("store.db");
    let mut bytes = fs::read(&database).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 2596].fill(0xff);
    fs::write(&database, bytes).unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    assert!(matches!(store.examine().await, Err(StoreError::Damaged(_))));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store")).unwrap();
    for entry in fs::read_dir(folder.path().join("store")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
    drop(store);
}

#[tokio::test]
async fn the_log_keeps_its_length_when_the_store_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("store.db-wal");
    let mut lengths = Vec::new();
    for round in 0..3 {
        let store = SqliteStore::open(folder.path()).unwrap();
        for n in 0..50 {
            let batch =
                (0..50).fold(Batch::new(), |batch, m| batch.put(format!("key/{n}/{m}"), vec![round; 2_000]));
            store.commit(batch).await.unwrap();
        }
        drop(store);
        lengths.push(fs::metadata(&log).unwrap().len());
    }
    assert!(lengths.is_sorted() && lengths[2] < 64 << 20, "{lengths:?}");
}

#[tokio::test]
async fn the_history_is_cut_by_number_and_by_bytes() {
    for options in [
        Options { history: 100, ..Options::default() },
        Options { history_bytes: 100_000, ..Options::default() },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open_with(folder.path(), options).unwrap();
        for n in 0..500_u64 {
            store.commit(Batch::new().put("key", n.to_be_bytes().repeat(128))).await.unwrap();
        }
        let refused = store.range(Span::all(), 1, Some(Revision::new(1))).await;
        let Err(StoreError::Compacted { oldest }) = refused else { panic!("{refused:?}") };
        assert!(oldest > Revision::new(300) && oldest < Revision::new(500), "{oldest:?}");
        let past = store.range(Span::all(), 1, Some(oldest)).await.unwrap();
        assert_eq!(past.records[0].modified, oldest);
    }
}
