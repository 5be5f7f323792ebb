//! Events as people read them.

use crate::{output, policy::style::harmless};
use gatekey_audit::Facts;

/// What a person wants to know of an event at a glance.
fn cells(number: u64, facts: &Facts<'_>) -> [String; 6] {
    let service = facts.event_source.strip_suffix(".amazonaws.com").unwrap_or(&facts.event_source);
    let resource = facts.resources.first().map_or("-", |resource| &*resource.arn);
    let account = format!("{} {}", facts.recipient_account_id, facts.aws_region);
    [
        format!("{number}  {}", facts.event_time),
        format!("{service}:{}", facts.event_name),
        facts.outcome().to_owned(),
        harmless(facts.principal()),
        harmless(resource),
        account,
    ]
}

/// Events in a table.
pub(crate) fn table(events: &[(u64, Facts<'_>)]) -> String {
    let header = ["EVENT", "OPERATION", "OUTCOME", "PRINCIPAL", "RESOURCE", "ACCOUNT"];
    output::table(header, events.iter().map(|(number, facts)| cells(*number, facts)))
}

/// One event on a line.
pub(crate) fn line(number: u64, facts: &Facts<'_>) -> String {
    cells(number, facts).join("  ") + "\n"
}
