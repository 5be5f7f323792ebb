//! `gatekey policy history`, `show` and `rollback`.

use crate::{
    client::Connection,
    failure::Failure,
    output,
    policy::style::{Style, Tone, harmless},
};
use comfy_table::{Table, presets};
use gatekey_model::gatekey::{
    GetKeyPolicyVersionRequest, KeyPolicyVersion, ListKeyPolicyVersionsRequest, RollbackKeyPolicyRequest,
    calls,
};
use gatekey_types::Timestamp;

/// Show every version of a key's policy: who put it, when, by what, and who controlled the key under it
///
/// The newest 32 are kept, and come first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey policy history alias/payments")]
pub(crate) struct History {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Print one version of a key's policy
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey policy show alias/payments 3 > before.json")]
pub(crate) struct Show {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// The number of the version
    #[arg(value_name = "VERSION")]
    number: i32,
    /// Print JSON: the version with all that is told of it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Put an earlier version of a key's policy on the key again, as a new version
///
/// You need kms:PutKeyPolicy under the present policy, and must keep it under the one that comes back. A version that names somebody who
/// is gone is refused, and the nearest that could come back is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey policy rollback alias/payments 3 --reason 'the deployment lost its right'"
)]
pub(crate) struct Rollback {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// The number of the version
    #[arg(value_name = "VERSION")]
    number: i32,
    /// Why, for the history and the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Shows the versions.
pub(crate) fn history(args: &History) -> Result<(), Failure> {
    let question = ListKeyPolicyVersionsRequest { key_id: args.key.clone() };
    let answer = args.connection.client()?.call::<calls::ListKeyPolicyVersions>(&question)?;
    let versions = answer.versions.unwrap_or_default();
    if args.json {
        let value = serde_json::to_value(&versions).unwrap_or_default();
        return output::result(&format!("{value:#}\n"));
    }
    output::result(&table(&versions, Style::of_standard_output()))
}

fn table(versions: &[KeyPolicyVersion], style: Style) -> String {
    if versions.is_empty() {
        return "The history of this key's policy begins when its policy is put the next time.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["VERSION", "PUT", "BY", "HOW AND WHY", "WHO CONTROLS THE KEY"]);
    for version in versions {
        let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
        let present = if version.present { " now" } else { "" };
        let put = version.put_date.map(|date| Timestamp::from_millis(date.millis()).to_string());
        let keeper = match &version.keeper {
            Some(keeper) => harmless(keeper),
            None if version.author.is_none() => String::new(),
            None => style.paint(Tone::Bad, "nobody"),
        };
        table.add_row([
            format!("{}{present}", version.number),
            put.unwrap_or_default(),
            text(&version.author),
            text(&version.why),
            keeper,
        ]);
    }
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Prints a version.
pub(crate) fn show(args: &Show) -> Result<(), Failure> {
    let question = GetKeyPolicyVersionRequest { key_id: args.key.clone(), number: args.number };
    let answer = args.connection.client()?.call::<calls::GetKeyPolicyVersion>(&question)?;
    if args.json {
        let value = serde_json::to_value(&answer).unwrap_or_default();
        return output::result(&format!("{value:#}\n"));
    }
    let policy = answer.policy.unwrap_or_default();
    // A policy is JSON, whose strings have no characters that move a terminal's cursor but escaped.
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(&policy);
    output::result(&parsed.map_or_else(|_| harmless(&policy) + "\n", |value| format!("{value:#}\n")))
}

/// Rolls back.
pub(crate) fn rollback(args: &Rollback) -> Result<(), Failure> {
    let question = RollbackKeyPolicyRequest {
        key_id: args.key.clone(),
        number: args.number,
        reason: args.reason.clone(),
    };
    let answer = args.connection.client()?.call::<calls::RollbackKeyPolicy>(&question)?;
    let number = answer.number.unwrap_or_default();
    let key = harmless(answer.key_arn.as_deref().unwrap_or_default());
    output::result(&format!("version {} of {key} is on it again, as version {number}\n", args.number))
}
