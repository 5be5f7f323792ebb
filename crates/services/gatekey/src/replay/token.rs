//! Where a replay goes on: a token is bound to what is replayed, and keeps the span of time that the first page had.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatekey_model::gatekey::{InvalidQuestionException, ReplayPolicyRequest};
use gatekey_types::Timestamp;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far back it is looked if the request does not say, in days.
const USUAL_DAYS: i32 = 90;

/// The time that a replay is of, to the second, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) span: Span,
    /// Only events that were recorded before the one of this number are left.
    pub(crate) before: Option<u64>,
}

impl Progress {
    /// Where the request begins or goes on.
    ///
    /// # Errors
    /// InvalidQuestion: times that go together in no way, or a token of another replay.
    pub(crate) fn of(input: &ReplayPolicyRequest, now: Timestamp) -> Result<Self, InvalidQuestionException> {
        let wrong = InvalidQuestionException::new;
        if let Some(token) = &input.next_token {
            let read = read(token).filter(|(mark, _)| *mark == mark_of(input));
            return read
                .map(|(_, progress)| progress)
                .ok_or_else(|| wrong("NextToken is of another replay."));
        }
        let moment = |time: gatekey_model::EpochSeconds| Timestamp::from_millis(time.millis());
        if input.days.is_some() && (input.start_time.is_some() || input.end_time.is_some()) {
            return Err(wrong("Days goes with neither StartTime nor EndTime."));
        }
        let until = input.end_time.map_or(now, moment);
        let days = i64::from(input.days.unwrap_or(USUAL_DAYS));
        let from = input.start_time.map_or(until.plus_days(-days), moment);
        if until < from {
            return Err(wrong("EndTime is before StartTime."));
        }
        Ok(Self { span: Span { from, until }, before: None })
    }

    /// The token of what is left before the event of this number.
    pub(crate) fn token(&self, input: &ReplayPolicyRequest, before: u64) -> String {
        let Span { from, until } = self.span;
        let text = serde_json::to_vec(&(mark_of(input), from.millis(), until.millis(), before));
        URL_SAFE_NO_PAD.encode(text.unwrap_or_default())
    }
}

fn read(token: &str) -> Option<(u64, Progress)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (mark, from, until, before) = serde_json::from_slice::<(u64, i64, i64, u64)>(&bytes).ok()?;
    let span = Span { from: Timestamp::from_millis(from), until: Timestamp::from_millis(until) };
    Some((mark, Progress { span, before: Some(before) }))
}

/// What a replay is known by. Only equality matters: a token proves nothing, and each page is allowed anew.
fn mark_of(input: &ReplayPolicyRequest) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&input.key_id, &input.policy, input.days).hash(&mut hasher);
    [input.start_time, input.end_time].map(|time| time.map(|time| time.millis())).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::EpochSeconds;

    fn question() -> ReplayPolicyRequest {
        ReplayPolicyRequest { key_id: "k".into(), policy: "{}".into(), ..Default::default() }
    }

    fn seconds(seconds: i64) -> EpochSeconds {
        EpochSeconds::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_replay_goes_on_with_the_time_that_it_began_with() {
        let (now, later) = (Timestamp::from_seconds(1_800_000_000), Timestamp::from_seconds(1_800_009_999));
        let first = Progress::of(&question(), now).unwrap();
        assert_eq!(first.span, Span { from: now.plus_days(-90), until: now });
        let token = first.token(&question(), 7);
        let next = ReplayPolicyRequest { next_token: Some(token.clone()), ..question() };
        let next = Progress::of(&next, later).unwrap();
        assert_eq!((next.span, next.before), (first.span, Some(7)));
        for other in [
            ReplayPolicyRequest { policy: "{ }".into(), next_token: Some(token.clone()), ..question() },
            ReplayPolicyRequest { days: Some(2), next_token: Some(token), ..question() },
            ReplayPolicyRequest { next_token: Some("x".into()), ..question() },
        ] {
            assert!(Progress::of(&other, later).unwrap_err().to_string().contains("NextToken"));
        }
    }

    #[test]
    fn times_that_do_not_go_together_are_refused() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let days = ReplayPolicyRequest { days: Some(1), start_time: Some(seconds(1)), ..question() };
        assert!(Progress::of(&days, now).is_err());
        let (start, end) = (Some(seconds(2)), Some(seconds(1)));
        let turned = ReplayPolicyRequest { start_time: start, end_time: end, ..question() };
        assert!(Progress::of(&turned, now).unwrap_err().to_string().contains("EndTime"));
        let early = ReplayPolicyRequest { days: Some(2), ..question() };
        assert_eq!(Progress::of(&early, now).unwrap().span.from, now.plus_days(-2));
    }
}
