//! Access keys: finding them by id, and showing them as the model has them.

use crate::person::Person;
use gatekey_directory::{AccessKey, AccessKeyId, KeyStatus};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError,
    common::AccessDeniedException,
    iam::{NoSuchEntityException, StatusType},
};
use std::sync::Arc;

/// An access key of this person.
///
/// # Errors
/// NoSuchEntity: there is none, or it is somebody else's.
pub(crate) fn find<E: From<NoSuchEntityException>>(
    passage: &Passage<'_>,
    person: &Person,
    id: &str,
) -> Result<(AccessKeyId, Arc<AccessKey>), E> {
    let key = passage.snapshot().directory.access_key(id).cloned();
    let own = key.filter(|key| key.record.owner == person.owner());
    own.and_then(|key| Some((id.parse().ok()?, key))).ok_or_else(|| {
        NoSuchEntityException::new(format!("The Access Key with id {id} cannot be found.")).into()
    })
}

/// Whether it works, as the model has it.
pub(crate) fn status(status: KeyStatus) -> StatusType {
    match status {
        KeyStatus::Active => StatusType::Active,
        KeyStatus::Inactive => StatusType::Inactive,
    }
}

/// What denials call an access key.
pub(crate) const NOUN: &str = "access key";

/// What AWS tells of a key that the caller's account does not have.
pub(crate) fn hidden(passage: &Passage<'_>, id: &str) -> CommonError {
    let caller = passage.caller().principal.display_name();
    AccessDeniedException::new(format!(
        "User: {caller} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: {NOUN} {id}"
    ))
    .into()
}
