//! When a secret is rotated: AWS's rotation rules, and the windows in which rotations happen.

use crate::cron::Cron;
use core::fmt;
use gatekey_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000;
/// Milliseconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;
/// The most days or hours of a rate.
const LONGEST: u32 = 1000;

/// The rules of a secret's rotation, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationRules {
    /// Days between rotations; not with a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The length of the window in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// A `rate()` or `cron()` expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// The time within which a rotation happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When it opens.
    pub opens: Timestamp,
    /// Its last second.
    pub closes: Timestamp,
}

/// The rules are none that AWS takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleFault;

impl fmt::Display for ScheduleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the schedule of the rotation is not valid")
    }
}

impl core::error::Error for ScheduleFault {}

/// A schedule that was read.
enum Schedule {
    Days(u32),
    Hours(u32),
    Cron(Cron),
}

impl Schedule {
    fn read(text: &str) -> Result<Self, ScheduleFault> {
        let within = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(fields) = within("cron") {
            return Cron::read(fields).map(Self::Cron);
        }
        let rate = within("rate").and_then(|rate| rate.split_once(' ')).ok_or(ScheduleFault)?;
        let digits = rate.0.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = rate.0.parse().ok().filter(|_| digits).ok_or(ScheduleFault)?;
        match rate.1 {
            "day" | "days" if (1..=LONGEST).contains(&number) => Ok(Self::Days(number)),
            "hour" | "hours" if (4..=LONGEST).contains(&number) => Ok(Self::Hours(number)),
            _ => Err(ScheduleFault),
        }
    }

    /// Whether windows of this many hours stay within their day, and before the next one.
    fn holds(&self, duration: u32) -> bool {
        match self {
            Self::Days(_) => (1..=24).contains(&duration),
            Self::Hours(hours) => (1..=(*hours).min(24)).contains(&duration),
            Self::Cron(cron) => {
                let before_next = cron.step().unwrap_or(24);
                duration >= 1 && duration <= before_next && cron.last_hour() + duration <= 24
            }
        }
    }

    fn opens(&self, after: Timestamp) -> Option<Timestamp> {
        let whole = |unit: i64, count: u32| {
            Timestamp::from_millis((after.millis().div_euclid(unit) + i64::from(count)) * unit)
        };
        match self {
            Self::Days(days) => Some(whole(DAY, *days)),
            Self::Hours(hours) => Some(whole(HOUR, *hours)),
            Self::Cron(cron) => cron.next(after),
        }
    }

    fn is_hourly(&self) -> bool {
        match self {
            Self::Days(_) => false,
            Self::Hours(_) => true,
            Self::Cron(cron) => cron.is_hourly(),
        }
    }
}

impl RotationRules {
    /// Insists that AWS takes them. No rules at all are none that say when.
    ///
    /// # Errors
    /// [`ScheduleFault`]
    pub fn check(&self) -> Result<(), ScheduleFault> {
        let Some(schedule) = self.read()? else {
            return if self.duration.is_none() { Ok(()) } else { Err(ScheduleFault) };
        };
        match self.duration {
            Some(duration) if !schedule.holds(duration) => Err(ScheduleFault),
            _ => Ok(()),
        }
    }

    fn read(&self) -> Result<Option<Schedule>, ScheduleFault> {
        match (self.days, self.schedule.as_deref()) {
            (Some(_), Some(_)) => Err(ScheduleFault),
            (Some(days), None) if (1..=LONGEST).contains(&days) => Ok(Some(Schedule::Days(days))),
            (Some(_), None) => Err(ScheduleFault),
            (None, Some(text)) => Schedule::read(text).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The window of the rotation that follows this moment. It closes after its duration; without one after an hour where
    /// the schedule is in hours, and else at the end of the day.
    pub fn window(&self, after: Timestamp) -> Option<Window> {
        let schedule = self.read().ok()??;
        let opens = schedule.opens(after)?;
        let end_of_day = (opens.millis().div_euclid(DAY) + 1) * DAY;
        let end = match self.duration {
            Some(hours) => opens.millis() + i64::from(hours) * HOUR,
            None if schedule.is_hourly() => opens.millis() + HOUR,
            None => end_of_day,
        };
        Some(Window { opens, closes: Timestamp::from_millis(end - 1000) })
    }

    /// Days from one rotation to the next, as DescribeSecret tells them: those that were given, or by the schedule.
    pub fn days_between(&self, from: Timestamp) -> Option<u32> {
        if self.days.is_some() {
            return self.days;
        }
        let first = self.window(from)?.opens;
        let millis = self.window(first)?.opens.millis_since(first);
        u32::try_from((millis + DAY - 1).div_euclid(DAY)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-15T08:00:00Z, and a second.
    const FROM: i64 = 1_800_000_001;

    fn rules(days: Option<u32>, duration: Option<u32>, schedule: &str) -> RotationRules {
        let schedule = Some(schedule.to_owned()).filter(|text| !text.is_empty());
        RotationRules { days, duration, schedule }
    }

    #[test]
    fn windows_open_at_midnight_or_on_the_hour_and_close_as_aws_says() {
        let cases = [
            (rules(Some(2), None, ""), "2027-01-17T00:00:00Z", "2027-01-17T23:59:59Z", 2),
            (rules(Some(2), Some(3), ""), "2027-01-17T00:00:00Z", "2027-01-17T02:59:59Z", 2),
            (rules(None, None, "rate(1 day)"), "2027-01-16T00:00:00Z", "2027-01-16T23:59:59Z", 1),
            (rules(None, None, "rate(10 hours)"), "2027-01-15T18:00:00Z", "2027-01-15T18:59:59Z", 1),
            (
                rules(None, Some(2), "cron(0 16 1,15 * ? *)"),
                "2027-01-15T16:00:00Z",
                "2027-01-15T17:59:59Z",
                17,
            ),
            (rules(None, None, "cron(0 16 ? * MON *)"), "2027-01-18T16:00:00Z", "2027-01-18T23:59:59Z", 7),
            (rules(None, None, "cron(0 /4 * * ? *)"), "2027-01-15T12:00:00Z", "2027-01-15T12:59:59Z", 1),
        ];
        for (rules, opens, closes, days) in cases {
            rules.check().unwrap_or_else(|_| panic!("{rules:?}"));
            let window = rules.window(Timestamp::from_seconds(FROM)).unwrap();
            assert_eq!(
                (window.opens.to_string().as_str(), window.closes.to_string().as_str()),
                (opens, closes)
            );
            assert_eq!(rules.days_between(Timestamp::from_seconds(FROM)), Some(days), "{rules:?}");
        }
        assert_eq!(rules(None, None, "").window(Timestamp::from_seconds(FROM)), None);
    }

    #[test]
    fn what_aws_does_not_take_is_refused() {
        let refused = [
            rules(Some(0), None, ""),
            rules(Some(1001), None, ""),
            rules(Some(1), None, "rate(1 day)"),
            rules(None, Some(3), ""),
            rules(Some(1), Some(25), ""),
            rules(Some(1), Some(0), ""),
            rules(None, None, "rate(3 hours)"),
            rules(None, None, "rate(0 days)"),
            rules(None, None, "rate(1 week)"),
            rules(None, None, "rate(-1 days)"),
            rules(None, None, "rate(1)"),
            rules(None, None, "every day"),
            rules(None, Some(5), "rate(4 hours)"),
            rules(None, Some(9), "cron(0 16 * * ? *)"),
            rules(None, Some(5), "cron(0 /4 * * ? *)"),
        ];
        for rules in refused {
            assert_eq!(rules.check(), Err(ScheduleFault), "{rules:?}");
        }
        rules(None, Some(8), "cron(0 16 * * ? *)").check().unwrap();
        rules(None, None, "").check().unwrap();
    }
}
