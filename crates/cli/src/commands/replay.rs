//! `gatekey policy replay`.

use super::shown::Shown;
use crate::{
    failure::{Failure, Kind},
    policy::style::{Style, Tone, harmless},
    progress,
};
use gatekey_model::{
    EpochSeconds,
    gatekey::{
        ReplayEffect, ReplayEffectType, ReplayPolicyRequest, ReplayPolicyResponse, ReplayedCall, calls,
    },
};
use gatekey_types::Timestamp;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::PathBuf;

/// Calls of each kind that are shown, besides the earliest.
const FEW: usize = 20;

/// Decide the recorded calls on a key again under a new policy, and tell which would come out otherwise
///
/// Everything but the key's policy is as it is now. Ctrl-C stops it; what was found by then is shown, and the exit code is 7.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey policy replay new.json --key alias/payments --days 30")]
pub(crate) struct Replay {
    /// The file with the new policy
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    /// How many days back
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(i32).range(1..=3650))]
    days: i32,
    #[command(flatten)]
    shown: Shown,
}

/// What all pages together tell.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(flatten)]
    answer: ReplayPolicyResponse,
    /// Whether it was stopped before it had looked at everything.
    stopped: bool,
}

/// Replays.
pub(crate) fn replay(args: &Replay) -> Result<(), Failure> {
    let policy = std::fs::read_to_string(&args.new)
        .map_err(|error| Failure::new(Kind::Input, format!("cannot read {}: {error}", args.new.display())))?;
    let client = args.shown.client()?;
    let mut stop = client.interrupts()?;
    let mut bar = None;
    let summary = every_page(|token| {
        let question = ReplayPolicyRequest {
            key_id: args.key.clone(),
            policy: policy.clone(),
            days: Some(args.days),
            next_token: token,
            ..Default::default()
        };
        let page = client.call_until::<calls::ReplayPolicy>(&question, &mut stop)?;
        if let Some(page) = &page {
            advance(bar.get_or_insert_with(|| progress::time("replaying", span(page).1)), page);
        }
        Ok(page)
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    args.shown.show(&summary, in_words)?;
    match summary.stopped {
        true => Err(Failure::told(Kind::Stopped)),
        false => Ok(()),
    }
}

/// Asks for page after page, until there is none or somebody stops it; then `page` gives nothing.
fn every_page(
    mut page: impl FnMut(Option<String>) -> Result<Option<ReplayPolicyResponse>, Failure>,
) -> Result<Summary, Failure> {
    let (mut summary, mut token) = (Summary::default(), None);
    loop {
        let Some(next) = page(token)? else {
            summary.stopped = true;
            return Ok(summary);
        };
        token = next.next_token.clone();
        summary.add(next);
        if token.is_none() {
            return Ok(summary);
        }
    }
}

/// How many seconds of the time are done, and how many there are.
fn span(page: &ReplayPolicyResponse) -> (u64, u64) {
    let seconds = |time: Option<EpochSeconds>| time.map_or(0, |time| time.millis().div_euclid(1_000));
    let [start, end, reached] = [page.start_time, page.end_time, page.reached_time].map(seconds);
    let length = |from: i64| u64::try_from(end.saturating_sub(from)).unwrap_or_default();
    (length(reached), length(start))
}

fn advance(bar: &ProgressBar, page: &ReplayPolicyResponse) {
    bar.set_position(span(page).0);
}

impl Summary {
    /// Adds a page, which is of older calls than all before.
    fn add(&mut self, page: ReplayPolicyResponse) {
        let ReplayPolicyResponse { key_arn, start_time, end_time, reached_time, calls, effects, .. } = page;
        let answer = &mut self.answer;
        (answer.key_arn, answer.start_time) = (key_arn, start_time);
        (answer.end_time, answer.reached_time) = (end_time, reached_time);
        answer.calls = Some(answer.calls.unwrap_or_default().saturating_add(calls.unwrap_or_default()));
        let all = answer.effects.get_or_insert_default();
        for effect in effects.unwrap_or_default() {
            match all.iter_mut().find(|known| known.effect == effect.effect) {
                Some(known) => add(known, effect),
                None => all.push(effect),
            }
        }
    }

    fn of(&self, effect: ReplayEffectType) -> Option<&ReplayEffect> {
        self.answer.effects.iter().flatten().find(|one| one.effect == effect)
    }
}

fn add(known: &mut ReplayEffect, older: ReplayEffect) {
    known.count = known.count.saturating_add(older.count);
    known.earliest = older.earliest.or(known.earliest.take());
    if let Some(calls) = older.newest {
        let newest = known.newest.get_or_insert_default();
        let room = FEW.saturating_sub(newest.len());
        newest.extend(calls.into_iter().take(room));
    }
}

fn in_words(summary: &Summary, style: Style) -> String {
    let calls = summary.answer.calls.unwrap_or_default();
    let mut text = String::new();
    if summary.stopped {
        let reached =
            summary.answer.reached_time.map(|time| format!(": only calls since {} were looked at", at(time)));
        text += &style.paint(Tone::Careful, &format!("stopped{}", reached.unwrap_or_default()));
        text.push('\n');
    }
    let of = |effect| summary.of(effect).filter(|one| one.count > 0);
    if of(ReplayEffectType::WouldDeny).is_none() {
        text += &format!("would have denied none of {} calls\n", grouped(calls));
    }
    for (effect, tone, words) in [
        (ReplayEffectType::WouldDeny, Tone::Bad, "would have denied"),
        (ReplayEffectType::WouldAllow, Tone::Careful, "would have allowed what was denied:"),
        (ReplayEffectType::DeniedToday, Tone::Strong, "denied today already for another reason:"),
        (ReplayEffectType::AllowedToday, Tone::Strong, "allowed today already for another reason:"),
        (ReplayEffectType::Untold, Tone::Careful, "cannot be told:"),
        (
            ReplayEffectType::PrincipalGone,
            Tone::Careful,
            "cannot be told, since who called no longer exists:",
        ),
    ] {
        if let Some(found) = of(effect) {
            text += &of_kind(found, calls, &style.paint(tone, words));
        }
    }
    let same = of(ReplayEffectType::Unchanged).map_or(0, |one| one.count);
    text + &format!("unchanged: {}\n", grouped(same))
}

/// `would have denied 1,204 of 98,112 calls, the first at ...`, and the newest.
fn of_kind(found: &ReplayEffect, calls: i32, words: &str) -> String {
    let first = found.earliest.as_ref().map(|call| format!(", the first {}", of_call(call)));
    let head = format!(
        "{words} {} of {} calls{}\n",
        grouped(found.count),
        grouped(calls),
        first.unwrap_or_default()
    );
    let is_more_than_one = found.count > 1;
    let newest = found.newest.iter().flatten().filter(|_| is_more_than_one);
    newest.fold(head, |text, call| text + &format!("  {}\n", of_call(call)))
}

fn of_call(call: &ReplayedCall) -> String {
    let what = if call.actions.is_empty() { call.event_name.clone() } else { call.actions.join(" and ") };
    let why = call.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    harmless(&format!("at {}: {what} by {}{why}", at(call.event_time), call.principal))
}

fn at(time: EpochSeconds) -> Timestamp {
    Timestamp::from_millis(time.millis())
}

/// The digits in groups of three.
fn grouped(number: i32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(second: i64) -> ReplayedCall {
        ReplayedCall {
            event_id: second.to_string(),
            event_time: EpochSeconds::from_millis(second * 1_000),
            event_name: "Decrypt".into(),
            actions: vec!["kms:Decrypt".into()],
            principal: "arn:aws:iam::111122223333:user/app".into(),
            recorded: gatekey_model::gatekey::Outcome::Allowed,
            why: None,
            missing_keys: None,
        }
    }

    /// A page of so many calls that would be denied, the last of them at this second.
    fn page(count: i32, earliest: i64, token: Option<&str>) -> ReplayPolicyResponse {
        let effect = ReplayEffect {
            effect: ReplayEffectType::WouldDeny,
            count,
            earliest: Some(call(earliest)),
            newest: Some((0..i64::from(count.min(20))).map(|back| call(earliest + back)).collect()),
        };
        ReplayPolicyResponse {
            calls: Some(count),
            effects: Some(vec![effect]),
            next_token: token.map(str::to_owned),
            end_time: Some(EpochSeconds::from_millis(2_000_000)),
            start_time: Some(EpochSeconds::from_millis(1_000_000)),
            reached_time: Some(EpochSeconds::from_millis(earliest * 1_000)),
            ..Default::default()
        }
    }

    #[test]
    fn pages_add_up_and_only_a_few_calls_of_each_kind_are_kept() {
        let mut tokens = Vec::new();
        let summary = every_page(|token| {
            tokens.push(token.clone());
            Ok(Some(match token.as_deref() {
                None => page(15, 1_800, Some("a")),
                Some("a") => page(1_200, 1_500, Some("b")),
                _ => page(7, 1_000, None),
            }))
        });
        let summary = summary.unwrap();
        assert_eq!(tokens, [None, Some("a".to_owned()), Some("b".to_owned())]);
        let denied = summary.of(ReplayEffectType::WouldDeny).unwrap();
        assert_eq!((denied.count, denied.newest.as_ref().unwrap().len()), (1_222, FEW));
        assert_eq!(denied.earliest.as_ref().unwrap().event_id, "1000");
        let text = in_words(&summary, Style::plain());
        let first =
            "would have denied 1,222 of 1,222 calls, the first at 1970-01-01T00:16:40Z: kms:Decrypt by arn";
        assert!(text.starts_with(first), "{text}");
        assert!(!summary.stopped);
    }

    #[test]
    fn one_that_is_stopped_tells_what_it_has() {
        let summary = every_page(|token| Ok(token.is_none().then(|| page(2, 1_800, Some("a"))))).unwrap();
        assert!(summary.stopped);
        let text = in_words(&summary, Style::plain());
        assert!(
            text.starts_with(
                "stopped: only calls since 1970-01-01T00:30:00Z were looked at\nwould have denied 2 of 2"
            ),
            "{text}"
        );
        assert_eq!(span(&summary.answer), (200, 1_000));
        let nothing = in_words(&every_page(|_| Ok(None)).unwrap(), Style::plain());
        assert!(nothing.starts_with("stopped\nwould have denied none of 0 calls\n"), "{nothing}");
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_204, "1,204"), (98_112, "98,112"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
