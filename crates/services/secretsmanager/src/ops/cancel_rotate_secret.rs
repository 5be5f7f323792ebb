//! CancelRotateSecret: a secret is not rotated any more, and what is under way is not carried on.
//!
//! AWS: labels stay where they are, and so do the rules and the function, so that RotateSecret turns rotation on again.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event, rotation,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    CancelRotateSecretError, CancelRotateSecretRequest, CancelRotateSecretResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CancelRotateSecret;

impl Operation for CancelRotateSecret {
    type Call = calls::CancelRotateSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CancelRotateSecretRequest,
    ) -> Result<Answered<CancelRotateSecretResponse>, CancelRotateSecretError> {
        event::note(passage, input);
        let action = "secretsmanager:CancelRotateSecret";
        let Entry { allowed, secret } =
            enter::<CancelRotateSecretError>(passage, action, &input.secret_id, Context::new())?;
        change::changeable::<CancelRotateSecretError>(&secret)?;
        let mut record = secret.record.clone();
        let rotation = record
            .rotation
            .as_mut()
            .ok_or_else(rotation::inferred_nothing_to_cancel::<CancelRotateSecretError>)?;
        let cancelled = rotation.running.take();
        (rotation.enabled, rotation.next) = (false, None);
        record.changed = passage.now();
        let answer = CancelRotateSecretResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            version_id: cancelled.map(|running| running.version),
        };
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}
