use crate::error::{SignatureError, echo};
use gatekey_types::Timestamp;

/// A date in ISO 8601's basic format, `YYYYMMDDTHHMMSSZ`: the one form that Signature Version 4 knows.
#[derive(Clone, Copy)]
pub(crate) struct SignedDate<'a> {
    text: &'a str,
    moment: Timestamp,
}

impl<'a> SignedDate<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, SignatureError> {
        let moment = moment(text).ok_or_else(|| {
            SignatureError::incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601",
                echo(text)
            ))
        })?;
        Ok(Self { text, moment })
    }

    /// The date as the client wrote it.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// `YYYYMMDD`.
    pub(crate) fn day(&self) -> &'a str {
        self.text.get(..8).unwrap_or_default()
    }

    pub(crate) fn moment(&self) -> Timestamp {
        self.moment
    }
}

/// Prints a moment as [`SignedDate`] reads it.
pub(crate) fn basic(moment: Timestamp) -> String {
    let (year, month, day, hour, minute, second) = moment.civil();
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn moment(text: &str) -> Option<Timestamp> {
    let text: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let [c1, c2, y1, y2, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'] = *text else { return None };
    let (year, month, day) = (100 * number(c1, c2)? + number(y1, y2)?, number(mo1, mo2)?, number(d1, d2)?);
    let (hour, minute, second) = (number(h1, h2)?, number(mi1, mi2)?, number(s1, s2)?);
    let lawful = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    lawful.then(|| Timestamp::from_seconds(seconds))
}

/// The number of two decimal digits.
fn number(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    Some(10 * digit(tens)? + digit(ones)?)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; years start in March, so that the leap day is last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_and_reads_as_the_same_text_over_four_centuries() {
        for day in (-100_000_i64..50_000).step_by(97) {
            let moment = Timestamp::from_seconds(day * 86_400 + day.rem_euclid(86_400));
            let text = basic(moment);
            assert_eq!(SignedDate::parse(&text).unwrap().moment(), moment, "{text}");
        }
    }

    #[test]
    fn only_the_basic_format_and_real_days_are_dates() {
        assert_eq!(SignedDate::parse("20240229T235959Z").unwrap().day(), "20240229");
        for bad in [
            "",
            "20150830T123600",
            "2015-08-30T12:36:00Z",
            "20150830T123600z",
            "20150230T123600Z",
            "20151301T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "+0150830T123600Z",
            "20150830T1236000Z",
            "20150830T12360Z",
            "20150830 123600Z",
            "2015083:T123600Z",
            "20150830T1236/0Z",
            "Mon, 30 Aug 2015 12:36:00 GMT",
            "２0150830T123600Z",
        ] {
            let error = SignedDate::parse(bad).map(|_| ()).unwrap_err();
            assert!(error.message().contains(&format!("Got '{bad}'")), "{bad}");
        }
    }
}
