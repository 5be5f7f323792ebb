//! A recorded event as LookupEvents shows it.

use gatekey_audit::{Facts, Found};
use gatekey_model::{
    EpochSeconds,
    cloudtrail::{Event, Resource},
};

/// The event; `None` for what is none.
pub(crate) fn of(found: Found) -> Option<Event> {
    let facts = Facts::read(&found.event)?;
    let resources = facts.resources.iter().map(|resource| Resource {
        resource_type: Some(resource.kind.clone()),
        resource_name: Some(resource.arn.clone()),
    });
    Some(Event {
        event_id: Some(facts.event_id.clone()),
        event_name: Some(facts.event_name.clone()),
        read_only: Some(facts.read_only.to_string()),
        access_key_id: facts.access_key().map(str::to_owned),
        event_time: Some(EpochSeconds::from_millis(facts.time().millis())),
        event_source: Some(facts.event_source.clone()),
        username: facts.user().map(str::to_owned),
        resources: Some(resources.collect()),
        cloud_trail_event: Some(String::from_utf8(found.event).ok()?),
    })
}
