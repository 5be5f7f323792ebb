//! Policies that a question supposes.

use gatekey_gate::Passage;
use gatekey_model::gatekey::InvalidQuestionException;
use gatekey_policy::{Kind, Policy};
use std::sync::Arc;

/// Reads a key policy as PutKeyPolicy would, its principals resolved.
///
/// # Errors
/// InvalidQuestion, which names the member and says what is wrong with the document.
pub(crate) fn read<E: From<InvalidQuestionException>>(
    passage: &mut Passage<'_>,
    member: &str,
    text: &str,
) -> Result<Arc<Policy>, E> {
    let limit = passage.quotas().policy_bytes;
    if text.len() > limit {
        let text = format!("{member} has {} bytes, and the longest key policy {limit}.", text.len());
        return Err(InvalidQuestionException::new(text).into());
    }
    read_as(passage, member, text, Kind::Key)
}

/// Reads a policy of any kind, as the operation that puts such a one would.
///
/// # Errors
/// InvalidQuestion, which names the member and says what is wrong with the document.
pub(crate) fn read_as<E: From<InvalidQuestionException>>(
    passage: &mut Passage<'_>,
    member: &str,
    text: &str,
    kind: Kind,
) -> Result<Arc<Policy>, E> {
    let called = match kind {
        Kind::Key => "a key policy",
        Kind::ServiceControl => "a service control policy",
        Kind::ResourceControl => "a resource control policy",
        _ => "an identity policy",
    };
    let policy = passage.read_policy(text, kind);
    policy
        .map(Arc::new)
        .map_err(|error| InvalidQuestionException::new(format!("{member} is not {called}: {error}")).into())
}
