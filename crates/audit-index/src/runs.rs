//! Numbers in order, of which most follow each other.

use core::ops::RangeInclusive;

/// Numbers in order, as stretches without a gap: what many events have in common takes hardly any memory.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<RangeInclusive<u64>>);

impl Runs {
    /// Adds numbers, none of them less than those that are there. What is there already is not added again.
    pub(crate) fn push(&mut self, numbers: RangeInclusive<u64>) {
        match self.0.last_mut() {
            Some(run) if *numbers.start() <= run.end().saturating_add(1) => {
                *run = *run.start()..=*run.end().max(numbers.end());
            }
            _ => self.0.push(numbers),
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_back_once_and_in_order() {
        let mut runs = Runs::default();
        assert_eq!(runs.iter().count(), 0);
        for numbers in
            [1..=1, 1..=1, 2..=3, 3..=3, 7..=7, 9..=12, u64::MAX - 1..=u64::MAX, u64::MAX..=u64::MAX]
        {
            runs.push(numbers);
        }
        let expected = [1, 2, 3, 7, 9, 10, 11, 12, u64::MAX - 1, u64::MAX];
        assert_eq!(runs.iter().collect::<Vec<_>>(), expected);
        assert_eq!(runs.0.len(), 4);
    }
}
