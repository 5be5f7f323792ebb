//! ReplicateSecretToRegions: the secret is copied to other Regions and kept in step there.
//!
//! AWS: a replica has the primary's name, suffix, tags, policy and versions, and a KMS key of its own Region. A secret of the
//! same name is in the way, unless the request says to overwrite it; the status of that replica tells so.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event, replication, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    ReplicateSecretToRegionsError, ReplicateSecretToRegionsRequest, ReplicateSecretToRegionsResponse, calls,
};
use gatekey_policy::Context;
use gatekey_types::Region;

/// The handler.
pub(crate) struct ReplicateSecretToRegions;

impl Operation for ReplicateSecretToRegions {
    type Call = calls::ReplicateSecretToRegions;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ReplicateSecretToRegionsRequest,
    ) -> Result<Answered<ReplicateSecretToRegionsResponse>, ReplicateSecretToRegionsError> {
        event::note(passage, input);
        let added =
            replication::regions::<ReplicateSecretToRegionsError>(passage, &input.add_replica_regions)?;
        let remade: Vec<Region> = added.keys().cloned().collect();
        let mut context = Context::new();
        context.set_many("secretsmanager:AddReplicaRegions", remade.iter().map(Region::as_str));
        if let Some(force) = input.force_overwrite_replica_secret {
            context.set("secretsmanager:ForceOverwriteReplicaSecret", force);
        }
        let action = "secretsmanager:ReplicateSecretToRegions";
        let Entry { allowed, secret } =
            enter::<ReplicateSecretToRegionsError>(passage, action, &input.secret_id, context)?;
        change::changeable::<ReplicateSecretToRegionsError>(&secret)?;
        let mut record = secret.record.clone();
        record.changed = passage.now();
        let overwrites = input.force_overwrite_replica_secret.unwrap_or(false);
        replication::add(passage, &secret.key, &mut record, added, overwrites);
        let mut change = Change { remade, ..Change::new(&secret, record) };
        let mut edits = Vec::new();
        change.prepare::<ReplicateSecretToRegionsError>(passage, &allowed, &mut edits).await?;
        let answer = ReplicateSecretToRegionsResponse {
            arn: Some(secret.arn.to_string()),
            replication_status: shown::replication(&change.record),
        };
        event::commit(passage, &allowed, edits, answer).await
    }
}
