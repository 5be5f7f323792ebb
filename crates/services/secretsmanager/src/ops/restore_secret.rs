//! RestoreSecret: the ordered deletion is called off. One that was not ordered is no error.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{RestoreSecretError, RestoreSecretRequest, RestoreSecretResponse, calls};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct RestoreSecret;

impl Operation for RestoreSecret {
    type Call = calls::RestoreSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RestoreSecretRequest,
    ) -> Result<Answered<RestoreSecretResponse>, RestoreSecretError> {
        event::note(passage, input);
        let action = "secretsmanager:RestoreSecret";
        let Entry { allowed, secret } =
            enter::<RestoreSecretError>(passage, action, &input.secret_id, Context::new())?;
        let mut record = secret.record.clone();
        record.due = None;
        let answer =
            RestoreSecretResponse { arn: Some(secret.arn.to_string()), name: Some(secret.key.name.clone()) };
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}
