//! How many answers of each kind there were, and how long they took.
//!
//! Each lane counts its own, where no other writes: what several threads write to, their processors take from each other with every
//! request. What is told is the sum.

use crate::{dispatch::Outcome, lanes::Lanes};
use gatekey_types::Places;
use parking_lot::Mutex;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet},
    metrics::MetricType,
    registry::Unit,
};
use std::{
    array,
    collections::BTreeMap,
    fmt,
    iter::zip,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What the quickest may take, in nanoseconds: about what a symmetric request takes.
const QUICK: u64 = 25_000;
/// Each takes twice as long as the one before, so that the last but one ends at 26 seconds; what is longer is in the last.
const BUCKETS: usize = 22;

/// The answers of a server.
pub(crate) struct Answers(Places<Board>);

/// The answers of a lane. Two share no line of a processor's cache.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Board(Mutex<BTreeMap<Outcome, Arc<Series>>>);

/// The answers of one kind.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Series {
    /// How many took about as long.
    counts: [AtomicU64; BUCKETS],
    /// How long all took, in nanoseconds.
    nanos: AtomicU64,
}

/// What several series come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    counts: [u64; BUCKETS],
    nanos: u64,
}

/// Labels are static texts only, so hostile input cannot make a new series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    service: &'static str,
    operation: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct OperationLabels {
    service: &'static str,
    operation: &'static str,
}

impl Answers {
    /// None yet, in these lanes and outside of them.
    pub(crate) fn new(lanes: &Lanes) -> Arc<Self> {
        Arc::new(Self(lanes.each(Board::default)))
    }

    /// Counts the answers of one connection.
    pub(crate) fn tally(self: &Arc<Self>) -> Tally {
        Tally { answers: Arc::clone(self), last: Mutex::default() }
    }

    /// This thread's answers of this kind.
    fn series(&self, outcome: Outcome) -> Option<Arc<Series>> {
        Some(self.0.own()?.0.lock().entry(outcome).or_default().clone())
    }

    /// All answers, added up by what `key` makes of their kind.
    fn sums<K: Ord>(&self, key: impl Fn(&Outcome) -> K) -> BTreeMap<K, Sum> {
        let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
        for board in self.0.iter() {
            for (outcome, series) in board.0.lock().iter() {
                sums.entry(key(outcome)).or_default().add(series.sum());
            }
        }
        sums
    }
}

impl Series {
    fn count(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get(bucket(nanos)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    fn sum(&self) -> Sum {
        let counts = array::from_fn(|n| self.counts.get(n).map_or(0, |count| count.load(Ordering::Relaxed)));
        Sum { counts, nanos: self.nanos.load(Ordering::Relaxed) }
    }
}

impl Sum {
    fn add(&mut self, other: Self) {
        zip(&mut self.counts, other.counts).for_each(|(count, more)| *count = count.saturating_add(more));
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    fn answers(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// In seconds, each bucket under what the longest in it may take.
    fn in_seconds(&self) -> (f64, Vec<(f64, u64)>) {
        // A division is rounded once: so the ends are told as they are written, and always alike.
        let seconds = |nanos: u64| nanos as f64 / 1e9;
        let ends = (0..BUCKETS).map(|n| if n + 1 == BUCKETS { f64::MAX } else { seconds(QUICK << n) });
        (seconds(self.nanos), zip(ends, self.counts).collect())
    }
}

/// Which bucket a time is in: the first whose end it does not exceed.
fn bucket(nanos: u64) -> usize {
    let times = nanos.div_ceil(QUICK);
    let doublings = times.saturating_sub(1).checked_ilog2().map_or(0, |floor| floor as usize + 1);
    doublings.min(BUCKETS - 1)
}

/// Counts the answers of one connection, which mostly are all of one kind: looking the counters up costs more than counting.
pub(crate) struct Tally {
    answers: Arc<Answers>,
    last: Mutex<Option<(Outcome, Arc<Series>)>>,
}

impl Tally {
    pub(crate) fn answered(&self, outcome: Outcome, took: Duration) {
        let mut last = self.last.lock();
        if last.as_ref().is_none_or(|(known, _)| *known != outcome) {
            *last = self.answers.series(outcome).map(|series| (outcome, series));
        }
        if let Some((_, series)) = &*last {
            series.count(took);
        }
    }
}

/// The answers as metrics.
pub(crate) struct Told(pub(crate) Arc<Answers>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let help = "Requests answered, by operation and error code.";
        let mut requests = encoder.encode_descriptor("requests", help, None, MetricType::Counter)?;
        let by_outcome =
            |&Outcome { service, operation, code }: &Outcome| OutcomeLabels { service, operation, code };
        for (labels, sum) in self.0.sums(by_outcome) {
            let mut family = requests.encode_family(&labels)?;
            family.encode_counter::<NoLabelSet, _, u64>(&sum.answers(), None)?;
        }
        let help = "From the end of a request's headers to its answer, body included.";
        let unit = Some(&Unit::Seconds);
        let mut latency = encoder.encode_descriptor("request_duration", help, unit, MetricType::Histogram)?;
        let by_operation =
            |&Outcome { service, operation, .. }: &Outcome| OperationLabels { service, operation };
        for (labels, sum) in self.0.sums(by_operation) {
            let (seconds, buckets) = sum.in_seconds();
            let mut family = latency.encode_family(&labels)?;
            family.encode_histogram::<NoLabelSet>(seconds, sum.answers(), &buckets, None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const ENCRYPT: Outcome = Outcome { service: "kms", operation: "Encrypt", code: "ok" };
    const DENIED: Outcome = Outcome { code: "AccessDeniedException", ..ENCRYPT };

    #[test]
    fn a_time_is_in_the_first_bucket_whose_end_it_does_not_exceed() {
        let ends: Vec<u64> = Sum::default()
            .in_seconds()
            .1
            .iter()
            .map(|(end, _)| if *end < f64::MAX { (end * 1e9).round() as u64 } else { u64::MAX })
            .collect();
        let expected = |nanos: u64| ends.iter().position(|end| nanos <= *end).unwrap();
        for end in &ends {
            for nanos in [end - 1, *end, end.saturating_add(1)] {
                assert_eq!(bucket(nanos), expected(nanos), "{nanos}");
            }
        }
        assert_eq!((bucket(0), ends[0], ends[20]), (0, 25_000, 26_214_400_000));
    }

    #[test]
    fn the_ends_of_buckets_are_short_numbers() {
        let ends = Sum::default().in_seconds().1.into_iter().map(|(end, _)| end.to_string());
        let ends: Vec<_> = ends.take(BUCKETS - 1).collect();
        assert_eq!(ends[..4], ["0.000025", "0.00005", "0.0001", "0.0002"]);
        assert_eq!(ends[16..], ["1.6384", "3.2768", "6.5536", "13.1072", "26.2144"]);
    }

    #[test]
    fn what_is_told_is_the_sum_of_what_was_counted_anywhere() {
        let answers = Answers::new(&Lanes::default());
        let count = |outcome, micros| answers.tally().answered(outcome, Duration::from_micros(micros));
        thread::scope(|all| {
            for _ in 0..20 {
                all.spawn(|| count(ENCRYPT, 20));
            }
        });
        let tally = answers.tally();
        for (outcome, micros) in [(DENIED, 30), (ENCRYPT, 20), (DENIED, 40)] {
            tally.answered(outcome, Duration::from_micros(micros));
        }
        let by_code = answers.sums(|outcome| outcome.code);
        let told: Vec<_> = by_code.iter().map(|(code, sum)| (*code, sum.answers(), sum.nanos)).collect();
        assert_eq!(told, [("AccessDeniedException", 2, 70_000), ("ok", 21, 420_000)]);
        let all = answers.sums(|outcome| outcome.operation);
        assert_eq!(all["Encrypt"].counts[..3], [21, 2, 0]);
    }
}
