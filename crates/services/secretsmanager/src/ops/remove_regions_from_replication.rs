//! RemoveRegionsFromReplication: the replicas in these Regions are deleted at once.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
    fault::invalid,
    replication, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    RemoveRegionsFromReplicationError, RemoveRegionsFromReplicationRequest,
    RemoveRegionsFromReplicationResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct RemoveRegionsFromReplication;

impl Operation for RemoveRegionsFromReplication {
    type Call = calls::RemoveRegionsFromReplication;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveRegionsFromReplicationRequest,
    ) -> Result<Answered<RemoveRegionsFromReplicationResponse>, RemoveRegionsFromReplicationError> {
        event::note(passage, input);
        let action = "secretsmanager:RemoveRegionsFromReplication";
        let Entry { allowed, secret } =
            enter::<RemoveRegionsFromReplicationError>(passage, action, &input.secret_id, Context::new())?;
        change::changeable::<RemoveRegionsFromReplicationError>(&secret)?;
        let mut record = secret.record.clone();
        let mut edits = Vec::new();
        for text in &input.remove_replica_regions {
            let region = replication::region::<RemoveRegionsFromReplicationError>(passage, text)?;
            if record.replicas.remove(&region).is_none() {
                return Err(inferred_not_replicated(text));
            }
            let removed =
                replication::removed::<RemoveRegionsFromReplicationError>(passage, &secret.key, &region);
            edits.extend(removed.await?);
        }
        record.changed = passage.now();
        let answer = RemoveRegionsFromReplicationResponse {
            arn: Some(secret.arn.to_string()),
            replication_status: shown::replication(&record),
        };
        change::commit(passage, &allowed, Change::new(&secret, record), edits, answer).await
    }
}

/// AWS does not document the text.
fn inferred_not_replicated(region: &str) -> RemoveRegionsFromReplicationError {
    invalid(format!("The secret isn't replicated to the region {region}."))
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_not_replicated() {
        let fault = super::inferred_not_replicated("x");
        assert!(fault.to_string().contains("isn't replicated to the region x"), "{fault}");
    }
}
