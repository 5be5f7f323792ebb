//! A secret that changes.

use crate::{event, fault::wrong_state};
use gatekey_gate::{Allowed, Answered, Passage};
use gatekey_model::{CommonError, secretsmanager::InvalidRequestException};
use gatekey_secrets::{Secret, SecretRecord};
use gatekey_store::table::Edit;
use serde::Serialize;

/// Insists that a secret can be changed here: its deletion was not ordered, and it does not follow another.
///
/// # Errors
/// InvalidRequestException
pub(crate) fn changeable<E: From<InvalidRequestException>>(secret: &Secret) -> Result<(), E> {
    secret.live().map_err(wrong_state::<E>)?;
    not_a_replica(secret)
}

/// Insists that a secret does not follow another.
///
/// # Errors
/// InvalidRequestException
pub(crate) fn not_a_replica<E: From<InvalidRequestException>>(secret: &Secret) -> Result<(), E> {
    if secret.is_replica() {
        return Err(wrong_state(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
        ));
    }
    Ok(())
}

/// Writes what became of the secret, with what changes beside it.
///
/// # Errors
/// The change was not made.
pub(crate) async fn commit<T: Serialize, E: From<CommonError>>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (secret, record): (&Secret, SecretRecord),
    mut edits: Vec<Edit>,
    answer: T,
) -> Result<Answered<T>, E> {
    edits.push(secret.update(&record));
    event::commit(passage, allowed, edits, answer).await
}
