use crate::{Malformed, hex, put, serde_as_text};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// The moment this many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// The moment this many seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch, rounded towards the past.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// Seconds since the epoch with a fraction, as awsJson1.1 carries timestamps.
    pub fn epoch_seconds(self) -> f64 {
        // A double holds milliseconds exactly for 285,000 years.
        self.0 as f64 / 1000.0
    }
    /// This many days later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY)))
    }
    /// This many milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
    /// Milliseconds from `earlier` to this.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month, day, hour, minute and second in UTC (proleptic Gregorian calendar).
    pub fn civil(self) -> (i64, u8, u8, u8, u8, u8) {
        let days = self.0.div_euclid(DAY);
        let second_of_day = self.0.rem_euclid(DAY) / 1000;
        // Counting from 0000-03-01 puts the leap day last in the year, so the month follows from the day alone.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let small = |n: i64| u8::try_from(n).unwrap_or_default();
        (
            year,
            small(month),
            small(day),
            small(second_of_day / 3600),
            small(second_of_day / 60 % 60),
            small(second_of_day % 60),
        )
    }
}

/// Prints ISO 8601 in UTC to the second, `2026-11-22T05:54:58Z`, as CloudTrail and policies have it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            return f.write_str(core::str::from_utf8(&text).unwrap_or_default());
        }
        let (year, month, day, hour, minute, second) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Timestamp {
    /// What it prints as, in one piece, if its year has four digits: every audit event has one or two, and six formatted numbers
    /// cost more than a hash.
    pub fn text(self) -> Option<[u8; 20]> {
        let (year, month, day, hour, minute, second) = self.civil();
        let year = u16::try_from(year).ok().filter(|year| *year < 10_000)?;
        let two = |number: u8| [b'0' + number / 10 % 10, b'0' + number % 10];
        let [century, in_century] =
            [year / 100, year % 100].map(|part| two(u8::try_from(part).unwrap_or_default()));
        let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(two);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut rest = put(&in_century, put(&century, &mut text));
        for (mark, field) in [(b"-", month), (b"-", day), (b"T", hour), (b":", minute), (b":", second)] {
            rest = put(&field, put(mark, rest));
        }
        Some(text)
    }
}

/// The id of one request, a UUID; every answer carries it in `x-amzn-RequestId`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Makes an id of 16 fresh random bytes, with UUID version 4 bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(crate::key::as_uuid_version_4(bytes))
    }

    /// Another id that belongs to this one alone: the id of the one event of a request. No randomness is drawn, and the
    /// two differ in a bit that neither version nor variant uses.
    #[must_use]
    pub fn next_of_kin(&self) -> Self {
        let mut bytes = self.0;
        let [first, ..] = &mut bytes;
        *first ^= 0x80;
        Self(bytes)
    }

    /// The text of the id, without a formatter.
    pub fn text(&self) -> [u8; 36] {
        hex::uuid(&self.0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RequestId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let id: crate::KeyId = text.parse().map_err(|_| Malformed("request id"))?;
        if id.is_multi_region() { Err(Malformed("request id")) } else { Ok(Self(*id.bytes())) }
    }
}

serde_as_text!(RequestId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_of_kin_is_another_uuid_of_the_same_version() {
        let id = RequestId::from_random([0x5a; 16]);
        let kin = id.next_of_kin();
        assert_ne!(id, kin);
        assert_eq!(kin.to_string().parse(), Ok(kin));
        assert_eq!(kin.next_of_kin(), id);
        assert_eq!(id.to_string().get(14..15), kin.to_string().get(14..15));
    }

    #[test]
    fn timestamps_print_as_iso_8601_across_leap_years_and_before_the_epoch() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "10000-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_seconds(seconds).to_string(), text);
        }
    }
    #[test]
    fn a_request_id_reads_back_what_it_printed() {
        let text = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";
        assert_eq!(text.parse::<RequestId>().map(|id| id.to_string()), Ok(text.to_owned()));
    }
}
