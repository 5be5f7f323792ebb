//! `gatekey recover`: which way back into a key to take.

use super::shown::Shown;
use crate::{
    failure::Failure,
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{PlanRecoveryRequest, PlanRecoveryResponse, RecoveryRung, WayBack, calls};
use gatekey_types::Timestamp;

/// Show the way back into a key: the cheapest that applies, or the proof that there is none but the last
///
/// R-0 somebody still can, R-1 an earlier policy with a custodian's approval, R-2 a root session of the organization's management
/// account, R-3 the custodians' ceremony, R-4 the rescue by the root user, which is not AWS behaviour and off by default.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatekey recover alias/payments")]
pub(crate) struct Args {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    shown: Shown,
}

/// Shows the ways.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let question = PlanRecoveryRequest { key_id: args.key.clone() };
    let answer = args.shown.client()?.call::<calls::PlanRecovery>(&question)?;
    args.shown.show(&answer, in_words)
}

fn in_words(plan: &PlanRecoveryResponse, style: Style) -> String {
    let key = harmless(plan.key_arn.as_deref().unwrap_or_default());
    let mut text = match plan.locked_out {
        Some(true) => {
            format!("{key}\n{}: nobody can change its policy.\n\n", style.paint(Tone::Bad, "Unmanageable"))
        }
        _ => format!("{key}\n\n"),
    };
    let rungs = plan.rungs.as_deref().unwrap_or_default();
    let cheapest = rungs.iter().position(|rung| rung.applies);
    for (place, rung) in rungs.iter().enumerate() {
        text += &of_rung(rung, cheapest == Some(place), style);
    }
    if cheapest.is_none() {
        text += "\nNo way back is ready. Make the last one now, as the account's root user: gatekey recovery init\n";
    }
    let taken = plan.taken.as_deref().unwrap_or_default();
    if !taken.is_empty() {
        text += "\nTaken in the last 30 days:\n";
        text.extend(taken.iter().map(of_taken));
    }
    text
}

fn of_rung(rung: &RecoveryRung, is_cheapest: bool, style: Style) -> String {
    let mark = match (is_cheapest, rung.applies) {
        (true, _) => style.paint(Tone::Good, "=>"),
        (false, true) => " +".to_owned(),
        (false, false) => " -".to_owned(),
    };
    let mut text = format!("{mark} {}  {}\n", rung.rung.as_str(), harmless(&rung.says));
    for who in rung.who.iter().flatten() {
        text += &format!("          {}\n", harmless(who));
    }
    for command in rung.commands.iter().flatten().filter(|_| is_cheapest || !rung.applies) {
        text += &format!("       $ {}\n", harmless(command));
    }
    text
}

fn of_taken(taken: &WayBack) -> String {
    let (rung, by) = (taken.rung.as_str(), harmless(&taken.by));
    let at = Timestamp::from_millis(taken.date.millis());
    format!("   {rung}  {at}  version {} by {by}\n", taken.policy_version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::{EpochSeconds, gatekey::RecoveryRungName as Name};

    fn rung(rung: Name, applies: bool, says: &str) -> RecoveryRung {
        let commands = Some(vec![format!("do {says}")]);
        RecoveryRung { rung, applies, says: says.to_owned(), who: None, commands }
    }

    #[test]
    fn the_cheapest_way_that_applies_is_marked_and_its_commands_are_shown() {
        let plan = PlanRecoveryResponse {
            key_arn: Some("arn".into()),
            locked_out: Some(true),
            rungs: Some(vec![
                rung(Name::R0, false, "a"),
                rung(Name::R2, true, "b"),
                rung(Name::R3, true, "c"),
            ]),
            taken: Some(vec![WayBack {
                rung: Name::R3,
                by: "me".into(),
                date: EpochSeconds::from_millis(0),
                policy_version: 4,
                case_id: None,
            }]),
        };
        let text = in_words(&plan, Style::plain());
        for line in ["Unmanageable", "=> R-2  b", "$ do b", " + R-3  c", " - R-0  a", "version 4 by me"] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("do c"), "{text}");
    }

    #[test]
    fn where_no_way_applies_that_is_said() {
        let plan = PlanRecoveryResponse {
            key_arn: None,
            locked_out: Some(false),
            rungs: Some(vec![rung(Name::R0, false, "a")]),
            taken: None,
        };
        assert!(in_words(&plan, Style::plain()).contains("No way back is ready"));
    }
}
