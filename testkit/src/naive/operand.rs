//! Condition values that are more than text: numbers, moments, addresses, bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{cmp::Ordering, net::IpAddr};

/// Compares two decimal numbers of any length; nothing if either is no number.
pub(super) fn compare_numbers(a: &str, b: &str) -> Option<Ordering> {
    let ((a_negative, a), (b_negative, b)) = (decimal(a)?, decimal(b)?);
    Some(match (a_negative, b_negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a.cmp(&b),
        (true, true) => b.cmp(&a),
    })
}

/// Sign, and a magnitude whose order is that of the number: length of the whole part, the whole part, the fraction.
type Decimal<'a> = (bool, (usize, &'a str, &'a str));

/// Without leading and trailing zeros. Zero is never negative.
fn decimal(text: &str) -> Option<Decimal<'_>> {
    let (negative, magnitude) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some((negative && !(whole.is_empty() && fraction.is_empty()), (whole.len(), whole, fraction)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares two moments; nothing if either is none.
pub(super) fn compare_dates(a: &str, b: &str) -> Option<Ordering> {
    Some(moment(a)?.cmp(&moment(b)?))
}

/// Nanoseconds since 1970 of `YYYY[-MM[-DD[Thh:mm[:ss[.s]]ZONE]]]` or of a whole number of seconds.
fn moment(text: &str) -> Option<i128> {
    let is_year = text.len() == 4 && is_digits(text);
    if !is_year && is_digits(text) {
        return seconds(text);
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    let day = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    let is_whole_date = date.len() == 10;
    if fields.next().is_some() || (time.is_some() && !is_whole_date) || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > days_before(year, month + 1) - days_before(year, month) {
        return None;
    }
    let days = days_before(year, month) + day - 1;
    Some(i128::from(days) * 86_400_000_000_000 + time.map_or(Some(0), time_of_day)?)
}

/// Nanoseconds of a number of seconds, which may have a fraction.
fn seconds(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let whole: i128 = whole.parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(nanos)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && is_digits(text)).then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01 to the first of a month; month 13 is January of the next year.
fn days_before(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 12 { (year + 1, 1) } else { (year, month) };
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leaps_before = |year: i64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().zip(1..month).map(|(length, _)| length).sum();
    (year - 1970) * 365 + leaps_before(year) - leaps_before(1970) + months
}

/// Nanoseconds into the day, in UTC, of `hh:mm[:ss[.s]]` and `Z` or `+hh:mm`.
fn time_of_day(text: &str) -> Option<i128> {
    let (clock, offset) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = text.rfind(['+', '-'])?;
            let (clock, zone) = text.split_at(at);
            let (sign, zone) = zone.split_at(1);
            let (hours, minutes) = zone.split_once(':')?;
            let offset = hours_and_minutes(hours, minutes)?;
            (clock, if sign == "-" { -offset } else { offset })
        }
    };
    let mut fields = clock.split(':');
    let minutes = hours_and_minutes(fields.next()?, fields.next()?)? - offset;
    let nanos = fields.next().map_or(Some(0), second_of_minute)?;
    fields.next().is_none().then(|| i128::from(minutes) * 60_000_000_000 + nanos)
}

fn hours_and_minutes(hours: &str, minutes: &str) -> Option<i64> {
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn second_of_minute(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    (digits(whole, 2)? < 60 && is_digits(fraction)).then(|| seconds(text)).flatten()
}

/// Whether the address lies in the range, `ADDRESS` or `ADDRESS/BITS`; addresses of two families never do.
pub(super) fn is_in_range(range: &str, address: &str) -> bool {
    let (network, bits) =
        range.split_once('/').map_or((range, None), |(network, bits)| (network, Some(bits)));
    let (Ok(network), Ok(address)) = (network.parse::<IpAddr>(), address.parse::<IpAddr>()) else {
        return false;
    };
    let (width, network, address) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (32, u128::from(a.to_bits()), u128::from(b.to_bits())),
        (IpAddr::V6(a), IpAddr::V6(b)) => (128, a.to_bits(), b.to_bits()),
        _ => return false,
    };
    let bits = match bits {
        None => width,
        Some(bits) if is_digits(bits) => bits.parse().unwrap_or(u32::MAX),
        Some(_) => return false,
    };
    bits <= width && (network ^ address).checked_shr(width - bits).unwrap_or(0) == 0
}

/// Whether both are base64 of the same bytes.
pub(super) fn is_same_bytes(a: &str, b: &str) -> bool {
    STANDARD.decode(a).is_ok_and(|a| STANDARD.decode(b).is_ok_and(|b| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_and_not_by_spelling() {
        for (a, b) in [
            ("9", "10"),
            ("-10", "-9"),
            ("-0.1", "0"),
            ("1.25", "1.3"),
            ("007", "8"),
            ("1", "99999999999999999999"),
        ] {
            assert_eq!(compare_numbers(a, b), Some(Ordering::Less), "{a} {b}");
        }
        assert_eq!(compare_numbers("1.50", "01.5"), Some(Ordering::Equal));
        assert_eq!(compare_numbers("-0.0", "0"), Some(Ordering::Equal));
        for no in ["", "-", "1e3", "+1", ".5", "5.", "0x1", "1 "] {
            assert_eq!(compare_numbers(no, "1"), None, "{no}");
        }
    }

    #[test]
    fn moments_are_read_in_every_form_of_the_profile() {
        let second = 1_000_000_000;
        for (text, expected) in [
            ("1970", 0),
            ("1971-01", 365 * 86_400 * second),
            ("2024-03-01", 1_709_251_200 * second),
            ("2024-02-29T23:59Z", 1_709_251_140 * second),
            ("2024-03-01T01:00:00+01:00", 1_709_251_200 * second),
            ("2024-02-29T19:00:00.5-05:00", 1_709_251_200 * second + second / 2),
            ("1709251200", 1_709_251_200 * second),
            ("2100-03-01", 4_107_542_400 * second),
        ] {
            assert_eq!(moment(text), Some(expected), "{text}");
        }
        for no in [
            "2023-02-29",
            "2024-13-01",
            "2024-3-1",
            "2024-03-01T01:00:00",
            "2024-03-01T24:00Z",
            "soon",
            "",
            "-5",
            "1709251200.5",
        ] {
            assert_eq!(moment(no), None, "{no}");
        }
    }

    #[test]
    fn an_address_lies_in_a_range_of_its_own_family() {
        assert!(is_in_range("203.0.113.0/24", "203.0.113.255"));
        assert!(is_in_range("0.0.0.0/0", "1.2.3.4"));
        assert!(is_in_range("2001:db8::/32", "2001:db8::1"));
        assert!(is_in_range("::/0", "::1"));
        for (range, address) in [
            ("203.0.113.0/24", "203.0.114.0"),
            ("203.0.113.1", "203.0.113.2"),
            ("::/0", "1.2.3.4"),
            ("1.2.3.4/33", "1.2.3.4"),
            ("1.2.3.4/", "1.2.3.4"),
        ] {
            assert!(!is_in_range(range, address), "{range} {address}");
        }
    }
}
