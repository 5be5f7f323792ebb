//! `cron()` expressions as Secrets Manager takes them: on the hour, at most every four hours, within a year.

use crate::schedule::{DAY, HOUR, ScheduleFault};
use gatekey_types::Timestamp;
use std::collections::BTreeSet;

/// Names of months, January first.
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// Names of days, Sunday first.
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Hours between two rotations, at least.
const CLOSEST: u32 = 4;
/// Days that are looked at for the next moment: more than from one 29th of February to the next, even around 2100.
const FARTHEST: i64 = 366 * 9;

/// A moment that comes again: every field says which of its values it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    hours: BTreeSet<u32>,
    months: BTreeSet<u32>,
    day: DayRule,
}

/// Which days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DayRule {
    Of {
        month: BTreeSet<u32>,
        last: bool,
    },
    Weekdays(BTreeSet<u32>),
    /// The nth of its name in the month.
    Nth(u32, u32),
    /// The last of its name in the month.
    Last(u32),
}

/// A field's bounds and names.
struct Field {
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTH_DAY: Field = Field { least: 1, most: 31, names: &[] };
const MONTH: Field = Field { least: 1, most: 12, names: &MONTHS };
const WEEKDAY: Field = Field { least: 1, most: 7, names: &DAYS };

impl Cron {
    /// Reads the six fields: minutes, hours, day of month, month, day of week, year.
    pub(crate) fn read(text: &str) -> Result<Self, ScheduleFault> {
        let fields: Vec<&str> = text.split(' ').filter(|field| !field.is_empty()).collect();
        let [minutes, hours, of_month, months, of_week, year] = fields.as_slice() else {
            return Err(ScheduleFault);
        };
        if *minutes != "0" || *year != "*" {
            return Err(ScheduleFault);
        }
        let cron = Self {
            hours: read_hours(hours).ok_or(ScheduleFault)?,
            months: MONTH.read(months).ok_or(ScheduleFault)?,
            day: DayRule::read(of_month, of_week).ok_or(ScheduleFault)?,
        };
        // The 30th of February never comes.
        cron.next(Timestamp::from_seconds(0)).map(|_| cron).ok_or(ScheduleFault)
    }

    /// The first such moment after this one.
    pub(crate) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let today = after.millis().div_euclid(DAY);
        let days = today..today.saturating_add(FARTHEST);
        let moments = days.filter(|day| self.takes(*day)).flat_map(|day| {
            let hours = self.hours.iter();
            hours.map(move |hour| Timestamp::from_millis(day * DAY + i64::from(*hour) * HOUR))
        });
        let mut later = moments.filter(|moment| *moment > after);
        later.next()
    }

    /// Whether it comes more than once a day.
    pub(crate) fn is_hourly(&self) -> bool {
        self.hours.len() > 1
    }

    /// The last hour of a day at which it comes.
    pub(crate) fn last_hour(&self) -> u32 {
        self.hours.last().copied().unwrap_or_default()
    }

    /// Hours from one to the next on a day, where there is more than one.
    pub(crate) fn step(&self) -> Option<u32> {
        let mut hours = self.hours.iter();
        Some(hours.next()?.abs_diff(*hours.next()?))
    }

    /// `day` counts from 1970.
    fn takes(&self, day: i64) -> bool {
        let (month, of_month) = civil(day);
        self.months.contains(&month) && self.day.takes(day, of_month)
    }
}

impl DayRule {
    /// AWS: a day of the month or of the week, and `?` in the other; `*` leaves it to the other as well.
    fn read(of_month: &str, of_week: &str) -> Option<Self> {
        match (of_month, of_week) {
            ("?", "?") => None,
            (_, "?" | "*") => Self::of_month(of_month),
            ("?" | "*", _) => Self::of_week(of_week),
            _ => None,
        }
    }

    fn of_month(text: &str) -> Option<Self> {
        let mut month = BTreeSet::new();
        let mut last = false;
        for part in text.replace('?', "*").split(',') {
            match part {
                "L" => last = true,
                _ => month.extend(MONTH_DAY.read(part)?),
            }
        }
        Some(Self::Of { month, last })
    }

    fn of_week(text: &str) -> Option<Self> {
        if let Some((name, nth)) = text.split_once('#') {
            let nth: u32 = nth.parse().ok()?;
            return (1..=5).contains(&nth).then_some(Self::Nth(WEEKDAY.value(name)?, nth));
        }
        match text.strip_suffix('L') {
            Some("") => Some(Self::Weekdays(BTreeSet::from([7]))),
            Some(name) => Some(Self::Last(WEEKDAY.value(name)?)),
            None => WEEKDAY.read(text).map(Self::Weekdays),
        }
    }

    fn takes(&self, day: i64, of_month: u32) -> bool {
        let of_week = u32::try_from((day + 4).rem_euclid(7)).unwrap_or_default() + 1;
        let ends_within = |days: i64| civil(day + days).0 != civil(day).0;
        match self {
            Self::Of { month, last } => month.contains(&of_month) || *last && ends_within(1),
            Self::Weekdays(days) => days.contains(&of_week),
            Self::Nth(name, nth) => of_week == *name && (of_month - 1) / 7 + 1 == *nth,
            Self::Last(name) => of_week == *name && ends_within(7),
        }
    }
}

impl Field {
    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(place) => u32::try_from(place).ok()? + 1,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.least..=self.most).contains(&value).then_some(value)
    }

    fn read(&self, text: &str) -> Option<BTreeSet<u32>> {
        let parts = text.split(',').map(|part| self.part(part));
        Some(parts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// `*`, a value, a range, or one of these with a step.
    fn part(&self, text: &str) -> Option<Vec<u32>> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|step| *step > 0)?)),
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if range == "*" => (self.least, self.most),
            None if range.is_empty() && step.is_some() => (self.least, self.most),
            None if step.is_some() => (self.value(range)?, self.most),
            None => (self.value(range)?, self.value(range)?),
        };
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        (from <= to).then(|| (from..=to).step_by(step).collect())
    }
}

/// An hour, or an hour and a step of at least four.
fn read_hours(text: &str) -> Option<BTreeSet<u32>> {
    let field = Field { least: 0, most: 23, names: &[] };
    match text.split_once('/') {
        Some((_, step)) if step.parse().is_ok_and(|step: u32| step >= CLOSEST) => field.read(text),
        Some(_) => None,
        None => Some(BTreeSet::from([field.value(text)?])),
    }
}

/// The month and the day in it.
fn civil(day: i64) -> (u32, u32) {
    let (_, month, of_month, ..) = Timestamp::from_millis(day * DAY).civil();
    (month.into(), of_month.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-15T08:00:00Z, a Friday.
    const FROM: i64 = 1_800_000_000;

    fn next(text: &str, count: usize) -> Vec<String> {
        let cron = Cron::read(text).unwrap_or_else(|_| panic!("{text}"));
        let mut at = Timestamp::from_seconds(FROM);
        let step = |_| {
            at = cron.next(at).unwrap();
            at.to_string().strip_suffix(":00:00Z").unwrap().to_owned()
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn each_documented_expression_comes_when_it_says() {
        let cases = [
            ("0 10 * * ? *", ["2027-01-15T10", "2027-01-16T10"]),
            ("0 8 * * ? *", ["2027-01-16T08", "2027-01-17T08"]),
            ("0 18 ? * SAT *", ["2027-01-16T18", "2027-01-23T18"]),
            ("0 8 1 * ? *", ["2027-02-01T08", "2027-03-01T08"]),
            ("0 1 * 1/3 SUN *", ["2027-01-17T01", "2027-01-24T01"]),
            ("0 17 L * ? *", ["2027-01-31T17", "2027-02-28T17"]),
            ("0 8 ? * MON-FRI *", ["2027-01-18T08", "2027-01-19T08"]),
            ("0 16 1,15 * ? *", ["2027-01-15T16", "2027-02-01T16"]),
            ("0 0 ? * SUN#1 *", ["2027-02-07T00", "2027-03-07T00"]),
            ("0 0 ? * SUNL *", ["2027-01-31T00", "2027-02-28T00"]),
            ("0 /8 * * ? *", ["2027-01-15T16", "2027-01-16T00"]),
            ("0 2/10 * * ? *", ["2027-01-15T12", "2027-01-15T22"]),
            ("0 3 29 FEB ? *", ["2028-02-29T03", "2032-02-29T03"]),
            ("0 3 1/10 JAN,JUL ? *", ["2027-01-21T03", "2027-01-31T03"]),
        ];
        for (text, expected) in cases {
            assert_eq!(next(text, 2), expected, "{text}");
        }
    }

    #[test]
    fn what_aws_does_not_take_is_refused() {
        let cases = [
            "",
            "0 10 * * ?",
            "5 10 * * ? *",
            "0 10 * * ? 2027",
            "0 24 * * ? *",
            "0 /3 * * ? *",
            "0 * * * ? *",
            "0 1 1 * 1 *",
            "0 1 ? * ? *",
            "0 1 32 * ? *",
            "0 1 ? * 8 *",
            "0 1 30 FEB ? *",
            "0 1 ? * MON#6 *",
            "0 1 5-2 * ? *",
            "0 1 */0 * ? *",
            "0 1 +1 * ? *",
            "0 1 ,1 * ? *",
        ];
        for text in cases {
            assert!(Cron::read(text).is_err(), "{text}");
        }
    }
}
