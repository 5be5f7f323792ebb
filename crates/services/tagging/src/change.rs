//! TagResources and UntagResources: each resource for itself, all that can be changed in one transaction.

use crate::{fault::Failure, taggable::kind_of};
use gatekey_directory::Tags;
use gatekey_gate::{Allowed, On, Passage};
use gatekey_model::{CommonError, tagging::FailureInfo};
use gatekey_policy::Context;
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done to each resource.
#[derive(Debug)]
pub(crate) enum Change {
    /// Tags are added, or get new values.
    Tag(Tags),
    /// The tags of these keys are taken away.
    Untag(Vec<String>),
}

/// What came of the resources.
pub(crate) struct Outcome {
    /// The caller may call the operation.
    pub(crate) allowed: Allowed,
    /// What is to be written.
    pub(crate) edits: Vec<Edit>,
    /// What could not be changed, by ARN.
    pub(crate) failed: BTreeMap<String, FailureInfo>,
}

/// Does the change to each of the resources. `action` is the right to call the operation at all.
///
/// # Errors
/// The caller may not call the operation. All else is told of the resource that it is about.
pub(crate) fn each(
    passage: &mut Passage<'_>,
    action: &str,
    arns: &[String],
    change: &Change,
) -> Result<Outcome, CommonError> {
    let mut allowed = may_call(passage, action, change)?;
    let (mut edits, mut failed) = (Vec::new(), BTreeMap::new());
    // A resource that is named twice is changed once: two edits of one record would contradict each other.
    for text in arns.iter().collect::<BTreeSet<_>>() {
        match one(passage, text, change) {
            Ok(more) => edits.extend(more),
            Err(failure) => {
                failed.insert(text.clone(), failure.shown());
            }
        }
    }
    if !failed.is_empty() {
        // The event tells the last decision: that of the call, which was answered.
        allowed = may_call(passage, action, change)?;
    }
    Ok(Outcome { allowed, edits, failed })
}

fn may_call(passage: &mut Passage<'_>, action: &str, change: &Change) -> Result<Allowed, CommonError> {
    let mut context = Context::new();
    match change {
        Change::Tag(tags) => gatekey_keyring::set_request_tags(&mut context, tags),
        Change::Untag(keys) => gatekey_keyring::set_tag_keys(&mut context, keys.iter()),
    }
    Ok(passage.authorize_other(action, On::default(), context)?)
}

fn one(passage: &mut Passage<'_>, text: &str, change: &Change) -> Result<Vec<Edit>, Failure> {
    let arn: Arn = text.parse().map_err(|_| Failure::invalid(format!("{text} is not a valid ARN.")))?;
    let kind = kind_of(&arn);
    let kind = kind
        .ok_or_else(|| Failure::invalid(format!("{text} is not a type of resource that is tagged here.")))?;
    kind.change(passage, &arn, change)
}
