//! Numbers, moments and addresses, one of each kind that conditions can tell apart.

use gatekey_policy::{Moment, Number};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A number below all, each of them, one between each two, and one above all. What is no number tells nothing apart.
pub(super) fn numbers(written: &[String]) -> Vec<String> {
    let mut sorted: Vec<(Number, &str)> =
        written.iter().filter_map(|text| Some((Number::parse(text)?, text.as_str()))).collect();
    sorted.sort();
    sorted.dedup_by(|a, b| a.0 == b.0);
    let mut found = Vec::new();
    if let (Some((_, first)), Some((_, last))) = (sorted.first(), sorted.last()) {
        found.extend([below(first), above(last)]);
    }
    for pair in sorted.windows(2) {
        if let [(_, low), (_, high)] = pair {
            found.push(between(low, high));
        }
    }
    found.extend(sorted.iter().map(|(_, text)| (*text).to_owned()));
    found
}

/// Less than the number.
fn below(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(size) => format!("-1{}", whole(size)),
        None => "-1".to_owned(),
    }
}

/// More than the number.
fn above(text: &str) -> String {
    match text.starts_with('-') {
        true => "1".to_owned(),
        false => format!("1{}", whole(text)),
    }
}

fn whole(text: &str) -> &str {
    text.split_once('.').map_or(text, |(whole, _)| whole)
}

/// Strictly between two different numbers: the one nearer to nought, with a digit behind the last of both.
fn between(low: &str, high: &str) -> String {
    let digits = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let places = digits(low).max(digits(high));
    let beyond = |text: &str| {
        let point = if text.contains('.') { "" } else { "." };
        let zeros = "0".repeat(places - digits(text));
        format!("{text}{point}{zeros}1")
    };
    let is_nought = |text: &str| text.chars().all(|c| matches!(c, '0' | '.' | '-'));
    match (low.starts_with('-'), high.starts_with('-')) {
        (false, _) => beyond(low),
        (true, _) if is_nought(low) => beyond(low.trim_start_matches('-')),
        (true, true) if !is_nought(high) => beyond(high),
        (true, _) if is_nought(high) => format!("-{}", beyond(high.trim_start_matches('-'))),
        (true, _) => "0".to_owned(),
    }
}

/// Moments in milliseconds since 1970 around each threshold, on both sides of its second too; and whether all thresholds
/// could be told.
pub(super) fn moments(dates: &[String], numbers: &[String]) -> (Vec<i64>, bool) {
    let mut is_exact = true;
    let mut found = BTreeSet::new();
    let of_dates = dates.iter().filter_map(|text| Moment::parse(text)).map(Moment::millis);
    let of_numbers = numbers.iter().filter_map(|text| Number::parse(text).map(|_| text));
    let of_numbers = of_numbers.map(|text| Some((text.parse::<i64>().ok()?.checked_mul(1000)?, true)));
    for moment in of_dates.chain(of_numbers) {
        let Some((millis, is_whole)) = moment else {
            is_exact = false;
            continue;
        };
        is_exact &= is_whole;
        let second = millis.div_euclid(1000).saturating_mul(1000);
        let around = |at: i64| [at.saturating_sub(1), at, at.saturating_add(1)];
        found.extend(
            around(millis).into_iter().chain(around(second)).chain(around(second.saturating_add(1000))),
        );
    }
    (found.into_iter().collect(), is_exact)
}

/// An address range as its first address and its width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Range {
    is_v4: bool,
    first: u128,
    bits: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (is_v4, number, most) = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(v4) => (true, u128::from(v4.to_bits()), 32),
            IpAddr::V6(v6) => (false, v6.to_bits(), 128),
        };
        let bits = bits.unwrap_or(most);
        let range = Self { is_v4, first: number, bits };
        (bits <= most).then(|| Self { first: number & !range.host_mask(), ..range })
    }

    fn width(self) -> u32 {
        let whole: u32 = if self.is_v4 { 32 } else { 128 };
        whole.saturating_sub(self.bits)
    }

    fn host_mask(self) -> u128 {
        1_u128.checked_shl(self.width()).map_or(u128::MAX, |size| size.wrapping_sub(1))
    }

    fn contains(self, other: Self) -> bool {
        self.is_v4 == other.is_v4 && self.bits <= other.bits && other.first & !self.host_mask() == self.first
    }

    fn halves(self) -> [Self; 2] {
        let low = Self { bits: self.bits + 1, ..self };
        [low, Self { first: self.first | (low.host_mask().wrapping_add(1)), ..low }]
    }

    /// An address in it that is in none of the others.
    fn outside(self, others: &[Self]) -> Option<u128> {
        if others.iter().any(|other| other.contains(self)) {
            return None;
        }
        let within: Vec<Self> = others.iter().copied().filter(|other| self.contains(*other)).collect();
        if within.is_empty() {
            // Not the first: an address looks more like one.
            return Some(self.first | (self.host_mask() & 1));
        }
        self.halves().into_iter().find_map(|half| half.outside(&within))
    }

    fn address(self, number: u128) -> Option<String> {
        match self.is_v4 {
            true => Some(Ipv4Addr::from_bits(u32::try_from(number).ok()?).to_string()),
            false => Some(Ipv6Addr::from_bits(number).to_string()),
        }
    }
}

/// An address of each range that is in none of the narrower ones, and one of each family that is in none at all.
pub(super) fn addresses(written: &[String]) -> Vec<String> {
    let ranges: BTreeSet<Range> = written.iter().filter_map(|text| Range::parse(text)).collect();
    let everything = [Range { is_v4: true, first: 0, bits: 0 }, Range { is_v4: false, first: 0, bits: 0 }];
    let all = ranges.iter().copied().chain(everything);
    let pick = |range: Range| {
        let narrower: Vec<Range> =
            ranges.iter().copied().filter(|other| *other != range && !other.contains(range)).collect();
        range.address(range.outside(&narrower)?)
    };
    let mut found: Vec<String> = all.filter_map(pick).collect();
    found.sort();
    found.dedup();
    found
}

/// The same, and none where nothing compares addresses.
pub(super) fn addresses_if_any(written: &[String]) -> Vec<String> {
    if written.is_empty() { Vec::new() } else { addresses(written) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_before_between_and_behind() {
        let texts =
            |written: &[&str]| numbers(&written.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let sets = [
            vec!["1", "2"],
            vec!["-1.5", "-1.2", "0"],
            vec!["-1", "1"],
            vec!["1.25", "1.3"],
            vec!["0", "-0.5"],
            vec!["7"],
        ];
        for set in sets {
            let mut wanted: Vec<Number> = set.iter().filter_map(|text| Number::parse(text)).collect();
            wanted.sort();
            let found: Vec<Number> =
                texts(&set).iter().map(|text| Number::parse(text).expect(text)).collect();
            for pair in wanted.windows(2) {
                assert!(
                    found.iter().any(|number| pair[0] < *number && *number < pair[1]),
                    "{set:?} {found:?}"
                );
            }
            assert!(found.iter().any(|number| *number < wanted[0]), "{set:?}");
            assert!(found.iter().any(|number| number > wanted.last().unwrap()), "{set:?}");
        }
    }

    #[test]
    fn an_address_is_found_in_every_part_of_nested_ranges() {
        let written = ["10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "2001:db8::/32", "x"].map(str::to_owned);
        let found = addresses(&written);
        let ranges: Vec<Range> = written.iter().filter_map(|text| Range::parse(text)).collect();
        let kinds: BTreeSet<Vec<bool>> = found
            .iter()
            .map(|text| ranges.iter().map(|range| range.contains(Range::parse(text).unwrap())).collect())
            .collect();
        assert_eq!(kinds.len(), 5, "{found:?}");
        assert_eq!(found.len(), 6, "four ranges and two families: {found:?}");
        let halves = ["0.0.0.0/1", "128.0.0.0/1"].map(str::to_owned);
        assert_eq!(addresses(&halves).len(), 3, "no address of IPv4 is outside both");
    }

    #[test]
    fn moments_stand_on_both_sides_of_a_threshold() {
        let (found, is_exact) = moments(&["1970-01-01T00:00:10.5Z".to_owned()], &["20".to_owned()]);
        assert!(is_exact);
        for expected in [9_999, 10_499, 10_500, 10_501, 11_000, 19_999, 20_000, 20_001, 21_000] {
            assert!(found.contains(&expected), "{expected} {found:?}");
        }
        assert!(!moments(&["1970-01-01T00:00:10.0005Z".to_owned()], &[]).1);
    }
}
