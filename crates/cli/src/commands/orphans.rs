//! `gatekey policy orphans` and `rebind`.

use super::{
    foresight::of_difference,
    shown::{PAGE, Shown, every},
};
use crate::{
    failure::{Failure, Kind},
    output,
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{
    DiffPolicyResponse, EffectType, ListOrphansRequest, Orphan, OrphanPlace, OrphanPlaceKind, OrphanedGrant,
    RebindPrincipalRequest, RebindPrincipalResponse, RebindProposal, RebindProposalKind, calls,
};
use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write as _},
};

/// List users and roles that keys' policies and grants name and that are gone, and propose whom to name instead
///
/// A user or role that is made again under the old name is another one: what named the old one does not name it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey policy orphans --key alias/payments")]
pub(crate) struct Orphans {
    /// The key: an id, an ARN, or an alias [default: every key of the account and Region]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

/// Name another user or role in a key's policy instead of one who is gone
///
/// Shows who gains and loses what, and asks. All other text of the policy stays as it is, and it becomes a new version of the history. You
/// need kms:PutKeyPolicy under the present policy, and must keep it under the new one.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey policy rebind alias/payments --from AROAEXAMPLE2EXAMPLE3 --to arn:aws:iam::111122223333:role/ops"
)]
pub(crate) struct Rebind {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// Who is gone: the unique id, or the name as the policy was put with it
    #[arg(long, value_name = "WHO")]
    from: String,
    /// The ARN of the user or role to name instead
    #[arg(long, value_name = "ARN")]
    to: String,
    /// Why, for the history and the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Also where a `NotPrincipal` names who is gone: the other one is excepted there then
    #[arg(long)]
    include_not_principal: bool,
    /// Only show what would change
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Approve without being asked
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    shown: Shown,
}

/// Lists who is gone.
pub(crate) fn orphans(args: &Orphans) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let mut complete = true;
    let all = every(|marker| {
        let question = ListOrphansRequest { key_id: args.key.clone(), limit: Some(PAGE), marker };
        let answer = client.call::<calls::ListOrphans>(&question)?;
        complete = complete && answer.complete != Some(false);
        Ok((answer.orphans, answer.next_marker))
    })?;
    if !complete {
        output::note("there are too many keys to look at all of them; name one with --key");
    }
    args.shown.show(&*all, in_words)
}

fn in_words(all: &[Orphan], style: Style) -> String {
    if all.is_empty() {
        return "nobody whom a policy or a grant names is gone\n".to_owned();
    }
    let mut told = BTreeSet::new();
    let mut text = String::new();
    for orphan in all {
        let key = style.paint(Tone::Strong, &harmless(&orphan.key_arn));
        let id = orphan.unique_id.as_ref().filter(|id| **id != orphan.written);
        let id = id.map(|id| format!(" ({})", harmless(id))).unwrap_or_default();
        text += &format!("{key}\n  {}\n", of_place(&orphan.place));
        text += &format!("  gone: {}{id}\n", harmless(&orphan.written));
        text += &format!("  {}\n", of_proposal(&orphan.proposal));
        match &orphan.place.grant_id {
            None => text += &format!("  {}\n", rebinding(orphan)),
            // A grant of which both principals are gone is told of once.
            Some(id) if told.insert(id) => text += &renewing(orphan, id),
            Some(_) => {}
        }
    }
    text
}

fn of_place(place: &OrphanPlace) -> String {
    let grant = harmless(place.grant_id.as_deref().unwrap_or_default());
    match place.kind {
        OrphanPlaceKind::Grantee => format!("the grantee of the grant {grant}"),
        OrphanPlaceKind::Retiring => format!("who may retire the grant {grant}"),
        OrphanPlaceKind::Statement => {
            let sid = place.sid.as_ref().map(|sid| format!(" \"{}\"", harmless(sid))).unwrap_or_default();
            let number = place.statement.unwrap_or_default();
            let denies = place.effect == Some(EffectType::Deny);
            let how = match (denies, place.negated == Some(true)) {
                (false, false) => "allows",
                (true, false) => "denies",
                (false, true) => "allows everybody but",
                (true, true) => "denies everybody but",
            };
            format!("statement {number}{sid}, which {how} whom it names")
        }
    }
}

fn of_proposal(proposal: &RebindProposal) -> String {
    match proposal.kind {
        RebindProposalKind::SameName => {
            let name = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
            let (arn, id) = (name(&proposal.arn), name(&proposal.unique_id));
            format!("there is another of that name now: {arn} ({id}), who is not meant until you say so")
        }
        RebindProposalKind::Nobody => "nobody has that name now".to_owned(),
        RebindProposalKind::NameUnknown => "the name is not known, only the id".to_owned(),
        RebindProposalKind::OtherAccount => {
            "it was of another account, of which it is not told who has that name now".to_owned()
        }
    }
}

/// The command that names somebody else in a policy.
fn rebinding(orphan: &Orphan) -> String {
    let from = orphan.unique_id.as_ref().unwrap_or(&orphan.written);
    let to = orphan.proposal.arn.as_deref().map_or_else(|| "ARN-TO-NAME-INSTEAD".to_owned(), quoted);
    let negated = if orphan.place.negated == Some(true) { " --include-not-principal" } else { "" };
    let key = quoted(&orphan.key_arn);
    format!("to name another: gatekey policy rebind {key} --from {} --to {to}{negated}", quoted(from))
}

/// The commands that make a grant anew: a grant cannot be changed.
fn renewing(orphan: &Orphan, id: &str) -> String {
    let key = quoted(&orphan.key_arn);
    let made = match &orphan.grant {
        Some(grant) => creating(orphan, grant),
        None => "aws kms create-grant: what is in it, you may not read (kms:ListGrants)".to_owned(),
    };
    let id = quoted(id);
    format!(
        "  a grant cannot be changed; to make it anew:\n    aws kms revoke-grant --key-id {key} --grant-id {id}\n    {made}\n"
    )
}

fn creating(orphan: &Orphan, grant: &OrphanedGrant) -> String {
    // Of the one who is gone, the namesake is proposed.
    let is = |kind| orphan.place.kind == kind;
    let proposed = |kind| orphan.proposal.arn.as_ref().filter(|_| is(kind));
    let grantee = grant.grantee.as_ref().or(proposed(OrphanPlaceKind::Grantee));
    let grantee = grantee.map_or_else(|| "ARN-OF-THE-GRANTEE".to_owned(), |arn| quoted(arn));
    let mut text =
        format!("aws kms create-grant --key-id {} --grantee-principal {grantee}", quoted(&orphan.key_arn));
    let retiring = grant.retiring.as_ref().or(proposed(OrphanPlaceKind::Retiring));
    match retiring {
        Some(arn) => text += &format!(" --retiring-principal {}", quoted(arn)),
        None if is(OrphanPlaceKind::Retiring) => text += " --retiring-principal ARN-WHO-MAY-RETIRE-IT",
        None => {}
    }
    text += &format!(" --operations {}", grant.operations.join(" "));
    let constraints = serde_json::json!({
        "EncryptionContextEquals": grant.encryption_context_equals,
        "EncryptionContextSubset": grant.encryption_context_subset,
        "SourceArn": grant.source_arn,
    });
    let constraints: serde_json::Map<_, _> = constraints
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(owned)
        .collect();
    if !constraints.is_empty() {
        let constraints = serde_json::Value::Object(constraints).to_string();
        text += &format!(" --constraints {}", quoted(&constraints));
    }
    if let Some(name) = &grant.name {
        text += &format!(" --name {}", quoted(name));
    }
    text
}

fn owned((name, value): (&String, &serde_json::Value)) -> (String, serde_json::Value) {
    (name.clone(), value.clone())
}

/// A text as a shell reads it as one word.
pub(super) fn quoted(text: &str) -> String {
    let text = harmless(text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:,./@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Names another, once it is approved.
pub(crate) fn rebind(args: &Rebind) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let question = RebindPrincipalRequest {
        key_id: args.key.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        reason: args.reason.clone(),
        dry_run: Some(true),
        include_not_principal: Some(args.include_not_principal),
        approval: None,
    };
    let proposed = client.call::<calls::RebindPrincipal>(&question)?;
    if args.dry_run {
        return args.shown.show(&proposed, of_proposed);
    }
    if !args.yes {
        output::result(&of_proposed(&proposed, Style::of_standard_output()))?;
        approved_at_terminal()?;
    }
    let question = RebindPrincipalRequest { dry_run: None, approval: proposed.approval.clone(), ..question };
    let done = client.call::<calls::RebindPrincipal>(&question)?;
    let answer = RebindPrincipalResponse { changes: proposed.changes, untold: proposed.untold, ..done };
    args.shown.show(&answer, |answer, style| {
        let told = if args.yes { of_proposed(answer, style) } else { String::new() };
        let key = harmless(answer.key_arn.as_deref().unwrap_or_default());
        format!("{told}done: version {} of the policy of {key}\n", answer.number.unwrap_or_default())
    })
}

/// What is proposed: where who is named, and who gains and loses what by it.
fn of_proposed(answer: &RebindPrincipalResponse, style: Style) -> String {
    let name = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
    let (to, id) = (name(&answer.to), name(&answer.to_unique_id));
    let mut text = format!("{}\n", style.paint(Tone::Strong, &format!("to be named: {to} ({id})")));
    for place in answer.places.iter().flatten() {
        text += &format!("  in {}\n", of_place(place));
    }
    let difference = DiffPolicyResponse {
        key_arn: answer.key_arn.clone(),
        changes: answer.changes.clone(),
        untold: answer.untold.clone(),
    };
    text + &of_difference(&difference, style)
}

/// Asks the person at the terminal.
fn approved_at_terminal() -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Input, "nobody is here to approve it, so nothing was changed")
            .hint("run it at a terminal, or approve it with --yes"));
    }
    let _ = write!(io::stderr().lock(), "Change the policy so? Type yes to approve: ");
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    match read {
        Ok(_) if line.trim() == "yes" => Ok(()),
        _ => Err(Failure::new(Kind::Other, "it was not approved, so nothing was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_name_as_one_word() {
        assert_eq!(quoted("arn:aws:iam::111122223333:role/a"), "arn:aws:iam::111122223333:role/a");
        assert_eq!(quoted("it's; rm $HOME"), r"'it'\''s; rm $HOME'");
        assert_eq!(quoted(""), "''");
    }

    fn grant() -> Orphan {
        Orphan {
            key_arn: "arn:aws:kms:us-east-1:111122223333:key/k".to_owned(),
            place: OrphanPlace {
                kind: OrphanPlaceKind::Grantee,
                statement: None,
                sid: None,
                effect: None,
                negated: None,
                grant_id: Some("ab12".to_owned()),
            },
            written: "arn:aws:iam::111122223333:role/worker".to_owned(),
            unique_id: Some("AROAGONEGONEGONEGONE".to_owned()),
            proposal: RebindProposal { kind: RebindProposalKind::Nobody, arn: None, unique_id: None },
            grant: Some(OrphanedGrant {
                name: Some("it's".to_owned()),
                grantee: None,
                retiring: Some("arn:aws:iam::111122223333:user/carol".to_owned()),
                operations: vec!["Decrypt".to_owned(), "Encrypt".to_owned()],
                encryption_context_equals: Some([("a".to_owned(), "b c".to_owned())].into()),
                encryption_context_subset: None,
                source_arn: None,
            }),
        }
    }

    #[test]
    fn a_grant_of_one_who_is_gone_comes_with_the_commands_that_make_it_anew() {
        let text = in_words(&[grant()], Style::plain());
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert!(lines.contains(
            &"aws kms revoke-grant --key-id arn:aws:kms:us-east-1:111122223333:key/k --grant-id ab12"
        ));
        let made = "aws kms create-grant --key-id arn:aws:kms:us-east-1:111122223333:key/k --grantee-principal ARN-OF-THE-GRANTEE \
                    --retiring-principal arn:aws:iam::111122223333:user/carol --operations Decrypt Encrypt \
                    --constraints '{\"EncryptionContextEquals\":{\"a\":\"b c\"}}' --name 'it'\\''s'";
        assert!(lines.contains(&made), "{text}");
    }

    #[test]
    fn a_grant_that_may_not_be_read_says_what_is_missing_and_is_told_of_once() {
        let unread = Orphan { grant: None, ..grant() };
        let retiring = Orphan {
            place: OrphanPlace { kind: OrphanPlaceKind::Retiring, ..unread.place.clone() },
            ..unread.clone()
        };
        let text = in_words(&[unread, retiring], Style::plain());
        assert_eq!(text.matches("revoke-grant").count(), 1);
        assert!(text.contains("kms:ListGrants"), "{text}");
    }
}
