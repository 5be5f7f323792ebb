//! LookupEvents: what happened in the caller's account and Region within the last 90 days, the newest first.
//!
//! AWS: at most one attribute, 50 events a page; times count to the second, both ends included; a token goes with the
//! parameters that it was returned for. Insights events are asked for by their category, and there are none.

use crate::{
    attribute, page, shown,
    words::{Wrong, inferred_words},
};
use gatekey_audit::{Field, Page, Query};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError, EpochSeconds,
    cloudtrail::{
        InvalidTimeRangeException, LookupEventsError, LookupEventsRequest, LookupEventsResponse, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::Timestamp;
use serde::Serialize;

/// How far back lookups reach, in days.
const DAYS: i64 = 90;
/// Events of a page, if the request does not say.
const USUAL: usize = 50;

/// The handler.
pub(crate) struct LookupEvents;

/// The parameters of its event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    lookup_attributes: Option<Vec<Attribute<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'a> {
    attribute_key: &'a str,
    attribute_value: &'a str,
}

impl Operation for LookupEvents {
    type Call = calls::LookupEvents;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &LookupEventsRequest,
    ) -> Result<Answered<LookupEventsResponse>, LookupEventsError> {
        passage.draft().set_parameters(&parameters(input));
        let allowed = passage
            .authorize_other("cloudtrail:LookupEvents", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let query = query(passage, input)?;
        let found = match input.event_category {
            Some(_) => Page::default(),
            None => passage.search_history(&allowed, within_days(passage, input, &query)?).await?,
        };
        let next = found.next.map(|before| page::token(&query, before));
        let events = found.events.into_iter().filter_map(shown::of).collect();
        Ok(passage.answer(&allowed, LookupEventsResponse { events: Some(events), next_token: next }))
    }
}

/// What the request asks for, in the caller's own account and Region, whatever it says.
fn query(passage: &Passage<'_>, input: &LookupEventsRequest) -> Result<Query, LookupEventsError> {
    let (start, end) = (input.start_time.map(moment), input.end_time.map(moment));
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(InvalidTimeRangeException::new(inferred_words(Wrong::Times)).into());
    }
    let place = format!("{}/{}", passage.account(), passage.region());
    let mut all = vec![(Field::Place, place)];
    all.extend(attribute::of::<LookupEventsError>(input.lookup_attributes.as_ref())?);
    Ok(Query { all, from: start, until: end, ..Query::default() })
}

/// The page of it that the request asks for, no older than lookups reach. The oldest day moves on while pages are asked for,
/// so that tokens are not bound to it.
fn within_days(
    passage: &Passage<'_>,
    input: &LookupEventsRequest,
    query: &Query,
) -> Result<Query, LookupEventsError> {
    let before = page::read::<LookupEventsError>(query, input.next_token.as_ref())?;
    let most = input.max_results.and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL);
    let oldest = passage.now().plus_days(-DAYS);
    let from = Some(query.from.map_or(oldest, |start| start.max(oldest)));
    Ok(Query { before, most, from, ..query.clone() })
}

fn moment(time: EpochSeconds) -> Timestamp {
    Timestamp::from_millis(time.millis())
}

fn parameters(input: &LookupEventsRequest) -> Parameters<'_> {
    let attributes = input.lookup_attributes.as_ref().map(|all| {
        all.iter()
            .map(|one| Attribute {
                attribute_key: one.attribute_key.as_str(),
                attribute_value: &one.attribute_value,
            })
            .collect()
    });
    Parameters {
        lookup_attributes: attributes,
        start_time: input.start_time.map(|time| moment(time).to_string()),
        end_time: input.end_time.map(|time| moment(time).to_string()),
        max_results: input.max_results,
        next_token: input.next_token.as_deref(),
    }
}
