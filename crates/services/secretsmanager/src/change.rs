//! A secret that changes.

use crate::{
    event,
    fault::wrong_state,
    replication::{self, Primary},
    version::Incoming,
};
use gatekey_gate::{Allowed, Answered, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{InternalServiceError, InvalidRequestException},
};
use gatekey_secrets::{Secret, SecretRecord};
use gatekey_store::table::Edit;
use gatekey_types::Region;
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
    secret.own().map_err(wrong_state::<E>)
}

/// What becomes of a secret.
pub(crate) struct Change<'a> {
    /// As it is now.
    pub(crate) secret: &'a Secret,
    /// As it will be.
    pub(crate) record: SecretRecord,
    /// The version that the request brings.
    pub(crate) fresh: Option<Incoming<'a>>,
    /// The replicas that are made, or made anew.
    pub(crate) remade: Vec<Region>,
}

impl<'a> Change<'a> {
    /// Without a new version.
    pub(crate) fn new(secret: &'a Secret, record: SecretRecord) -> Self {
        Self { secret, record, fresh: None, remade: Vec::new() }
    }

    /// Brings the replicas to what the secret will be, and gives the secret's own edit last.
    ///
    /// # Errors
    /// InternalServiceError
    pub(crate) async fn prepare<E>(
        &mut self,
        passage: &mut Passage<'_>,
        allowed: &Allowed,
        edits: &mut Vec<Edit>,
    ) -> Result<(), E>
    where
        E: From<CommonError> + From<InternalServiceError>,
    {
        let primary = Primary { key: &self.secret.key, stored: Some(self.secret), fresh: self.fresh };
        let sink = (self.remade.as_slice(), &mut *edits);
        replication::follow::<E>(passage, allowed, &primary, &mut self.record, sink).await?;
        edits.push(self.secret.update(&self.record));
        Ok(())
    }
}

/// Writes what became of the secret, with what changes beside it and its replicas.
///
/// # Errors
/// The change was not made.
pub(crate) async fn commit<T: Serialize, E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    mut change: Change<'_>,
    mut edits: Vec<Edit>,
    answer: T,
) -> Result<Answered<T>, E>
where
    E: From<CommonError> + From<InternalServiceError>,
{
    change.prepare::<E>(passage, allowed, &mut edits).await?;
    event::commit(passage, allowed, edits, answer).await
}
