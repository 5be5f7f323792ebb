//! What was recorded lately, taken in as it happened: the log need not be read again for it.

use crate::batch::Batch;
use gatekey_audit::{Cursor, Seen, Witness};
use parking_lot::Mutex;

/// What waits takes about so many bytes at most: of some 40,000 events, or of six times as many that are alike. What is more is read
/// in the log.
const MOST: usize = 16 << 20;

/// Events that wait to be indexed, behind each other and up to the last that was recorded.
#[derive(Debug, Default)]
pub(crate) struct Intake(Mutex<Option<Waiting>>);

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    /// Behind the last event that was seen.
    end: Cursor,
}

/// What is to be indexed next.
#[derive(Debug)]
pub(crate) enum Next {
    /// What the log has, up to the event of this number.
    InLog(u64),
    /// What was seen, up to there.
    Seen(Box<Batch>, Cursor),
    /// Nothing.
    Nothing,
}

impl Witness for Intake {
    fn see(&self, events: &mut dyn Iterator<Item = Seen<'_>>, end: Cursor) {
        let mut waiting = self.0.lock();
        let waiting = waiting.get_or_insert_with(|| Waiting { batch: Batch::default(), end });
        for seen in events {
            if waiting.batch.bytes() >= MOST {
                waiting.batch = Batch::default();
            }
            waiting.batch.add_seen(&seen);
        }
        waiting.end = end;
    }
}

impl Intake {
    /// What comes behind the event of this number, which is the last that is indexed.
    pub(crate) fn next(&self, indexed: u64) -> Next {
        let mut waiting = self.0.lock();
        let Some(Waiting { batch, end }) = &mut *waiting else { return Next::InLog(u64::MAX) };
        let before = batch.first().map_or(end.number, |first| first.saturating_sub(1));
        if indexed > before {
            // Somebody else has indexed some of it.
            *batch = Batch::default();
        }
        if indexed < before {
            Next::InLog(before)
        } else if batch.is_empty() {
            if indexed < end.number { Next::InLog(end.number) } else { Next::Nothing }
        } else {
            Next::Seen(core::mem::take(batch).into(), *end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_audit::Entry;

    /// Shows events of these numbers.
    fn show(intake: &Intake, numbers: core::ops::RangeInclusive<u64>) {
        let number = *numbers.end();
        let entry = |number| Entry { number, segment: 1, position: number, length: 1, event: b"{}" };
        let mut seen = numbers.map(|number| Seen { entry: entry(number), terms: None });
        intake.see(&mut seen, Cursor { segment: 1, number, position: number + 1, link: [0; 32] });
    }

    /// What comes next, in a word.
    fn next(intake: &Intake, indexed: u64) -> String {
        match intake.next(indexed) {
            Next::InLog(until) => format!("log..={until}"),
            Next::Seen(batch, end) => format!("seen {}..={}", batch.first().unwrap(), end.number),
            Next::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn before_anything_was_seen_all_is_in_the_log() {
        assert_eq!(next(&Intake::default(), 7), format!("log..={}", u64::MAX));
    }

    #[test]
    fn what_was_seen_is_taken_once_when_what_is_before_it_is_indexed() {
        let intake = Intake::default();
        show(&intake, 11..=13);
        show(&intake, 14..=14);
        assert_eq!(next(&intake, 8), "log..=10");
        assert_eq!(next(&intake, 10), "seen 11..=14");
        assert_eq!(next(&intake, 14), "nothing");
        show(&intake, 15..=15);
        assert_eq!(next(&intake, 14), "seen 15..=15");
        assert_eq!(next(&intake, 14), "log..=15", "it was taken, but the database does not have it");
    }

    #[test]
    fn what_somebody_else_indexed_is_dropped_and_the_rest_of_it_is_in_the_log() {
        let intake = Intake::default();
        show(&intake, 1..=5);
        assert_eq!(next(&intake, 3), "log..=5");
        assert_eq!(next(&intake, 5), "nothing");
        show(&intake, 6..=7);
        assert_eq!(next(&intake, 9), "nothing", "somebody is ahead");
        show(&intake, 8..=10);
        assert_eq!(next(&intake, 9), "log..=10");
        assert_eq!(next(&intake, 0), "log..=10", "the index was begun anew");
    }

    #[test]
    fn more_than_can_wait_is_left_to_the_log() {
        let intake = Intake::default();
        show(&intake, 1..=1);
        let of_one = intake.0.lock().as_ref().unwrap().batch.bytes();
        let most = MOST.div_ceil(of_one) as u64;
        show(&intake, 2..=most);
        assert_eq!(next(&intake, 0), format!("seen 1..={most}"));
        show(&intake, most + 1..=2 * most + 2);
        assert_eq!(next(&intake, most), format!("log..={}", 2 * most));
        assert_eq!(next(&intake, 2 * most), format!("seen {}..={}", 2 * most + 1, 2 * most + 2));
    }

    #[test]
    fn events_of_many_names_take_more_of_what_can_wait() {
        let bytes = |names: u64| {
            let mut batch = Batch::default();
            for number in 1..=1000 {
                let name = "x".repeat(usize::try_from(number % names).unwrap());
                let event = format!(
                    r#"{{"userIdentity":{{"type":"IAMUser","userName":"{name}"}},"eventTime":"","eventSource":"","eventName":"","awsRegion":"","eventID":"","readOnly":true,"recipientAccountId":""}}"#
                );
                let entry =
                    Entry { number, segment: 1, position: number, length: 1, event: event.as_bytes() };
                batch.add(&entry);
            }
            batch.bytes()
        };
        assert!(bytes(1000) > bytes(1) + 2 * 1000 * 500, "{} {}", bytes(1000), bytes(1));
    }
}
