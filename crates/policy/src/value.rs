//! Values as condition operators read them: numbers, moments, addresses, truths.

use crate::context::Value;
use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number of any length, compared exactly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    negative: bool,
    /// Without leading zeros.
    whole: Box<str>,
    /// Without trailing zeros.
    fraction: Box<str>,
}

impl Number {
    /// Digits with an optional leading `-` and an optional fraction; nothing else is a number.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole: Box<str> = whole.trim_start_matches('0').into();
        let fraction: Box<str> = fraction.trim_end_matches('0').into();
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole, fraction })
    }

    /// The number that a value of the request stands for; a moment stands for its seconds since 1970.
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Time(time) => Self::parse(&time.seconds().to_string()),
            _ => Self::parse(&value.text()),
        }
    }

    fn size(&self) -> (usize, &str, &str) {
        (self.whole.len(), &self.whole, &self.fraction)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A moment: seconds since 1970 and nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    seconds: i64,
    nanos: u32,
}

impl Moment {
    /// The W3C profile of ISO 8601 (a year, a month, a day, or a time with `Z` or an offset), or seconds since 1970. Four
    /// digits are a year.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 4 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self { seconds: text.parse().ok()?, nanos: 0 });
        }
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let days = parse_date(date, time.is_some())?;
        let (seconds, nanos) = time.map_or(Some((0, 0)), parse_time)?;
        Some(Self { seconds: days.checked_mul(86_400)?.checked_add(seconds)?, nanos })
    }

    /// Whole milliseconds since 1970, and whether there is nothing beyond them. `None` if they cannot be counted.
    pub fn millis(self) -> Option<(i64, bool)> {
        let millis = self.seconds.checked_mul(1000)?.checked_add(i64::from(self.nanos / 1_000_000))?;
        Some((millis, self.nanos.is_multiple_of(1_000_000)))
    }

    /// The moment that a value of the request stands for.
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Time(time) => {
                let nanos = u32::try_from(time.millis().rem_euclid(1000)).ok()? * 1_000_000;
                Some(Self { seconds: time.seconds(), nanos })
            }
            Value::Integer(seconds) => Some(Self { seconds: *seconds, nanos: 0 }),
            Value::Bool(_) => None,
            Value::Text(text) => Self::parse(text),
        }
    }
}

/// Exactly `length` digits.
fn digits(text: &str, length: usize) -> Option<i64> {
    let lawful = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    lawful.then(|| text.parse().ok()).flatten()
}

/// Days since 1970 of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn parse_date(text: &str, must_be_whole: bool) -> Option<i64> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let day_part = parts.next();
    if parts.next().is_some() || (must_be_whole && day_part.is_none()) {
        return None;
    }
    let day = day_part.map_or(Some(1), |part| digits(part, 2))?;
    let is_lawful = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    is_lawful.then(|| days_before(year, month) + day - 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of the month.
fn days_before(year: i64, month: i64) -> i64 {
    let years_before = year - 1;
    let leap_days = |y: i64| y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    let of_years = (year - 1970) * 365 + leap_days(years_before) - leap_days(1969);
    of_years + (1..month).map(|m| days_in_month(year, m)).sum::<i64>()
}

/// Seconds (may be negative, for the offset) and nanoseconds of `hh:mm[:ss[.fraction]]` with `Z` or `+hh:mm`.
fn parse_time(text: &str) -> Option<(i64, u32)> {
    let (clock, offset) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = text.rfind(['+', '-'])?;
            (text.get(..at)?, parse_offset(text.get(at..)?)?)
        }
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2).filter(|h| *h < 24)?;
    let minute = digits(parts.next()?, 2).filter(|m| *m < 60)?;
    let (second, nanos) = parts.next().map_or(Some((0, 0)), parse_seconds)?;
    if parts.next().is_some() {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset, nanos))
}

fn parse_offset(text: &str) -> Option<i64> {
    let (sign, clock) = match text.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, text.strip_prefix('+')?),
    };
    let (hour, minute) = clock.split_once(':')?;
    let hour = digits(hour, 2).filter(|h| *h < 24)?;
    let minute = digits(minute, 2).filter(|m| *m < 60)?;
    Some(sign * (hour * 3600 + minute * 60))
}

/// `ss` or `ss.fraction`; digits after the ninth do not count.
fn parse_seconds(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let second = digits(whole, 2).filter(|s| *s < 60)?;
    let Some(fraction) = fraction else { return Some((second, 0)) };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nine: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    Some((second, nine.parse().ok()?))
}

/// An address range: an address alone is a range of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let lawful = |bits: &str| (1..=3).contains(&bits.len()) && bits.bytes().all(|b| b.is_ascii_digit());
        let bits = match bits {
            Some(bits) => bits.parse::<u8>().ok().filter(|n| *n <= most && lawful(bits))?,
            None => most,
        };
        Some(Self { address, bits })
    }

    /// Whether the address is in the range. The two families are apart.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            let ignored = width.saturating_sub(u32::from(self.bits));
            a.checked_shr(ignored).unwrap_or(0) == b.checked_shr(ignored).unwrap_or(0)
        };
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

/// `true` or `false` in any case.
pub(crate) fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_types::Timestamp;

    #[test]
    fn numbers_compare_by_value_whatever_their_length() {
        let n = |text| Number::parse(text).unwrap();
        for (small, large) in [
            ("2", "10"),
            ("-10", "-2"),
            ("-1", "0.5"),
            ("1.05", "1.5"),
            ("99999999999999999999998", "99999999999999999999999"),
            ("0.1", "0.11"),
            ("-0.11", "-0.1"),
        ] {
            assert!(n(small) < n(large), "{small} {large}");
        }
        for (a, b) in [("1", "01.0"), ("0", "-0"), ("10.50", "10.5")] {
            assert_eq!(n(a), n(b));
        }
        for bad in ["", "-", "1.", ".5", "1e3", "+1", " 1", "1,5", "x", "--1", "1.2.3", "٣"] {
            assert!(Number::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn moments_are_read_in_every_lawful_form() {
        let seconds = |text| Moment::parse(text).map(|m| m.seconds);
        for (text, expected) in [
            ("1970", 0),
            ("1970-02", 31 * 86_400),
            ("2026-11-22", 1_795_305_600),
            ("2026-11-22T05:54Z", 1_795_326_840),
            ("2026-11-22T05:54:58Z", 1_795_326_898),
            ("2026-11-22T07:54:58+02:00", 1_795_326_898),
            ("2026-11-21T23:54:58.5-06:00", 1_795_326_898),
            ("1795326898", 1_795_326_898),
            ("2000-02-29", 951_782_400),
            ("0001-01-01", -62_135_596_800),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for bad in [
            "",
            "2026-13",
            "2026-02-30",
            "1900-02-29",
            "2026-11-22T05Z",
            "2026-11-22T05:54",
            "2026-11-22 05:54Z",
            "2026-11-22T24:00Z",
            "2026-11T05:54Z",
            "2026-11-22T05:54:60Z",
            "2026-11-22T05:54:58.Z",
            "26-1-1",
            "yesterday",
            "-5",
            "2026-11-22-01",
            "99999999999999999999",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert!(Moment::parse("2026-11-22T05:54:58.25Z") > Moment::parse("2026-11-22T05:54:58.2Z"));
    }

    #[test]
    fn dates_agree_with_the_calendar_of_timestamps() {
        for day in (-200_000..200_000).step_by(97) {
            let time = Timestamp::from_seconds(day * 86_400 + 12_345);
            if (0..=9999).contains(&time.civil().0) {
                assert_eq!(Moment::parse(&time.to_string()), Moment::of(&Value::Time(time)), "{time}");
            }
        }
    }

    #[test]
    fn networks_contain_their_addresses_only() {
        let contains = |net, ip: &str| Network::parse(net).unwrap().contains(ip.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("203.0.113.7", "203.0.113.7") && !contains("203.0.113.7", "203.0.113.8"));
        assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("2001:db8::/32", "2001:db8:1::") && !contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("::/0", "::1") && contains("10.1.2.3/8", "10.9.9.9"));
        for bad in
            ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "::/129", "10.0.0.*", "010.0.0.1"]
        {
            assert!(Network::parse(bad).is_none(), "{bad}");
        }
    }
}
