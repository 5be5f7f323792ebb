//! Which events an operator wants to see.

use crate::failure::{Failure, Kind};
use gatekey_audit::{Facts, Field, Query, moment};
use gatekey_types::Timestamp;

/// Which events are meant. What is not given does not matter.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which events")]
pub(crate) struct Filter {
    /// Of this key or other resource: its id, its name or its ARN
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// By this caller: a name, a unique id or an ARN; a role's means its sessions
    #[arg(long, value_name = "WHO")]
    principal: Option<String>,
    /// Of this operation, such as PutKeyPolicy or kms:PutKeyPolicy
    #[arg(long, value_name = "OPERATION")]
    action: Option<String>,
    /// With this outcome: success, denied, or an error's code
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
    /// In this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Not before: a time such as 2026-11-22T05:54:58Z, or how long ago, such as 30m, 12h or 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Not after; as --since
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Filter {
    /// As a question to the index.
    pub(crate) fn query(&self, now: Timestamp, most: usize) -> Result<Query, Failure> {
        let mut all = Vec::new();
        let mut wanted =
            |field, value: Option<&str>| all.extend(value.map(|value| (field, value.to_owned())));
        wanted(Field::Resource, self.key.as_deref());
        wanted(Field::Principal, self.principal.as_deref());
        wanted(Field::Account, self.account.as_deref());
        wanted(Field::Outcome, self.outcome.as_deref().map(outcome));
        if let Some(action) = &self.action {
            let (service, name) = match action.split_once(':') {
                Some((service, name)) => (Some(format!("{service}.amazonaws.com")), name),
                None => (None, &**action),
            };
            wanted(Field::Name, Some(name));
            wanted(Field::Source, service.as_deref());
        }
        let time =
            |name: &str, text: &Option<String>| text.as_deref().map(|text| time(name, text, now)).transpose();
        let (from, until) = (time("--since", &self.since)?, time("--until", &self.until)?);
        Ok(Query { all, from, until, before: None, most })
    }
}

/// Whether an event is as a query says.
pub(crate) fn is_meant(query: &Query, facts: &Facts) -> bool {
    let second = facts.time().seconds();
    query.all.iter().all(|(field, value)| facts.has(*field, value))
        && query.from.is_none_or(|from| from.seconds() <= second)
        && query.until.is_none_or(|until| second <= until.seconds())
}

fn outcome(word: &str) -> &str {
    match word {
        "success" => "Success",
        "denied" => "AccessDenied",
        code => code,
    }
}

fn time(name: &str, text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    moment(text).or_else(|| ago(text, now)).ok_or_else(|| {
        let message = format!("{name} {text}: is no time");
        Failure::new(Kind::Input, message)
            .hint("write it as 2026-11-22T05:54:58Z, or as how long ago: 30m, 12h, 7d")
    })
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(now.plus_millis(-i64::from(number).checked_mul(seconds)?.checked_mul(1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_how_long_ago() {
        let now = Timestamp::from_seconds(1_000_000);
        let read = |text| time("--since", text, now).ok().map(|time| time.seconds());
        assert_eq!(read("90s"), Some(999_910));
        assert_eq!(read("2h"), Some(992_800));
        assert_eq!(read("1d"), Some(913_600));
        assert_eq!(read("2001-09-09T01:46:40Z"), Some(1_000_000_000));
        assert_eq!(read("2001-09-09T03:46:40+02:00"), Some(1_000_000_000));
        for bad in ["", "h", "-1h", "1w", "yesterday", "1é", "2001-09-09"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn words_become_what_events_say() {
        let filter = Filter {
            action: Some("kms:Decrypt".into()),
            outcome: Some("denied".into()),
            ..Filter::default()
        };
        let all = filter.query(Timestamp::from_seconds(0), 1).unwrap().all;
        let expected = [
            (Field::Outcome, "AccessDenied"),
            (Field::Name, "Decrypt"),
            (Field::Source, "kms.amazonaws.com"),
        ];
        assert_eq!(all, expected.map(|(field, text)| (field, text.to_owned())));
    }
}
