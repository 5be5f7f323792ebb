//! Replicas in other Regions: made, kept in step, and given up.
//!
//! AWS copies in the background and tells how each replica is doing; here all of it is one transaction with the change of the
//! primary, so that a replica that is told of as `InSync` is. What KMS refuses for a replica leaves it as it was, as `Failed`.

use crate::{
    fault::internal,
    keys::{Refusal, Scope},
    value::{self, Given, Opened},
    version::Incoming,
};
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{InternalServiceError, InvalidParameterException, ReplicaRegionType},
};
use gatekey_secrets::{Mirrored, ReplicaRecord, Secret, SecretKey, SecretRecord, insert_secret, secret_arn};
use gatekey_store::table::{Edit, Fate};
use gatekey_types::Region;
use std::{collections::BTreeMap, sync::Arc};

/// What a replica that was not written is told to be.
const NOT_ALLOWED: &str = "Access to KMS is not allowed";
const UNUSABLE: &str =
    "Secrets Manager can't use the KMS key of the replica, or of a version of the primary.";
const TAKEN: &str = "Secret with this name already exists in this region";
const LOST: &str = "The replica is not there any more.";
const TOO_LARGE: &str =
    "The replica is too large to be written with the others. Replicate to this Region again.";

/// Bytes of one transaction; the store takes 1 MiB.
const ROOM: usize = 900 * 1024;

/// A primary as it will be, and what of it is not in the store yet.
pub(crate) struct Primary<'a> {
    pub(crate) key: &'a SecretKey,
    /// As it is now; nothing for one that is being made.
    pub(crate) stored: Option<&'a Secret>,
    /// The version that the request brings.
    pub(crate) fresh: Option<Incoming<'a>>,
}

/// The Regions that a request adds, with the key of each.
///
/// # Errors
/// InvalidParameterException: no Region of this partition, or the primary's own.
pub(crate) fn regions<E: From<InvalidParameterException>>(
    passage: &Passage<'_>,
    added: &[ReplicaRegionType],
) -> Result<BTreeMap<Region, ReplicaRecord>, E> {
    let mut regions = BTreeMap::new();
    for replica in added {
        let region = region::<E>(passage, replica.region.as_deref().unwrap_or_default())?;
        let kms_key = replica.kms_key_id.clone().filter(|named| !named.is_empty());
        regions.insert(region, ReplicaRecord { kms_key, failure: None });
    }
    Ok(regions)
}

/// Reads the name of another Region of the request's partition.
///
/// # Errors
/// InvalidParameterException
pub(crate) fn region<E: From<InvalidParameterException>>(
    passage: &Passage<'_>,
    text: &str,
) -> Result<Region, E> {
    let here = passage.region();
    let region: Option<Region> = text.parse().ok();
    let other = region.filter(|region| region != here && region.partition() == here.partition());
    other.ok_or_else(|| inferred_no_replica_region(text))
}

/// AWS does not document the text.
fn inferred_no_replica_region<E: From<InvalidParameterException>>(text: &str) -> E {
    crate::fault::invalid(format!("Invalid replica region: {text}."))
}

/// Takes Regions in: those that have a secret of this name already are failures, unless it is to be overwritten.
pub(crate) fn add(
    passage: &Passage<'_>,
    key: &SecretKey,
    record: &mut SecretRecord,
    added: BTreeMap<Region, ReplicaRecord>,
    overwrites: bool,
) {
    record.primary = Some(key.region.clone());
    for (region, mut replica) in added {
        let taken = there(passage, key, &region).filter(|other| !follows(other, key));
        let kept =
            taken.filter(|other| !overwrites || !other.record.replicas.is_empty() || other.is_replica());
        replica.failure = kept.map(|_| TAKEN.to_owned());
        record.replicas.insert(region, replica);
    }
}

/// Whatever has the name of a primary in another Region.
fn there(passage: &Passage<'_>, key: &SecretKey, region: &Region) -> Option<Arc<Secret>> {
    let key = SecretKey { region: region.clone(), ..key.clone() };
    passage.snapshot().secrets.stored(&key).cloned()
}

fn follows(replica: &Secret, primary: &SecretKey) -> bool {
    replica.record.primary.as_ref() == Some(&primary.region)
}

/// Brings every replica to what its primary will be. `remade` are those that are made, or made anew.
///
/// # Errors
/// InternalServiceError. What one replica cannot have is noted in the primary's record.
pub(crate) async fn follow<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    primary: &Primary<'_>,
    record: &mut SecretRecord,
    (remade, edits): (&[Region], &mut Vec<Edit>),
) -> Result<(), E>
where
    E: From<CommonError> + From<InternalServiceError>,
{
    for (region, replica) in record.replicas.clone() {
        let is_new = remade.contains(&region);
        if is_new && replica.failure.is_some() {
            continue;
        }
        let written = one::<E>(passage, allowed, primary, record, (&region, &replica, is_new)).await?;
        let failure = match written {
            Ok(more) if size(edits).saturating_add(size(&more)) > ROOM => Some(TOO_LARGE),
            Ok(more) => {
                edits.extend(more);
                None
            }
            Err(why) => Some(why),
        };
        if let Some(noted) = record.replicas.get_mut(&region) {
            noted.failure = failure.map(str::to_owned);
        }
    }
    Ok(())
}

/// One replica: what is to be written, or why it cannot follow.
async fn one<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    primary: &Primary<'_>,
    record: &SecretRecord,
    (region, replica, is_new): (&Region, &ReplicaRecord, bool),
) -> Result<Result<Vec<Edit>, &'static str>, E>
where
    E: From<CommonError> + From<InternalServiceError>,
{
    let key = SecretKey { region: region.clone(), ..primary.key.clone() };
    let present = there(passage, primary.key, region);
    let present = present.filter(|present| is_new || follows(present, primary.key));
    if present.is_none() && !is_new {
        return Ok(Err(LOST));
    }
    let before = match &present {
        Some(present) if !is_new => present.record.clone(),
        _ => record.new_replica(&primary.key.region, replica),
    };
    let Mirrored { record: mut mirrored, lacking, gone } = record.mirror(&before);
    let mut edits = match &present {
        Some(present) if is_new => {
            value::delete::<E>(passage, &key, present.record.versions.values()).await?
        }
        _ => value::delete::<E>(passage, &key, &gone).await?,
    };
    let arn = secret_arn(&key, &mirrored.suffix);
    let named = mirrored.kms_key.clone();
    for id in lacking {
        let scope = Scope { key: &key, arn: &arn, version: &id };
        let sealed = match copied(passage, allowed, primary, (&scope, named.as_deref())).await {
            Ok(sealed) => sealed,
            Err(Refusal::Denied) => return Ok(Err(NOT_ALLOWED)),
            Err(Refusal::Unusable) => return Ok(Err(UNUSABLE)),
            Err(Refusal::Failed) => return Err(internal("a replica could not be written")),
        };
        edits.push(sealed.edit);
        if let Some(version) = mirrored.versions.get_mut(&id) {
            version.value = Some(sealed.place);
        }
    }
    edits.push(match &present {
        Some(present) => present.update(&mirrored),
        None => insert_secret(&key, &mirrored),
    });
    Ok(Ok(edits))
}

/// The value of a version of the primary, sealed for a replica under a data key of its Region.
async fn copied(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    primary: &Primary<'_>,
    (scope, named): (&Scope<'_>, Option<&str>),
) -> Result<value::Sealed, Refusal> {
    if let Some(fresh) = primary.fresh.filter(|fresh| fresh.id == scope.version) {
        return value::seal(passage, allowed, scope, named, fresh.value).await;
    }
    let stored = primary.stored.ok_or(Refusal::Failed)?;
    let version = stored.record.versions.get(scope.version).ok_or(Refusal::Failed)?;
    let (opened, _): (Opened, _) = value::open(passage, allowed, stored, (scope.version, version)).await?;
    let given: Given<'_> = opened.given().ok_or(Refusal::Failed)?;
    value::seal(passage, allowed, scope, named, given).await
}

/// Deletes a replica with its values; nothing for one that is not there.
///
/// # Errors
/// InternalServiceError: the store does not answer.
pub(crate) async fn removed<E: From<InternalServiceError>>(
    passage: &Passage<'_>,
    primary: &SecretKey,
    region: &Region,
) -> Result<Vec<Edit>, E> {
    let Some(replica) = there(passage, primary, region).filter(|replica| follows(replica, primary)) else {
        return Ok(Vec::new());
    };
    let mut edits = value::delete::<E>(passage, &replica.key, replica.record.versions.values()).await?;
    edits.push(replica.delete());
    Ok(edits)
}

fn size(edits: &[Edit]) -> usize {
    let bytes = |edit: &Edit| match &edit.fate {
        Fate::Put(bytes) => bytes.len(),
        Fate::Delete | Fate::Keep => 0,
    };
    edits.iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use gatekey_model::secretsmanager::ReplicateSecretToRegionsError;

    #[test]
    fn inferred_no_replica_region() {
        let fault = super::inferred_no_replica_region::<ReplicateSecretToRegionsError>("x");
        assert!(fault.to_string().contains("Invalid replica region: x."), "{fault}");
    }
}
