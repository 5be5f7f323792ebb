//! `gatekey forecast`, `gatekey health`, `gatekey policy diff` and `gatekey prove`.

use super::shown::{PAGE, Shown, every};
use crate::{
    failure::{Failure, Kind},
    output,
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{
    Admin, DiffPolicyRequest, DiffPolicyResponse, DistanceKind, EffectOfChange, Forecast,
    ForecastChangeRequest, KeyHealthRequest, PolicyChange, ProofResult, ProveRequest, ProveResponse,
    Standing, SupposedAttachment, SupposedBoundary, SupposedChange, SupposedInlinePolicy, SupposedKey,
    SupposedKeyPolicy, SupposedPolicy, Witness, calls,
};
use std::path::{Path, PathBuf};

/// Show who would lose the right to change keys' policies, before a change is made
#[derive(Debug, clap::Subcommand)]
pub(super) enum ForecastOf {
    /// Of putting another policy on a key
    PutKeyPolicy {
        /// The key: an id, an ARN, or an alias
        #[arg(long, value_name = "KEY")]
        key: String,
        /// The file with the new policy
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of making a key under this policy, and whether whoever makes it could change the policy again
    CreateKey {
        /// The file with the policy
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// Who makes the key: the ARN of a user, a role, a session or the root user [default: you]
        #[arg(long = "as", value_name = "ARN")]
        by: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of deleting a user or a role
    Delete {
        /// The ARN of the user or role
        #[arg(value_name = "ARN")]
        principal: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of attaching a managed policy, or an organization's control policy
    Attach {
        /// The ARN of the managed policy, or the id of the control policy
        #[arg(value_name = "POLICY")]
        policy: String,
        /// The ARN of the user, group or role; of a control policy the id of the root, the unit or the account
        #[arg(long, value_name = "TARGET")]
        to: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of detaching a managed policy, or an organization's control policy
    Detach {
        /// The ARN of the managed policy, or the id of the control policy
        #[arg(value_name = "POLICY")]
        policy: String,
        /// The ARN of the user, group or role; of a control policy the id of the root, the unit or the account
        #[arg(long, value_name = "TARGET")]
        from: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of a new default version of a managed policy, or another text of a control policy
    ChangePolicy {
        /// The ARN of the managed policy, or the id of the control policy
        #[arg(value_name = "POLICY")]
        policy: String,
        /// The file with what it says from then on
        #[arg(long, value_name = "FILE", required_unless_present = "version_id")]
        document: Option<PathBuf>,
        /// The version of the managed policy that becomes its default, for instance v2
        #[arg(long, value_name = "VERSION", conflicts_with = "document")]
        version_id: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of putting or deleting an inline policy
    ChangeInlinePolicy {
        /// The ARN of the user, group or role
        #[arg(long, value_name = "ARN")]
        of: String,
        /// The name of the policy
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The file with what it says from then on; without it the policy is deleted
        #[arg(long, value_name = "FILE")]
        document: Option<PathBuf>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Of putting or taking away a permissions boundary
    ChangeBoundary {
        /// The ARN of the user or role
        #[arg(long, value_name = "ARN")]
        of: String,
        /// The ARN of the managed policy that bounds from then on; without it the boundary is taken away
        #[arg(long, value_name = "POLICY")]
        policy: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
}

/// Show how things stand
#[derive(Debug, clap::Subcommand)]
pub(super) enum Health {
    /// Every key: who can change its policy, and how few deletions it takes until nobody can
    Keys {
        #[command(flatten)]
        shown: Shown,
    },
}

/// Show every permission that a new policy of a key gives or takes, each with a request that shows it
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "gatekey policy diff [OPTIONS] --key <KEY> [OLD] <NEW>",
    after_help = "Examples:\n  gatekey policy diff new.json --key alias/payments\n  gatekey policy diff old.json new.json --key alias/payments"
)]
pub(crate) struct Diff {
    /// The file with the new policy; before it, if it is not the key's present one, the file with the policy to compare with
    #[arg(value_name = "POLICY", num_args = 1..=2, required = true)]
    policies: Vec<PathBuf>,
    /// The file with the policy to compare with, in another place
    #[arg(long, value_name = "FILE")]
    old: Option<PathBuf>,
    /// The key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    #[command(flatten)]
    shown: Shown,
}

/// Prove that somebody can never do something with a key, or show a request that can
///
/// The exit code is 0 if it is proved, and 6 if not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  gatekey prove 'never(arn:aws:iam::111122223333:role/ci, kms:Decrypt)' --key alias/payments\n  gatekey prove --never kms:ScheduleKeyDeletion --by '*' --key alias/payments"
)]
pub(super) struct Prove {
    /// What is to be proved: 'never(WHO, ACTION)', which says the same as --never and --by
    #[arg(value_name = "CLAIM", value_parser = claim, required_unless_present = "never", conflicts_with_all = ["never", "by"])]
    claim: Option<Claim>,
    /// What must never be possible, for instance kms:Decrypt
    #[arg(long, value_name = "ACTION", requires = "by")]
    never: Option<String>,
    /// By whom: the ARN of a principal, the number of an account, or '*' for everyone
    #[arg(long, value_name = "WHO", requires = "never")]
    by: Option<String>,
    /// With which key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    #[command(flatten)]
    shown: Shown,
}

/// That somebody can never do something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Claim {
    by: String,
    never: String,
}

/// Reads `never(WHO, ACTION)`. A name may hold a comma, and an action does not.
fn claim(text: &str) -> Result<Claim, &'static str> {
    let within = text.trim().strip_prefix("never(").and_then(|rest| rest.strip_suffix(')'));
    let (by, never) = within.and_then(|within| within.rsplit_once(',')).unwrap_or_default();
    let claim = Claim { by: by.trim().to_owned(), never: never.trim().to_owned() };
    match claim.by.is_empty() || claim.never.is_empty() {
        true => Err("it has to be as in never(arn:aws:iam::111122223333:role/ci, kms:Decrypt)"),
        false => Ok(claim),
    }
}

const MORE_KEYS: &str = "there are more keys, which were not looked at\n";

/// Shows a forecast.
pub(super) fn forecast(of: &ForecastOf) -> Result<(), Failure> {
    let change = Some(supposed(of)?);
    let question = ForecastChangeRequest { change, ..ForecastChangeRequest::default() };
    let answer = of.shown().client()?.call::<calls::ForecastChange>(&question)?;
    of.shown().show(&answer, |answer, style| {
        let all: String = answer.forecasts.iter().flatten().map(|one| of_forecast(one, style)).collect();
        let mut text = if all.is_empty() { "nobody gains or loses anything\n".to_owned() } else { all };
        if matches!(of, ForecastOf::CreateKey { .. }) {
            text += &of_creator(answer.creator.as_ref(), style);
        }
        if answer.complete == Some(false) {
            text += MORE_KEYS;
        }
        text
    })
}

impl ForecastOf {
    fn shown(&self) -> &Shown {
        match self {
            Self::PutKeyPolicy { shown, .. }
            | Self::CreateKey { shown, .. }
            | Self::Delete { shown, .. }
            | Self::Attach { shown, .. }
            | Self::Detach { shown, .. }
            | Self::ChangePolicy { shown, .. }
            | Self::ChangeInlinePolicy { shown, .. }
            | Self::ChangeBoundary { shown, .. } => shown,
        }
    }
}

fn supposed(of: &ForecastOf) -> Result<SupposedChange, Failure> {
    let none = SupposedChange::default();
    let at = |policy: &String, target: &String| {
        Some(SupposedAttachment { policy: policy.clone(), target: target.clone() })
    };
    Ok(match of {
        ForecastOf::PutKeyPolicy { key, policy, .. } => {
            let put = SupposedKeyPolicy { key_id: key.clone(), policy: read(policy)? };
            SupposedChange { put_key_policy: Some(put), ..none }
        }
        ForecastOf::CreateKey { policy, by, .. } => {
            let made = SupposedKey { policy: read(policy)?, r#as: by.clone() };
            SupposedChange { create_key: Some(made), ..none }
        }
        ForecastOf::Delete { principal, .. } => {
            SupposedChange { delete_principal: Some(principal.clone()), ..none }
        }
        ForecastOf::Attach { policy, to, .. } => SupposedChange { attach_policy: at(policy, to), ..none },
        ForecastOf::Detach { policy, from, .. } => SupposedChange { detach_policy: at(policy, from), ..none },
        ForecastOf::ChangePolicy { policy, document, version_id, .. } => {
            let (policy, document) = (policy.clone(), document.as_deref().map(read).transpose()?);
            let changed = SupposedPolicy { policy, document, version_id: version_id.clone() };
            SupposedChange { change_policy: Some(changed), ..none }
        }
        ForecastOf::ChangeInlinePolicy { of, name, document, .. } => {
            let document = document.as_deref().map(read).transpose()?;
            let changed = SupposedInlinePolicy { holder: of.clone(), policy_name: name.clone(), document };
            SupposedChange { change_inline_policy: Some(changed), ..none }
        }
        ForecastOf::ChangeBoundary { of, policy, .. } => {
            let changed = SupposedBoundary { principal: of.clone(), policy: policy.clone() };
            SupposedChange { change_boundary: Some(changed), ..none }
        }
    })
}

/// Shows how the keys stand.
pub(super) fn health(of: &Health) -> Result<(), Failure> {
    let Health::Keys { shown } = of;
    let client = shown.client()?;
    let mut is_complete = true;
    let keys = every(|marker| {
        let answer = client.call::<calls::KeyHealth>(&KeyHealthRequest { limit: Some(PAGE), marker })?;
        is_complete &= answer.complete != Some(false);
        Ok((answer.keys, answer.next_marker))
    })?;
    shown.show(&*keys, |keys, style| keys.iter().map(|key| of_standing(key, style)).collect())?;
    // Whoever reads JSON has to learn of it too.
    if !is_complete {
        output::note(MORE_KEYS.trim_end());
    }
    Ok(())
}

/// Shows what a policy changes.
pub(crate) fn diff(args: &Diff) -> Result<(), Failure> {
    let (old, new) = match (&*args.policies, &args.old) {
        ([new], old) => (old.as_ref(), new),
        ([old, new], None) => (Some(old), new),
        _ => {
            return Err(Failure::new(
                Kind::Input,
                "the old policy is named twice: by its place and by --old",
            ));
        }
    };
    let question = DiffPolicyRequest {
        key_id: args.key.clone(),
        new_policy: read(new)?,
        old_policy: old.map(|file| read(file)).transpose()?,
    };
    let answer = args.shown.client()?.call::<calls::DiffPolicy>(&question)?;
    args.shown.show(&answer, of_difference)
}

/// Shows a proof, or the contrary.
pub(super) fn prove(args: &Prove) -> Result<(), Failure> {
    let Claim { by, never } = args.claim();
    let question = ProveRequest { key_id: args.key.clone(), principal: by, action: never };
    let answer = args.shown.client()?.call::<calls::Prove>(&question)?;
    args.shown.show(&answer, of_proof)?;
    match answer.result {
        Some(ProofResult::Proved) => Ok(()),
        _ => Err(Failure::told(Kind::Verification)),
    }
}

impl Prove {
    /// The claim, in whichever of the two forms it was said.
    fn claim(&self) -> Claim {
        let in_parts = || Claim {
            by: self.by.clone().unwrap_or_default(),
            never: self.never.clone().unwrap_or_default(),
        };
        self.claim.clone().unwrap_or_else(in_parts)
    }
}

fn of_proof(answer: &ProveResponse, style: Style) -> String {
    match (&answer.result, &answer.witness) {
        (Some(ProofResult::Proved), _) => format!("{}\n", style.paint(Tone::Good, "proved")),
        (_, Some(witness)) => {
            format!("{}: {}\n", style.paint(Tone::Bad, "not so"), of_witness(witness))
        }
        _ => {
            let why = harmless(answer.why.as_deref().unwrap_or_default());
            format!("{}: {why}\n", style.paint(Tone::Careful, "it cannot be told"))
        }
    }
}

pub(super) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(Kind::Input, format!("cannot read {}: {error}", path.display())))
}

fn of_forecast(forecast: &Forecast, style: Style) -> String {
    let mut text = format!("{}\n", style.paint(Tone::Strong, &harmless(&forecast.key_arn)));
    if forecast.lockout {
        text +=
            &format!("  {}\n", style.paint(Tone::Bad, "lockout: nobody could change its policy any more"));
    }
    for (word, all) in [("loses", &forecast.loses), ("gains", &forecast.gains), ("keeps", &forecast.keeps)] {
        text += &all.iter().flatten().map(|who| format!("  {word}  {}\n", harmless(who))).collect::<String>();
    }
    if let Some(after) = &forecast.after {
        text += &format!("  afterwards: {}\n", distance(after));
    }
    text
}

/// Whether whoever makes a key could change its policy again.
fn of_creator(creator: Option<&Admin>, style: Style) -> String {
    match creator {
        Some(admin) if admin.always => {
            format!("{} could change the policy again\n", harmless(&admin.principal))
        }
        Some(admin) => {
            let conditions = admin.conditions.as_deref().unwrap_or_default().join(", or ");
            harmless(&format!("{} could change the policy again: {conditions}", admin.principal)) + "\n"
        }
        None => {
            let text = "whoever makes it could not change the policy again: AWS refuses that unless its check is bypassed";
            format!("{}\n", style.paint(Tone::Bad, text))
        }
    }
}

pub(super) fn of_standing(standing: &Standing, style: Style) -> String {
    let tone = match (&standing.distance, standing.frail) {
        (DistanceKind::LockedOut, _) => Tone::Bad,
        (_, true) => Tone::Careful,
        _ => Tone::Good,
    };
    let name = style.paint(Tone::Strong, &harmless(&standing.key_arn));
    let mut text = format!("{name}  {}\n", style.paint(tone, &distance(standing)));
    text += &standing.admins.iter().map(of_admin).collect::<String>();
    text
}

fn of_admin(admin: &Admin) -> String {
    let depends = admin.depends_on.as_deref().unwrap_or_default().join(", ");
    let depends = if depends.is_empty() { depends } else { format!("  depends on {depends}") };
    format!("  {}{}\n", harmless(&admin.principal), harmless(&depends))
}

/// How many deletions it takes.
fn distance(standing: &Standing) -> String {
    let these = standing.deletions.as_deref().unwrap_or_default().join(", ");
    let count = match standing.at_least.unwrap_or_default() {
        1 => "1 deletion".to_owned(),
        count => format!("{count} deletions"),
    };
    let text = match standing.distance {
        DistanceKind::LockedOut => "nobody can change its policy".to_owned(),
        DistanceKind::Unreachable => "the root user can always change its policy".to_owned(),
        DistanceKind::Exact => format!("nobody can change its policy after {count}: {these}"),
        DistanceKind::AtLeast => {
            format!("nobody can change its policy after {count} or more, for instance {these}")
        }
    };
    harmless(&text)
}

/// Who gains and loses what.
pub(super) fn of_difference(answer: &DiffPolicyResponse, style: Style) -> String {
    let changes = answer.changes.as_deref().unwrap_or_default();
    let untold = answer.untold.as_deref().unwrap_or_default();
    if changes.is_empty() && untold.is_empty() {
        return "no permission is gained or lost\n".to_owned();
    }
    changes.iter().chain(untold).map(|change| of_change(change, style)).collect()
}

fn of_change(change: &PolicyChange, style: Style) -> String {
    let (sign, tone) = match (&change.effect, &change.why) {
        (_, Some(_)) => ("?", Tone::Careful),
        (EffectOfChange::Gained, None) => ("+", Tone::Bad),
        (EffectOfChange::Lost, None) => ("-", Tone::Strong),
    };
    let who = harmless(&change.principals.join(", "));
    let mut text = format!("{} {}  {who}\n", style.paint(tone, sign), harmless(&change.action));
    if let Some(witness) = &change.witness {
        text += &format!("    for instance {}\n", of_witness(witness));
    }
    if let Some(why) = &change.why {
        text += &format!("    it cannot be told: {}\n", harmless(why));
    }
    text
}

fn of_witness(witness: &Witness) -> String {
    let session = witness.session.as_ref().map(|name| format!(" in the session {name}")).unwrap_or_default();
    let carries: Vec<String> = witness
        .context
        .iter()
        .flatten()
        .map(|entry| format!("{}={}", entry.key, entry.values.join(" and ")))
        .collect();
    let carries = if carries.is_empty() { String::new() } else { format!(" with {}", carries.join(", ")) };
    harmless(&format!("{}{session} asks for {}{carries}", witness.principal, witness.action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Proving {
        #[command(flatten)]
        args: Prove,
    }

    #[derive(Parser)]
    struct Differing {
        #[command(flatten)]
        args: Diff,
    }

    fn of<T: Parser>(words: &str) -> Result<T, clap::Error> {
        T::try_parse_from(["gatekey", "--key", "k"].into_iter().chain(words.split_whitespace()))
    }

    #[test]
    fn a_proof_is_asked_for_by_a_claim_or_by_both_its_parts() {
        let meant = Claim { by: "*".to_owned(), never: "kms:Decrypt".to_owned() };
        for words in ["never(*,kms:Decrypt)", "--never kms:Decrypt --by *"] {
            assert_eq!(of::<Proving>(words).unwrap().args.claim(), meant, "{words}");
        }
        for words in ["", "--never kms:Decrypt", "--by *", "never(*,kms:Decrypt) --by *", "never(*)"] {
            assert!(of::<Proving>(words).is_err(), "{words}");
        }
    }

    #[test]
    fn a_difference_is_between_one_policy_and_the_key_s_or_between_two() {
        for (words, count) in [("new", 1), ("old new", 2)] {
            assert_eq!(of::<Differing>(words).unwrap().args.policies.len(), count);
        }
        for words in ["", "a b c"] {
            assert!(of::<Differing>(words).is_err(), "{words}");
        }
    }

    #[test]
    fn a_claim_names_somebody_and_an_action() {
        let read = |text| claim(text).map(|claim| (claim.by, claim.never));
        for (text, by) in [
            ("never(arn:aws:iam::111122223333:role/ci, kms:Decrypt)", "arn:aws:iam::111122223333:role/ci"),
            (
                " never( arn:aws:iam::111122223333:user/a,b ,kms:Decrypt )",
                "arn:aws:iam::111122223333:user/a,b",
            ),
            ("never(*,kms:Decrypt)", "*"),
        ] {
            assert_eq!(read(text), Ok((by.to_owned(), "kms:Decrypt".to_owned())), "{text}");
        }
        for text in
            ["", "never", "never()", "never(*)", "never(,kms:Decrypt)", "never(*,)", "always(*,kms:Decrypt)"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
