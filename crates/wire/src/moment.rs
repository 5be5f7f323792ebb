//! Moments as text.

use gatekey_model::TimestampFormat;
use gatekey_types::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since the epoch of an ISO 8601 text, or of a number of seconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok();
    }
    let seconds: f64 = text.parse().ok()?;
    seconds.is_finite().then(|| (seconds * 1000.0).round() as i64)
}

/// A moment of so many seconds since the epoch, as text of that format.
pub(crate) fn text(seconds: f64, format: TimestampFormat) -> String {
    let millis = (seconds * 1000.0).round() as i64;
    match format {
        TimestampFormat::EpochSeconds => seconds.to_string(),
        TimestampFormat::Iso8601 => Timestamp::from_millis(millis).to_string(),
        TimestampFormat::HttpDate => http_date(millis),
    }
}

fn http_date(millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, hour, minute, second) = Timestamp::from_millis(millis).civil();
    // 1970-01-01 was a Thursday.
    let weekday = millis.div_euclid(86_400_000).rem_euclid(7);
    let name = |names: &[&'static str], index: usize| names.get(index).copied().unwrap_or_default();
    let weekday = name(&DAYS, usize::try_from(weekday).unwrap_or_default());
    let month = name(&MONTHS, usize::from(month).saturating_sub(1));
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_with_or_without_a_fraction_and_plain_seconds_are_read() {
        assert_eq!(parse("2027-01-15T08:00:00Z"), Some(1_800_000_000_000));
        assert_eq!(parse("2027-01-15T09:00:00.5+01:00"), Some(1_800_000_000_500));
        assert_eq!(parse("1800000000.5"), Some(1_800_000_000_500));
        assert_eq!(parse("soon"), None);
        assert_eq!(parse("NaN"), None);
    }

    #[test]
    fn each_format_prints_its_own_way() {
        let of = |format| text(784_111_777.0, format);
        assert_eq!(of(TimestampFormat::HttpDate), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(of(TimestampFormat::Iso8601), "1994-11-06T08:49:37Z");
        assert_eq!(of(TimestampFormat::EpochSeconds), "784111777");
    }
}
