//! A recorded event as LookupEvents shows it.

use gatekey_audit::{Facts, Found};
use gatekey_model::{
    EpochSeconds,
    cloudtrail::{Event, Resource},
};

/// The event; `None` for what is none.
pub(crate) fn of(found: Found) -> Option<Event> {
    let event = described(&Facts::read(&found.event)?);
    Some(Event { cloud_trail_event: Some(String::from_utf8(found.event).ok()?), ..event })
}

/// The event, without its whole text.
fn described(facts: &Facts<'_>) -> Event {
    let resources = facts.resources.iter().map(|resource| Resource {
        resource_type: Some(resource.kind.to_string()),
        resource_name: Some(resource.arn.to_string()),
    });
    Event {
        event_id: Some(facts.event_id.to_string()),
        event_name: Some(facts.event_name.to_string()),
        read_only: Some(facts.read_only.to_string()),
        access_key_id: facts.access_key().map(str::to_owned),
        event_time: Some(EpochSeconds::from_millis(facts.time().millis())),
        event_source: Some(facts.event_source.to_string()),
        username: facts.user().map(str::to_owned),
        resources: Some(resources.collect()),
        cloud_trail_event: None,
    }
}
