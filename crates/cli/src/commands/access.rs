//! `gatekey who-can`, `gatekey what-can` and `gatekey access-matrix`.

use super::shown::{PAGE, Shown, every};
use crate::{
    failure::Failure,
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{
    Access, AccessMatrixRequest, Escalation, EscalationsRequest, Holder, KeyAccess, WhatCanRequest,
    WhoCanRequest, calls,
};

/// Show everyone who can do something with a key, and on what conditions
///
/// Through the key policy, what that leaves to identity policies, and grants; of every principal of your account, of your whole
/// organization if your account manages it, and of whoever else the key's policy or grants name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey who-can kms:Decrypt alias/payments")]
pub(super) struct WhoCan {
    /// To do what, for instance kms:Decrypt
    #[arg(value_name = "ACTION")]
    action: String,
    /// With which key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// Instead, show those who cannot but could give themselves the right, and by which steps
    #[arg(long)]
    escalations: bool,
    #[command(flatten)]
    shown: Shown,
}

/// Show everything that somebody can do with the account's keys, and on what conditions
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey what-can arn:aws:iam::111122223333:role/app")]
pub(super) struct WhatCan {
    /// The ARN of a user, a role, a session or a root user
    #[arg(value_name = "ARN")]
    principal: String,
    #[command(flatten)]
    shown: Shown,
}

/// Show everyone who can do anything with a key, and what
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey access-matrix alias/payments")]
pub(super) struct Matrix {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    shown: Shown,
}

/// Shows who can.
pub(super) fn who_can(args: &WhoCan) -> Result<(), Failure> {
    if args.escalations {
        return escalations(args);
    }
    let client = args.shown.client()?;
    let holders = every(|marker| {
        let (action, key_id) = (args.action.clone(), args.key.clone());
        let question = WhoCanRequest { action, key_id, limit: Some(PAGE), marker };
        let answer = client.call::<calls::WhoCan>(&question)?;
        Ok((answer.holders, answer.next_marker))
    })?;
    args.shown.show(&*holders, of_holders)
}

/// Shows who could come to it.
fn escalations(args: &WhoCan) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let found = every(|marker| {
        let (action, key_id) = (args.action.clone(), args.key.clone());
        let question = EscalationsRequest { action, key_id, limit: Some(PAGE), marker };
        let answer = client.call::<calls::Escalations>(&question)?;
        Ok((answer.escalations, answer.next_marker))
    })?;
    args.shown.show(&*found, of_escalations)
}

/// A principal a paragraph, with a line for each step.
fn of_escalations(all: &[Escalation], style: Style) -> String {
    if all.is_empty() {
        return "nobody\n".to_owned();
    }
    let step = |step: &gatekey_model::gatekey::Step| {
        let condition = step.condition.as_ref().map(|text| format!(", {text}")).unwrap_or_default();
        format!("  {}\n", harmless(&format!("{} on {}, to {}{condition}", step.action, step.on, step.to)))
    };
    let paragraph = |one: &Escalation| {
        format!("{}\n{}", name(&one.principal, style), one.path.iter().map(step).collect::<String>())
    };
    all.iter().map(paragraph).collect()
}

/// Shows what somebody can.
pub(super) fn what_can(args: &WhatCan) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let keys = every(|marker| {
        let question = WhatCanRequest { principal: args.principal.clone(), limit: Some(PAGE), marker };
        let answer = client.call::<calls::WhatCan>(&question)?;
        Ok((answer.keys, answer.next_marker))
    })?;
    args.shown.show(&*keys, of_keys)
}

/// Shows who can do what.
pub(super) fn matrix(args: &Matrix) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let holders = every(|marker| {
        let question = AccessMatrixRequest { key_id: args.key.clone(), limit: Some(PAGE), marker };
        let answer = client.call::<calls::AccessMatrix>(&question)?;
        Ok((answer.holders, answer.next_marker))
    })?;
    args.shown.show(&*holders, of_holders)
}

/// A principal a paragraph: in one line, where it can do one thing.
pub(super) fn of_holders(holders: &[Holder], style: Style) -> String {
    if holders.is_empty() {
        return "nobody\n".to_owned();
    }
    let paragraph = |holder: &Holder| match holder.access.as_slice() {
        [only] => format!("{}  {}\n", name(&holder.principal, style), on_what(only, style)),
        all => format!("{}\n{}", name(&holder.principal, style), listed(all, style)),
    };
    holders.iter().map(paragraph).collect()
}

fn of_keys(keys: &[KeyAccess], style: Style) -> String {
    if keys.is_empty() {
        return "nothing\n".to_owned();
    }
    keys.iter().map(|key| format!("{}\n{}", name(&key.key_arn, style), listed(&key.access, style))).collect()
}

fn name(text: &str, style: Style) -> String {
    style.paint(Tone::Strong, &harmless(text))
}

fn listed(all: &[Access], style: Style) -> String {
    let line = |access: &Access| format!("  {:<34} {}\n", harmless(&access.action), on_what(access, style));
    all.iter().map(line).collect()
}

/// Whether always or on what conditions, and by what.
fn on_what(access: &Access, style: Style) -> String {
    let conditions = access.conditions.as_deref().unwrap_or_default();
    let when = match (access.always, conditions) {
        (true, _) => style.paint(Tone::Good, "always"),
        (false, []) => style.paint(Tone::Careful, "on conditions"),
        (false, conditions) => style.paint(Tone::Careful, &harmless(&conditions.join(" and "))),
    };
    let by = access.matched_by.as_ref().map(|by| format!(", {}", harmless(by))).unwrap_or_default();
    let by = style.paint(Tone::Faint, &format!("({}{by})", harmless(&access.decided_by)));
    format!("{when}  {by}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_said_and_control_characters_are_not_obeyed() {
        let access = Access {
            action: "kms:Decrypt".into(),
            always: false,
            conditions: Some(vec!["only with MFA".into(), "only through ssm\u{1b}".into()]),
            decided_by: "resource-based".into(),
            matched_by: None,
        };
        let holder = Holder {
            principal: "arn:aws:iam::111122223333:user/a".into(),
            kind: "User".into(),
            account: None,
            unique_id: None,
            access: vec![access],
        };
        let style = Style::of_standard_output();
        let text = of_holders(&[holder], style);
        assert!(text.contains("only with MFA and only through ssm\u{fffd}  (resource-based)"), "{text}");
        assert_eq!(of_holders(&[], style), "nobody\n");
    }
}
