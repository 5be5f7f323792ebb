//! Sinks that fail, are slow, or die: what is told to be recorded, they have; and in the end they have all, in order.
#![cfg(test)]

use gatekey_audit::{AuditKey, Frame, Log, Options, verify};
use gatekey_audit_sinks::{Outgoing, Plan, Sink, SinkFault, Sinks};
use parking_lot::{Condvar, Mutex};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// What a test's sinks have taken.
#[derive(Default)]
struct Taken {
    numbers: Mutex<Vec<u64>>,
    /// While it is closed, a sink waits.
    closed: Mutex<bool>,
    opened: Condvar,
    faults: AtomicUsize,
}

impl Taken {
    fn numbers(&self) -> Vec<u64> {
        self.numbers.lock().clone()
    }
    fn distinct(&self) -> BTreeSet<u64> {
        self.numbers.lock().iter().copied().collect()
    }
    fn add(&self, events: &[Outgoing]) {
        self.numbers.lock().extend(events.iter().map(|event| event.number));
    }
    fn close(&self, closed: bool) {
        *self.closed.lock() = closed;
        self.opened.notify_all();
    }
}

/// What a sink does with the events of its next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Take,
    Refuse,
    TakeSome,
    TakeAndFail,
    BeSlow,
    Panic,
}

struct Faulty<F>(Arc<Taken>, F);

impl<F: FnMut() -> Deed + Send> Sink for Faulty<F> {
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault> {
        let mut closed = self.0.closed.lock();
        while *closed {
            self.0.opened.wait(&mut closed);
        }
        drop(closed);
        let deed = self.1();
        match deed {
            Deed::Take => {}
            Deed::Panic => panic!("a defect"),
            Deed::Refuse => {}
            Deed::TakeSome => self.0.add(&events[..events.len() / 2]),
            Deed::TakeAndFail | Deed::BeSlow => self.0.add(events),
        }
        match deed {
            Deed::Take => {
                self.0.add(events);
                return Ok(());
            }
            Deed::BeSlow => {
                self.0.faults.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(8));
                return Ok(());
            }
            _ => {}
        }
        self.0.faults.fetch_add(1, Ordering::SeqCst);
        Err(SinkFault::Refused(format!("{deed:?}")))
    }
}

struct Place {
    folder: TempDir,
    key: AuditKey,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: AuditKey::new(&[7; 32]) }
    }

    fn log(&self) -> Log {
        let options = Options { segment_bytes: 8_000, ..Options::default() };
        Log::open(&self.folder.path().join("log"), self.key.clone(), options).unwrap().0
    }

    fn sinks(&self, log: &Log, patience: Duration, sinks: Vec<(&'static str, Box<dyn Sink>)>) -> Sinks {
        let plan = Plan {
            log: &self.folder.path().join("log"),
            key: &self.key,
            end: log.end(),
            places: self.folder.path().join("sinks"),
            patience,
        };
        Sinks::start(&plan, sinks).unwrap()
    }
}

fn good(taken: &Arc<Taken>) -> Box<dyn Sink> {
    Box::new(Faulty(Arc::clone(taken), || Deed::Take))
}

fn record(log: &Log, sinks: &Sinks) -> Result<u64, String> {
    let mut frames = [Frame::of_bytes(EVENT.as_bytes()).unwrap()];
    let outcomes = log.record_all(&mut frames);
    let number = outcomes[0].as_ref().unwrap().number();
    sinks.settle(outcomes).remove(0).map(|()| number)
}

const EVENT: &str = r#"{"eventTime":"2026-01-01T00:00:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","eventID":"x","readOnly":true,"recipientAccountId":"111122223333","userIdentity":{"type":"Root"}}"#;
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_thousand_faults_of_sinks_release_nothing_that_a_sink_does_not_have() {
    let place = Place::new();
    let log = place.log();
    let all = [Arc::new(Taken::default()), Arc::new(Taken::default())];
    let faulty = |taken: &Arc<Taken>, seed: u64| -> Box<dyn Sink> {
        let (mut state, mut calls) = (seed, 0);
        let deed = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            calls += 1;
            // Every third call succeeds, since pauses grow with failures that follow each other.
            let bad =
                [Deed::Refuse, Deed::TakeSome, Deed::TakeAndFail, Deed::BeSlow][(state >> 33) as usize % 4];
            if calls % 3 == 0 { Deed::Take } else { bad }
        };
        Box::new(Faulty(Arc::clone(taken), deed))
    };
    let faults = || all.iter().map(|taken| taken.faults.load(Ordering::SeqCst)).sum::<usize>();
    let (told, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Nobody waits, some give up, and everybody waits: so that on no machine all are told, or all refused.
    for (patience, until) in [(Duration::ZERO, 300), (Duration::from_millis(12), 700), (LONG, 1_000)] {
        let sinks = place.sinks(
            &log,
            patience,
            vec![("a", faulty(&all[0], until)), ("b", faulty(&all[1], until + 1))],
        );
        let go_on = || {
            while faults() < until as usize {
                match record(&log, &sinks) {
                    Ok(number) => {
                        told.fetch_add(1, Ordering::SeqCst);
                        for taken in &all {
                            assert!(
                                taken.numbers.lock().contains(&number),
                                "event {number} was told, and a sink lacks it"
                            );
                        }
                    }
                    Err(_) => drop(refused.fetch_add(1, Ordering::SeqCst)),
                }
            }
        };
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(go_on))));
    }
    assert!(told.load(Ordering::SeqCst) > 0 && refused.load(Ordering::SeqCst) > 0);
    // What they lack they get in the end, from where they were.
    let end = log.head().0;
    let sinks = place.sinks(&log, LONG, vec![("a", good(&all[0])), ("b", good(&all[1]))]);
    sinks.wait(end).unwrap();
    for taken in &all {
        assert_eq!(taken.distinct(), (1..=end).collect());
    }
    drop(log);
    assert_eq!(verify(&place.folder.path().join("log"), &place.key).unwrap().last, end);
}

#[test]
fn a_sink_that_is_stuck_is_waited_for_so_long_and_then_the_event_counts_as_not_recorded() {
    let place = Place::new();
    let log = place.log();
    let taken = Arc::new(Taken::default());
    let patient = place.sinks(&log, LONG, vec![("stuck", good(&taken))]);
    assert_eq!(record(&log, &patient), Ok(1));
    drop(patient);
    taken.close(true);
    let sinks = place.sinks(&log, Duration::from_millis(30), vec![("stuck", good(&taken))]);
    for _ in 0..3 {
        assert_eq!(
            record(&log, &sinks),
            Err("the audit sink stuck lacks an event: it is too slow".to_owned())
        );
    }
    assert_eq!(taken.numbers(), [1]);
    taken.close(false);
    // What was refused is recorded all the same, and follows.
    while taken.numbers() != [1, 2, 3, 4] {
        thread::yield_now();
    }
    drop(sinks);
    assert_eq!(log.head().0, 4);
}

#[test]
fn a_sink_that_dies_leaves_nobody_waiting() {
    let place = Place::new();
    let log = place.log();
    let taken = Arc::new(Taken::default());
    let sinks = place.sinks(&log, LONG, vec![("dying", Box::new(Faulty(taken, || Deed::Panic)))]);
    for _ in 0..2 {
        let why = record(&log, &sinks).unwrap_err();
        assert!(why.contains("the thread that feeds it has ended"), "{why}");
    }
}

#[test]
fn of_events_recorded_together_those_that_the_sink_has_are_recorded() {
    let place = Place::new();
    let log = place.log();
    let taken = Arc::new(Taken::default());
    let sinks = place.sinks(&log, Duration::from_millis(30), vec![("file", good(&taken))]);
    let mut frames = vec![Frame::of_bytes(b"{}").unwrap(); 2];
    let first = log.record_all(&mut frames);
    while sinks.wait(2).is_err() {}
    taken.close(true);
    let second = log.record_all(&mut vec![Frame::of_bytes(b"{}").unwrap(); 2]);
    let settled = sinks.settle(first.into_iter().chain(second).collect());
    assert_eq!(settled.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, false]);
    taken.close(false);
}

#[test]
fn a_new_sink_begins_with_what_comes_and_after_a_restart_gets_what_it_lacks() {
    let place = Place::new();
    let taken = Arc::new(Taken::default());
    {
        let log = place.log();
        assert_eq!(record(&log, &Sinks::default()), Ok(1));
        let sinks = place.sinks(&log, LONG, vec![("file", good(&taken))]);
        assert_eq!(record(&log, &sinks), Ok(2));
        drop(sinks);
        // As by a crash between the log and the sink.
        for number in 3..40 {
            assert_eq!(record(&log, &Sinks::default()), Ok(number));
        }
    }
    let log = place.log();
    let sinks = place.sinks(&log, LONG, vec![("file", good(&taken))]);
    assert_eq!(record(&log, &sinks), Ok(40));
    assert_eq!(taken.numbers(), (2..=40).collect::<Vec<_>>());
    drop(sinks);
    // Where it is cannot be read: better twice than never.
    std::fs::write(place.folder.path().join("sinks").join("file.json"), "?").unwrap();
    let sinks = place.sinks(&log, LONG, vec![("file", good(&taken))]);
    sinks.wait(40).unwrap();
    assert_eq!(taken.numbers(), (2..=40).chain(1..=40).collect::<Vec<_>>());
    drop(sinks);
    // It is said to have more than the log ever had, as after a backup of the log was put back.
    let ahead = format!(r#"{{"segment":1,"number":41,"position":99,"chain":"{}"}}"#, "00".repeat(32));
    std::fs::write(place.folder.path().join("sinks").join("file.json"), ahead).unwrap();
    let sinks = place.sinks(&log, LONG, vec![("file", good(&taken))]);
    assert_eq!(record(&log, &sinks), Ok(41));
    assert_eq!(taken.numbers().split_off(79), (1..=41).collect::<Vec<_>>());
}

#[test]
fn what_a_sink_lacks_is_not_removed_and_what_is_gone_all_the_same_does_not_stop_it() {
    let place = Place::new();
    let taken = Arc::new(Taken::default());
    let log = place.log();
    let patient = place.sinks(&log, LONG, vec![("file", good(&taken))]);
    assert_eq!(record(&log, &patient), Ok(1));
    drop(patient);
    taken.close(true);
    let sinks = place.sinks(&log, Duration::from_millis(20), vec![("file", good(&taken))]);
    for _ in 0..30 {
        assert!(record(&log, &sinks).is_err());
    }
    assert_eq!((sinks.needs(), Sinks::default().needs()), (1, u64::MAX));
    let later = gatekey_types::Timestamp::from_seconds(1_900_000_000);
    assert_eq!(log.forget(later, sinks.needs()).unwrap(), 1);
    // A sink that is no longer configured holds nothing; when it comes back, it goes on with what there is.
    drop(sinks);
    let oldest = log.forget(later, u64::MAX).unwrap();
    assert!(oldest > 2, "the test wants some removed");
    let fresh = Arc::new(Taken::default());
    let sinks = place.sinks(&log, LONG, vec![("file", good(&fresh))]);
    sinks.wait(31).unwrap();
    assert_eq!(fresh.numbers(), (oldest..=31).collect::<Vec<_>>());
    assert!(sinks.needs() >= oldest);
    taken.close(false);
}
