//! `gatekey simulate`.

use super::{explain::drawing, shown::Shown};
use crate::{
    failure::{Failure, Kind},
    policy::style::{Style, Tone, harmless},
};
use gatekey_model::gatekey::{
    Outcome, SimulateServiceRequest, SimulateServiceResponse, SimulatedStep, calls,
};

/// Try out whether an AWS service could use a key
///
/// Each request that the service would make is decided as if it were made: with your rights, as the service itself, or by a grant
/// that it makes for one of its resources, uses, and retires. Nothing is done, and no grant is left. What is denied comes with the
/// smallest changes that would allow it. Exits with 6 if anything is denied.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Services: ebs-attach, autoscaling, logs, sns-sqs, s3, s3-events, cloudtrail\n\nExamples:\n  gatekey simulate ebs-attach --key alias/volumes --as arn:aws:iam::111122223333:role/builder\n  gatekey simulate logs --key alias/logs --resource arn:aws:logs:us-east-1:111122223333:log-group:orders"
)]
pub(super) struct Args {
    /// What is done
    #[arg(value_name = "SERVICE")]
    scenario: String,
    /// The key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    /// On whose behalf, where the service acts for somebody; you, unless it is said
    #[arg(long = "as", value_name = "ARN")]
    principal: Option<String>,
    /// The volume, log group, topic, object or trail that it is about; an example unless it is said
    #[arg(long, value_name = "ARN OR ID")]
    resource: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

/// Asks, and shows the steps.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let question = SimulateServiceRequest {
        scenario: args.scenario.clone(),
        key_id: args.key.clone(),
        principal: args.principal.clone(),
        resource: args.resource.clone(),
    };
    let answer = args.shown.client()?.call::<calls::SimulateService>(&question)?;
    args.shown.show(&answer, in_words)?;
    match answer.allowed {
        Some(true) => Ok(()),
        _ => Err(Failure::told(Kind::Verification)),
    }
}

/// A line for each step, and below it what would turn its denial.
fn in_words(answer: &SimulateServiceResponse, style: Style) -> String {
    let about = harmless(answer.resource.as_deref().unwrap_or_default());
    let steps = answer.steps.iter().flatten().map(|step| of_step(step, style));
    format!("about {about}\n{}", steps.collect::<String>())
}

fn of_step(step: &SimulatedStep, style: Style) -> String {
    let decision = &step.decision;
    let is_allowed = decision.outcome == Outcome::Allowed;
    let outcome = match is_allowed {
        true => style.paint(Tone::Good, "allowed"),
        false => style.paint(Tone::Bad, "denied "),
    };
    let (who, action, what) =
        (harmless(&decision.principal), harmless(&decision.action), harmless(&step.what));
    let line = format!("{outcome}  {action}  by {who}: {what}\n");
    match is_allowed {
        true => line,
        false => line + &drawing::tree(decision, style).render(),
    }
}
