//! Secrets as the model has them.

use crate::{rotation, tag};
use gatekey_model::{
    EpochSeconds,
    secretsmanager::{DescribeSecretResponse, ReplicationStatusType, SecretListEntry, StatusType},
};
use gatekey_secrets::{Secret, SecretRecord};
use gatekey_types::Timestamp;
use std::collections::BTreeMap;

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

/// A moment as the model has it.
pub(crate) fn moment(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}

/// The midnight (UTC) before a moment: AWS tells of reads by their day.
pub(crate) fn day(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.millis().div_euclid(DAY) * DAY)
}

/// The labels of every version that has one.
fn stages(record: &SecretRecord) -> Option<BTreeMap<String, Vec<String>>> {
    let labelled = record.versions.iter().filter(|(_, version)| !version.stages.is_empty());
    let stages: BTreeMap<_, _> = labelled.map(|(id, version)| (id.clone(), version.stages.clone())).collect();
    (!stages.is_empty()).then_some(stages)
}

/// How the replicas of a primary are doing.
pub(crate) fn replication(record: &SecretRecord) -> Option<Vec<ReplicationStatusType>> {
    let status = record.replicas.iter().map(|(region, replica)| ReplicationStatusType {
        region: Some(region.to_string()),
        kms_key_id: Some(replica.kms_key.clone().unwrap_or_else(|| "alias/aws/secretsmanager".into())),
        status: Some(if replica.failure.is_some() { StatusType::Failed } else { StatusType::InSync }),
        status_message: replica.failure.clone(),
        last_accessed_date: None,
    });
    let all: Vec<_> = status.collect();
    (!all.is_empty()).then_some(all)
}

/// DescribeSecret's answer.
pub(crate) fn described(secret: &Secret) -> DescribeSecretResponse {
    let record = &secret.record;
    let turning = record.rotation.as_ref();
    DescribeSecretResponse {
        arn: Some(secret.arn.to_string()),
        name: Some(secret.key.name.clone()),
        description: record.description.clone(),
        kms_key_id: record.kms_key.clone(),
        last_changed_date: Some(moment(record.changed)),
        last_accessed_date: record.accessed.map(moment),
        deleted_date: record.due.map(inferred_deleted_date),
        tags: Some(tag::shown(&record.tags)).filter(|tags| !tags.is_empty()),
        version_ids_to_stages: stages(record),
        created_date: Some(moment(record.created)),
        primary_region: record.primary.as_ref().map(ToString::to_string),
        replication_status: replication(record),
        rotation_enabled: turning.map(|rotation| rotation.enabled),
        rotation_lambda_arn: turning.map(|rotation| rotation.function.clone()),
        rotation_rules: turning.map(|rotation| rotation::shown(rotation, record.changed)),
        last_rotated_date: turning.and_then(|rotation| rotation.rotated).map(moment),
        next_rotation_date: turning.and_then(|rotation| rotation.next).map(|next| moment(next.closes)),
        ..DescribeSecretResponse::default()
    }
}

/// An entry of ListSecrets.
pub(crate) fn listed(secret: &Secret) -> SecretListEntry {
    let described = described(secret);
    SecretListEntry {
        arn: described.arn,
        name: described.name,
        description: described.description,
        kms_key_id: described.kms_key_id,
        last_changed_date: described.last_changed_date,
        last_accessed_date: described.last_accessed_date,
        deleted_date: described.deleted_date,
        tags: described.tags,
        secret_versions_to_stages: described.version_ids_to_stages,
        created_date: described.created_date,
        primary_region: described.primary_region,
        rotation_enabled: described.rotation_enabled,
        rotation_lambda_arn: described.rotation_lambda_arn,
        rotation_rules: described.rotation_rules,
        last_rotated_date: described.last_rotated_date,
        next_rotation_date: described.next_rotation_date,
        ..SecretListEntry::default()
    }
}

/// AWS documents `DeletedDate` once as the date for which the deletion is scheduled, once as that on which it was ordered.
fn inferred_deleted_date(due: Timestamp) -> EpochSeconds {
    moment(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_told_by_their_day() {
        assert_eq!(day(Timestamp::from_millis(2 * DAY + 5)), Timestamp::from_millis(2 * DAY));
    }

    #[test]
    fn inferred_deleted_date() {
        assert_eq!(super::inferred_deleted_date(Timestamp::from_seconds(7)).millis(), 7000);
    }
}
