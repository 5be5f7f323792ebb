//! A disk without space. These tests need a small disk of their own, which only root can mount.

use crate::support::{event, key};
use gatekey_audit::{AuditError, Log, Options, Promise, verify};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Duration,
};

/// A disk of 32 MiB.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` where one may not be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=32m", "none"]).arg(folder.path()).output();
        let mounted = mount.is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("passed over: no disk can be mounted here");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all space that is left; it is free again when the file is removed.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.path().join("filler")).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
    }

    fn has_space(&self) -> bool {
        let probe = self.path().join("probe");
        let written = fs::write(&probe, [1; 4096]).is_ok();
        let _ = fs::remove_file(probe);
        written
    }

    fn free(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

fn options(promise: Promise) -> Options {
    Options {
        promise,
        segment_bytes: 2 << 20,
        patience: Duration::from_secs(20),
        checkpoint_every: Some(Duration::from_millis(5)),
    }
}

fn events_go_on_through_a_full_disk(promise: Promise) {
    let Some(disk) = Disk::mount() else { return };
    let folder = disk.path().join("audit");
    let (log, _) = Log::open(&folder, key(), options(promise)).unwrap();
    let mut recorded = 0;
    let mut record = || log.record(&event(1, "some parameter")).map(|_| recorded += 1);
    record().unwrap();
    disk.fill();
    let mut through = 0;
    let error = loop {
        match record() {
            Ok(()) => through += 1,
            Err(error) => break error,
        }
        let seldom = through % 1_000 == 1;
        assert!(!seldom || !disk.has_space(), "what is kept is the log's alone");
    };
    assert!(matches!(error, AuditError::Full(_)), "{error}");
    assert!(through > 5_000, "8 MiB hold more than {through} events");
    assert!(matches!(record(), Err(AuditError::Full(_))), "and nothing is half recorded");
    disk.free();
    for _ in 0..100 {
        record().unwrap();
    }
    drop(log);
    let (log, found) = Log::open(&folder, key(), options(promise)).unwrap();
    assert_eq!((found.number, found.cut), (recorded, 0));
    drop(log);
    assert_eq!(verify(&folder, &key()).unwrap().last, recorded);
}

#[test]
fn a_full_disk_leaves_events_a_reserve_of_their_own() {
    events_go_on_through_a_full_disk(Promise::Handed);
}

#[test]
fn a_full_disk_leaves_events_a_reserve_when_each_is_synced() {
    events_go_on_through_a_full_disk(Promise::Synced);
}

#[test]
fn a_log_opens_and_goes_on_while_the_disk_is_full() {
    let Some(disk) = Disk::mount() else { return };
    let folder = disk.path().join("audit");
    let (log, _) = Log::open(&folder, key(), options(Promise::Handed)).unwrap();
    disk.fill();
    drop(log);
    let (log, _) = Log::open(&folder, key(), options(Promise::Handed)).unwrap();
    assert_eq!(log.record(&event(1, "x")).unwrap().number(), 1);
    drop(log);
    assert_eq!(verify(&folder, &key()).unwrap().last, 1);
}
