//! The policy simulator: what SimulateCustomPolicy and SimulatePrincipalPolicy have in common.

mod context;
mod results;
mod source;
mod subject;

pub(crate) use context::{Facts, without_caller};
pub(crate) use results::{Asked, Simulation, results};
pub(crate) use source::{Source, excluded};
pub(crate) use subject::{Subject, named_caller, somebody};

use gatekey_gate::Passage;
use gatekey_model::iam::InvalidInputException;
use gatekey_policy::{Attachment, Kind, Policy};
use gatekey_types::{AccountId, Arn};
use std::sync::Arc;

/// Documents of a request, named by their place in it: `PolicyInputList.1`.
///
/// # Errors
/// InvalidInput; where the fault is goes into headers.
pub(crate) fn documents<E: From<InvalidInputException>>(
    passage: &mut Passage<'_>,
    list: &str,
    texts: &[String],
    kind: Kind,
) -> Result<Vec<Attachment>, E> {
    let mut all = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let policy = passage.read_policy(text, kind).map_err(|error| unreadable::<E>(&error.message))?;
        all.push(Attachment::inline(format!("{list}.{}", index + 1), Arc::new(policy)));
    }
    Ok(all)
}

/// The permissions boundary that a request supposes: one document at most.
///
/// # Errors
/// InvalidInput.
pub(crate) fn boundary<E: From<InvalidInputException>>(
    passage: &mut Passage<'_>,
    texts: Option<&Vec<String>>,
) -> Result<Option<Attachment>, E> {
    let texts = texts.map(Vec::as_slice).unwrap_or_default();
    if texts.len() > 1 {
        return Err(
            InvalidInputException::new("Only one permissions boundary policy may be specified.").into()
        );
    }
    Ok(documents(passage, "PermissionsBoundaryPolicyInputList", texts, Kind::Identity)?.pop())
}

/// The resource policy that a request supposes. It may name principals of anywhere: they are not looked for.
///
/// # Errors
/// InvalidInput.
pub(crate) fn resource_policy<E: From<InvalidInputException>>(
    text: Option<&String>,
) -> Result<Option<Policy>, E> {
    let parse = |text: &String| {
        // A key policy is the one that a resource policy of the simulator most often is, and its grammar is the wider one.
        let parsed = Policy::parse(text, Kind::Resource).or_else(|_| Policy::parse(text, Kind::Key));
        parsed.map_err(|error| unreadable::<E>(&error.message))
    };
    text.map(parse).transpose()
}

/// The owner of resources whose ARNs do not tell: an account's ARN or number.
///
/// # Errors
/// InvalidInput.
pub(crate) fn owner<E: From<InvalidInputException>>(text: Option<&String>) -> Result<Option<AccountId>, E> {
    let parse = |text: &String| {
        let of_arn = text.parse::<Arn>().ok().and_then(|arn| arn.account());
        let owner = of_arn.or_else(|| text.parse().ok());
        owner.ok_or_else(|| E::from(InvalidInputException::new(format!("Invalid ResourceOwner: {text}"))))
    };
    text.map(parse).transpose()
}

fn unreadable<E: From<InvalidInputException>>(why: &str) -> E {
    InvalidInputException::new(format!("Invalid policy document: {why}")).into()
}
