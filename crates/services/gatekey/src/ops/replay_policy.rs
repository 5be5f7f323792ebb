//! ReplayPolicy: the recorded calls on a key decided again under another key policy.
//!
//! Each call looks at a bounded number of events, the newest first, and says where the next goes on. Whoever asks needs
//! `gatekey:ReplayPolicy` on the key and `cloudtrail:LookupEvents`: the answer shows policies and events.

use crate::{
    key::Asked,
    policy,
    replay::{Progress, Replay, Span, Tally},
};
use gatekey_audit::{Field, Query};
use gatekey_gate::{Allowed, Answered, On, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError, EpochSeconds,
    gatekey::{ReplayPolicyError, ReplayPolicyRequest, ReplayPolicyResponse, calls},
};
use gatekey_policy::{Context, Policy};
use gatekey_types::Timestamp;
use serde::Serialize;
use std::sync::Arc;

type Fault = ReplayPolicyError;

/// Events that a call looks at, if the request does not say.
const USUAL: usize = 2_000;
/// Events that are in memory at a time.
const AT_ONCE: usize = 250;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

/// The handler.
pub(crate) struct ReplayPolicy;

impl Operation for ReplayPolicy {
    type Call = calls::ReplayPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ReplayPolicyRequest,
    ) -> Result<Answered<ReplayPolicyResponse>, Fault> {
        passage.draft().set_parameters(&parameters(input));
        let asked = Asked::find(passage, &input.key_id);
        passage
            .authorize_other("gatekey:ReplayPolicy", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let allowed = passage
            .authorize_other("cloudtrail:LookupEvents", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<Fault>()?;
        let progress = Progress::of(input, passage.now())?;
        let new = policy::read::<Fault>(passage, "Policy", &input.policy)?;
        let most = input.max_results.and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL);
        let page = examined(passage, &allowed, (&key, &new), progress, most).await?;
        let Span { from, until } = progress.span;
        let answer = ReplayPolicyResponse {
            key_arn: Some(key.name.to_string()),
            start_time: Some(seconds(from)),
            end_time: Some(seconds(until)),
            reached_time: Some(seconds(page.reached.unwrap_or(from))),
            calls: Some(page.tally.calls()),
            effects: Some(page.tally.into_effects()),
            next_token: page.next.map(|before| progress.token(input, before)),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// What one call looked at.
struct Examined {
    tally: Tally,
    /// Where the next goes on.
    next: Option<u64>,
    /// The time of the last event, if there are more.
    reached: Option<Timestamp>,
}

/// Looks at the next events, a few at a time.
async fn examined(
    passage: &Passage<'_>,
    allowed: &Allowed,
    (key, policy): (&Key, &Arc<Policy>),
    progress: Progress,
    most: usize,
) -> Result<Examined, CommonError> {
    let replay = Replay { passage, key, policy };
    let mut page = Examined { tally: Tally::default(), next: progress.before, reached: None };
    let mut left = most;
    loop {
        let query = Query {
            // Calls from other accounts are in their trails, and of this key nonetheless.
            all: vec![
                (Field::Resource, key.name.to_string()),
                (Field::Source, "kms.amazonaws.com".to_owned()),
            ],
            from: Some(progress.span.from),
            until: Some(progress.span.until),
            before: page.next,
            most: left.min(AT_ONCE),
        };
        let found = passage.search_history(allowed, query).await?;
        let tally = &mut page.tally;
        passage.study(|| found.events.iter().for_each(|one| replay.take(&one.event, tally))).await;
        left = left.saturating_sub(found.events.len());
        page.next = found.next;
        let last = found.events.last().and_then(|one| gatekey_audit::Facts::read(&one.event));
        page.reached = last.map(|facts| facts.time()).filter(|_| found.next.is_some());
        if found.next.is_none() || left == 0 {
            return Ok(page);
        }
    }
}

fn seconds(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}

fn parameters(input: &ReplayPolicyRequest) -> Parameters<'_> {
    let time =
        |time: Option<EpochSeconds>| time.map(|time| Timestamp::from_millis(time.millis()).to_string());
    Parameters {
        key_id: &input.key_id,
        days: input.days,
        start_time: time(input.start_time),
        end_time: time(input.end_time),
        max_results: input.max_results,
        next_token: input.next_token.as_deref(),
    }
}
