//! ReplicateKey: one more member of a multi-Region key, in another Region of the partition.
//!
//! AWS: needs `kms:ReplicateKey` on the primary key, and `kms:CreateKey` (with tags `kms:TagResource` too) in an identity policy
//! that is effective in the replica's Region. Only the primary key can be replicated, once into each Region. What is not shared
//! (policy, description, tags) is the request's or the default, never the primary key's. The answer shows the replica as
//! `Creating`, as AWS does; it is ready by the time that the answer is read.

use crate::{
    fault::{denied, missing, uncommitted, unsupported},
    metadata::creating,
    multi_region, new_key, tag,
    trail::{self, KeyMetadata},
};
use gatekey_gate::{Allowed, Answered, Elsewhere, Found, Operation, Passage};
use gatekey_keyring::{Key, Own, Tags, set_request_tags};
use gatekey_model::kms::{
    AlreadyExistsException, ReplicateKeyError, ReplicateKeyRequest, ReplicateKeyResponse, Tag, calls,
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::{KeyArn, Region};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    replica_region: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    bypass_policy_lockout_safety_check: bool,
    description: &'a str,
    #[serde(skip_serializing_if = "<[Tag]>::is_empty")]
    tags: &'a [Tag],
}

/// The handler.
pub(crate) struct ReplicateKey;

impl Operation for ReplicateKey {
    type Call = calls::ReplicateKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ReplicateKeyRequest,
    ) -> Result<Answered<ReplicateKeyResponse>, ReplicateKeyError> {
        let bypass = input.bypass_policy_lockout_safety_check;
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            replica_region: &input.replica_region,
            policy: input.policy.as_deref(),
            bypass_policy_lockout_safety_check: bypass == Some(true),
            description: input.description.as_deref().unwrap_or_default(),
            tags: input.tags.as_deref().unwrap_or_default(),
        });
        let region = multi_region::region::<ReplicateKeyError>(passage, &input.replica_region)?;
        let tags = tag::parse::<ReplicateKeyError>(input.tags.as_deref().unwrap_or_default())?;
        passage.quotas().hold_tags(&tags).map_err(tag::bad::<ReplicateKeyError>)?;
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ReplicateKey)
            .map_err(missing::<ReplicateKeyError>)?;
        let allowed = authorize(passage, &found, &region, &tags, bypass)?;
        let primary = &found.key;
        multi_region::leads::<ReplicateKeyError>(primary, passage.now())?;
        is_vacant(passage, primary, &region)?;
        let description = input.description.clone().unwrap_or_default();
        let own = Own { created: passage.now(), description, tags };
        let replica = primary.replica(&region, own).map_err(unsupported::<ReplicateKeyError>)?;
        let policy = new_key::policy::<ReplicateKeyError>(
            passage,
            input.policy.as_deref(),
            &replica,
            bypass == Some(true),
        )?;
        new_key::room::<ReplicateKeyError>(passage, &region)?;
        let answer = ReplicateKeyResponse {
            replica_key_metadata: Some(creating(&replica, passage.now())),
            replica_policy: Some(passage.show_policy(&policy)),
            replica_tags: Some(input.tags.clone().unwrap_or_default()),
        };
        tell(passage, input, &replica, &answer);
        let record = passage.policy_record(&policy);
        let told = passage.policy_told(&replica, &policy, "ReplicateKey");
        let edits = passage.snapshot().keyring.replicated(primary, &replica, record, told);
        passage.commit(&allowed, edits, answer).await.map_err(uncommitted::<ReplicateKeyError>)
    }
}

/// The rights in both Regions.
fn authorize(
    passage: &mut Passage<'_>,
    found: &Found,
    region: &Region,
    tags: &Tags,
    bypass: Option<bool>,
) -> Result<Allowed, ReplicateKeyError> {
    let mut context = Context::new();
    context.set(KeyName::KmsReplicaRegion, region.as_str());
    let allowed =
        passage.authorize(KmsAction::ReplicateKey, found, context).map_err(denied::<ReplicateKeyError>)?;
    let mut context = new_key::conditions(&found.key.record, Some("REPLICA"), bypass);
    set_request_tags(&mut context, tags);
    passage
        .authorize_elsewhere(KmsAction::CreateKey, region, context)
        .map_err(denied::<ReplicateKeyError>)?;
    if !tags.is_empty() {
        let mut context = Context::new();
        set_request_tags(&mut context, tags);
        passage
            .authorize_elsewhere(KmsAction::TagResource, region, context)
            .map_err(denied::<ReplicateKeyError>)?;
    }
    Ok(allowed)
}

/// A Region has one member at most. One whose deletion day has come is there until it is deleted.
fn is_vacant(passage: &Passage<'_>, primary: &Key, region: &Region) -> Result<(), ReplicateKeyError> {
    let there = KeyArn { region: region.clone(), ..primary.arn.clone() };
    match passage.snapshot().keyring.stored(&there) {
        Some(_) => Err(AlreadyExistsException::new(inferred_exists_there(&there)).into()),
        None => Ok(()),
    }
}

/// AWS documents the code, AlreadyExistsException, but not the text.
fn inferred_exists_there(there: &KeyArn) -> String {
    format!("{there} already exists.")
}

/// The events: ReplicateKey in the Region of the request, CreateKey in the replica's.
fn tell(
    passage: &mut Passage<'_>,
    input: &ReplicateKeyRequest,
    replica: &Key,
    answer: &ReplicateKeyResponse,
) {
    let metadata = answer.replica_key_metadata.as_ref();
    passage.draft().set_response(&trail::Replica { metadata, policy: answer.replica_policy.as_deref() });
    let parameters = trail::created(input, &replica.record);
    let created = Elsewhere::new("CreateKey", replica.arn.region.clone(), &parameters);
    let created = created.to_key(replica.arn.clone()).answering(&KeyMetadata { key_metadata: metadata });
    passage.draft().also(created);
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_exists_there() {
        let there = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
        let told = super::inferred_exists_there(&there.parse().unwrap());
        assert_eq!(told, format!("{there} already exists."));
    }
}
