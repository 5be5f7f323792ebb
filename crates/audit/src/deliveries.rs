//! Which events were handed over from where they were kept, so that each is recorded once, however often it comes.

use crate::EventId;
use core::{fmt, str::FromStr};
use std::collections::VecDeque;

/// The last deliveries, each with the number that it was recorded under. Each segment begins with those before it, so
/// only the last segment need be read to know them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Deliveries(VecDeque<(EventId, u64)>);

impl Deliveries {
    /// So many are kept.
    pub(crate) const KEPT: usize = 256;

    /// Adds the newest.
    pub(crate) fn note(&mut self, id: EventId, number: u64) {
        if self.0.len() >= Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back((id, number));
    }

    /// The number that it was recorded under, if it was lately.
    pub(crate) fn find(&self, id: &EventId) -> Option<u64> {
        // What comes again was most likely the last to come.
        self.0.iter().rev().find(|(known, _)| known == id).map(|(_, number)| *number)
    }
}

/// As a JSON object, `{"<uuid>":N,...}`.
impl fmt::Display for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (id, number)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}\"{id}\":{number}")?;
        }
        f.write_str("}")
    }
}

/// Of what is between the braces. The caller compares what it prints again with what it read.
impl FromStr for Deliveries {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut deliveries = Self::default();
        for pair in text.split_terminator(',').take(Self::KEPT) {
            let (id, number) = pair.split_once(':').ok_or(())?;
            let id = id.trim_matches('"').parse().map_err(|_| ())?;
            deliveries.note(id, number.parse().map_err(|_| ())?);
        }
        Ok(deliveries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> EventId {
        EventId::from_random([number; 16])
    }

    #[test]
    fn what_is_printed_reads_as_the_same() {
        for count in [0, 1, 3, 255] {
            let mut deliveries = Deliveries::default();
            (0..count).for_each(|n| deliveries.note(id(n), u64::from(n) + 1));
            let text = deliveries.to_string();
            assert_eq!(text.trim_matches(['{', '}']).parse(), Ok(deliveries));
        }
    }

    #[test]
    fn the_last_ones_are_kept() {
        let mut deliveries = Deliveries::default();
        (0..300)
            .for_each(|n: u64| deliveries.note(EventId::from_random((u128::from(n) << 64).to_be_bytes()), n));
        let find = |n: u64| deliveries.find(&EventId::from_random((u128::from(n) << 64).to_be_bytes()));
        assert_eq!((find(43), find(44), find(299)), (None, Some(44), Some(299)));
    }
}
