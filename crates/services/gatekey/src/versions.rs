//! The versions of a key's policy, as the store has them.

use gatekey_gate::Passage;
use gatekey_keyring::{Key, PolicyVersion, PolicyVersionTable};
use gatekey_model::{
    CommonError, EpochSeconds,
    common::InternalFailure,
    gatekey::{KeyPolicyVersion, NotFoundException},
};
use gatekey_policy::{Kind, Policy};
use std::sync::Arc;

/// The version of this number. A key whose policy is older than the history has none.
///
/// # Errors
/// InternalFailure: the store does not answer, or a seal is broken.
pub(crate) async fn find(
    passage: &Passage<'_>,
    key: &Key,
    number: u32,
) -> Result<Option<PolicyVersion>, CommonError> {
    if !key.policy_versions().contains(&number) {
        return Ok(None);
    }
    let stored = passage.stored::<PolicyVersionTable>(&(key.arn.clone(), number)).await;
    Ok(stored.map_err(|unread| internal(&unread))?.map(|(version, _)| version))
}

/// The number of a request, where the key has a version of it.
///
/// # Errors
/// NotFound, which says which versions there are.
pub(crate) fn numbered(key: &Key, number: i32) -> Result<u32, NotFoundException> {
    let known = key.policy_versions();
    let found = u32::try_from(number).ok().filter(|number| known.contains(number));
    found.ok_or_else(|| {
        NotFoundException::new(match known.is_empty() {
            true => format!("The key's policy has no version {number}: its history has not begun yet."),
            false => {
                let (first, last) = (known.start(), known.end());
                format!("The key's policy has no version {number}: those from {first} to {last} are kept.")
            }
        })
    })
}

/// The policy of a version: it means whom it meant when it was put.
pub(crate) fn policy(version: &PolicyVersion) -> Arc<Policy> {
    Arc::new(Policy::read_stored(&version.policy.document, Kind::Key, version.policy.pins.clone()))
}

/// The users and roles that a version names and who are gone, as it names them.
pub(crate) fn gone(passage: &Passage<'_>, version: &PolicyVersion) -> Vec<String> {
    let directory = &passage.snapshot().directory;
    let pins = version.policy.pins.iter().filter(|(_, id)| directory.current_arn(id).is_none());
    pins.map(|(written, _)| written.to_owned()).collect()
}

/// A version as the API shows it.
pub(crate) fn shown(key: &Key, version: &PolicyVersion) -> KeyPolicyVersion {
    let PolicyVersion { policy, told } = version;
    KeyPolicyVersion {
        number: i32::try_from(policy.version).unwrap_or(i32::MAX),
        present: key.policy_version() == Some(policy.version),
        put_date: Some(EpochSeconds::from_millis(policy.put.millis())),
        author: Some(policy.author.clone()).filter(|author| !author.is_empty()),
        why: Some(told.why.clone()),
        request_id: Some(told.request.clone()).filter(|id| !id.is_empty()),
        keeper: told.keeper.clone(),
    }
}

/// What nobody but the operator can mend.
pub(crate) fn internal(why: &impl core::fmt::Display) -> CommonError {
    tracing::error!(%why, "the history of a key's policy");
    InternalFailure::bare().into()
}
