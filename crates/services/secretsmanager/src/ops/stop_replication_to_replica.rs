//! StopReplicationToReplica: a replica becomes a secret of its own. It is asked for in the replica's Region.

use crate::{
    entry::{Entry, enter},
    event,
    fault::wrong_state,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    StopReplicationToReplicaError, StopReplicationToReplicaRequest, StopReplicationToReplicaResponse, calls,
};
use gatekey_policy::Context;
use gatekey_secrets::SecretKey;

/// The handler.
pub(crate) struct StopReplicationToReplica;

impl Operation for StopReplicationToReplica {
    type Call = calls::StopReplicationToReplica;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &StopReplicationToReplicaRequest,
    ) -> Result<Answered<StopReplicationToReplicaResponse>, StopReplicationToReplicaError> {
        event::note(passage, input);
        let action = "secretsmanager:StopReplicationToReplica";
        let Entry { allowed, secret } =
            enter::<StopReplicationToReplicaError>(passage, action, &input.secret_id, Context::new())?;
        let region = secret.record.primary.clone().filter(|_| secret.is_replica());
        let region = region.ok_or_else(inferred_no_replica)?;
        let mut record = secret.record.clone();
        record.primary = None;
        record.changed = passage.now();
        let mut edits = vec![secret.update(&record)];
        let key = SecretKey { region, ..secret.key.clone() };
        if let Some(primary) = passage.snapshot().secrets.stored(&key) {
            let mut record = primary.record.clone();
            record.replicas.remove(&secret.key.region);
            edits.push(primary.update(&record));
        }
        let answer = StopReplicationToReplicaResponse { arn: Some(secret.arn.to_string()) };
        event::commit(passage, &allowed, edits, answer).await
    }
}

/// AWS does not document the text.
fn inferred_no_replica() -> StopReplicationToReplicaError {
    wrong_state("The secret isn't a replica secret.")
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_no_replica() {
        let fault = super::inferred_no_replica();
        assert!(fault.to_string().starts_with("InvalidRequestException: "), "{fault}");
    }
}
