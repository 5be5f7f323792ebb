//! Events as people read them.

use comfy_table::{Table, presets};
use gatekey_audit::Facts;

/// What a person wants to know of an event at a glance.
fn cells(number: u64, facts: &Facts) -> [String; 6] {
    let service = facts.event_source.strip_suffix(".amazonaws.com").unwrap_or(&facts.event_source);
    let resource = facts.resources.first().map_or("-", |resource| &*resource.arn);
    let account = format!("{} {}", facts.recipient_account_id, facts.aws_region);
    [
        format!("{number}  {}", facts.event_time),
        format!("{service}:{}", facts.event_name),
        facts.outcome().to_owned(),
        plain(facts.principal()),
        plain(resource),
        account,
    ]
}

/// Names come from callers: nothing in them may move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Events in a table.
pub(crate) fn table(events: &[(u64, Facts)]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["EVENT", "OPERATION", "OUTCOME", "PRINCIPAL", "RESOURCE", "ACCOUNT"]);
    for (number, facts) in events {
        table.add_row(cells(*number, facts));
    }
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// One event on a line.
pub(crate) fn line(number: u64, facts: &Facts) -> String {
    cells(number, facts).join("  ") + "\n"
}
