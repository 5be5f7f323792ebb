//! `gatekey explain`.

pub(super) mod drawing;

use super::shown::Shown;
use crate::{
    failure::{Failure, Kind},
    policy::style::{Style, harmless},
};
use gatekey_model::gatekey::{
    ContextEntry, ExplainDecisionRequest, ExplainDecisionResponse, SimulateDecisionRequest, calls,
};
use gatekey_types::Timestamp;

/// Show why a request was, or would be, allowed or denied
///
/// Every layer and statement, what matched, what was nearly enough, and the smallest changes that would turn a denial, ready
/// to paste. It asks a running server, as whom the AWS credentials say.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  gatekey explain 7b1d4c3e-5c43-4b16-8cf0-8f4a2e9a1d11\n  gatekey explain --as arn:aws:iam::111122223333:role/app --action kms:Decrypt --key alias/app \\\n      --context kms:EncryptionContext:tenant=acme"
)]
pub(super) struct Args {
    /// The request or decision to explain: what an answer's header x-gatekey-decision or x-amzn-RequestId says
    #[arg(value_name = "ID", required_unless_present = "principal", conflicts_with = "principal")]
    id: Option<String>,
    /// Who would ask: the ARN of a user, a role, a session or a root user
    #[arg(long = "as", value_name = "ARN", requires = "action")]
    principal: Option<String>,
    /// To do what, for instance kms:Decrypt
    #[arg(long, value_name = "ACTION", requires = "principal")]
    action: Option<String>,
    /// With which key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY", requires = "principal", conflicts_with = "resource")]
    key: Option<String>,
    /// On what, for actions of other services than KMS
    #[arg(long, value_name = "ARN", requires = "principal")]
    resource: Option<String>,
    /// A condition key that the request would have; may be repeated, for several values of a key too
    #[arg(long, value_name = "KEY=VALUE", requires = "principal")]
    context: Vec<String>,
    #[command(flatten)]
    shown: Shown,
}

/// Asks, and shows the answer.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let client = args.shown.client()?;
    let (Some(principal), Some(action)) = (&args.principal, &args.action) else {
        let decision_id = args.id.clone().unwrap_or_default();
        let answer = client.call::<calls::ExplainDecision>(&ExplainDecisionRequest { decision_id })?;
        return args.shown.show(&answer, explained);
    };
    let question = SimulateDecisionRequest {
        principal: principal.clone(),
        action: action.clone(),
        key_id: args.key.clone(),
        resource: args.resource.clone(),
        context: Some(context(&args.context)?),
    };
    let answer = client.call::<calls::SimulateDecision>(&question)?;
    let decision = answer.decision.ok_or_else(|| Failure::new(Kind::Other, "the server decided nothing"))?;
    args.shown.show(&decision, |decision, style| drawing::tree(decision, style).render())
}

/// The decisions of a request that was made.
pub(super) fn explained(answer: &ExplainDecisionResponse, style: Style) -> String {
    let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default());
    let (source, name, id) =
        (text(&answer.event_source), text(&answer.event_name), text(&answer.decision_id));
    let when = answer.event_time.map(|time| Timestamp::from_millis(time.millis()).to_string());
    let head = format!("{name} of {source} at {}, request {id}\n", when.unwrap_or_default());
    let trees = answer.decisions.iter().flatten().map(|decision| drawing::tree(decision, style).render());
    std::iter::once(head).chain(trees).collect::<Vec<_>>().join("\n")
}

/// The condition keys of the command line; those that are named more than once have several values.
fn context(given: &[String]) -> Result<Vec<ContextEntry>, Failure> {
    let mut entries: Vec<ContextEntry> = Vec::new();
    for text in given {
        let Some((key, value)) = text.split_once('=') else {
            let message = format!("'{text}' is not a condition key with its value");
            return Err(Failure::new(Kind::Input, message).hint("write it as aws:SourceIp=192.0.2.1"));
        };
        match entries.iter_mut().find(|entry| entry.key.eq_ignore_ascii_case(key)) {
            Some(entry) => entry.values.push(value.to_owned()),
            None => entries.push(ContextEntry { key: key.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_named_twice_has_two_values() {
        let given = ["aws:TagKeys=a".to_owned(), "aws:TagKeys=b=c".to_owned(), "aws:SourceIp=::1".to_owned()];
        let entries = context(&given).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries.first().unwrap().values, ["a", "b=c"]);
        assert!(context(&["aws:SourceIp".to_owned()]).unwrap_err().message().contains("aws:SourceIp"));
    }
}
