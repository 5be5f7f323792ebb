//! `gatekey policy history`, `show` and `rollback`.

use super::shown::Shown;
use crate::{
    client::Connection,
    failure::Failure,
    output,
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{
    GetKeyPolicyVersionRequest, GetKeyPolicyVersionResponse, KeyPolicyVersion, ListKeyPolicyVersionsRequest,
    RollbackKeyPolicyRequest, calls,
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
    #[command(flatten)]
    shown: Shown,
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
    #[command(flatten)]
    shown: Shown,
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
    let answer = args.shown.client()?.call::<calls::ListKeyPolicyVersions>(&question)?;
    args.shown.show(&*answer.versions.unwrap_or_default(), in_a_table)
}

fn in_a_table(versions: &[KeyPolicyVersion], style: Style) -> String {
    if versions.is_empty() {
        return "The history of this key's policy begins when its policy is put the next time.\n".to_owned();
    }
    let row = |version: &KeyPolicyVersion| {
        let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
        let present = if version.present { " now" } else { "" };
        let put = version.put_date.map(|date| Timestamp::from_millis(date.millis()).to_string());
        let keeper = match &version.keeper {
            Some(keeper) => harmless(keeper),
            None if version.author.is_none() => String::new(),
            None => style.paint(Tone::Bad, "nobody"),
        };
        [
            format!("{}{present}", version.number),
            put.unwrap_or_default(),
            text(&version.author),
            text(&version.why),
            keeper,
        ]
    };
    let header = ["VERSION", "PUT", "BY", "HOW AND WHY", "WHO CONTROLS THE KEY"];
    output::table(header, versions.iter().map(row))
}

/// Prints a version.
pub(crate) fn show(args: &Show) -> Result<(), Failure> {
    let question = GetKeyPolicyVersionRequest { key_id: args.key.clone(), number: args.number };
    let answer = args.shown.client()?.call::<calls::GetKeyPolicyVersion>(&question)?;
    args.shown.show(&answer, |answer, _| policy_of(answer))
}

/// The policy, indented. It is JSON, whose strings have no characters that move a terminal's cursor but escaped.
fn policy_of(version: &GetKeyPolicyVersionResponse) -> String {
    let policy = version.policy.as_deref().unwrap_or_default();
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(policy);
    parsed.map_or_else(|_| harmless(policy) + "\n", |value| format!("{value:#}\n"))
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
