//! The operations, and the way from an operation's name to its handler.

mod describe_trails;
mod get_trail;
mod get_trail_status;
mod list_public_keys;
mod list_trails;
mod lookup_events;

gatekey_gate::serve! {
    gatekey_model::cloudtrail::Operation;
    describe_trails::DescribeTrails,
    get_trail::GetTrail,
    get_trail_status::GetTrailStatus,
    list_public_keys::ListPublicKeys,
    list_trails::ListTrails,
    lookup_events::LookupEvents,
}
