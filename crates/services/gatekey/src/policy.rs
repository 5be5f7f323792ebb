//! Key policies that a question supposes.

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
    let policy = passage.read_policy(text, Kind::Key);
    policy.map(Arc::new).map_err(|error| {
        InvalidQuestionException::new(format!("{member} is not a key policy: {error}")).into()
    })
}
