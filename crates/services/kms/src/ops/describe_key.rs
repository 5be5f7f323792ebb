//! DescribeKey: what a key is and how it is doing.
//!
//! AWS: asked for a predefined alias (`alias/aws/...`) whose key does not exist yet, KMS makes the AWS managed key.

use crate::{
    fault::{denied, internal, missing, uncommitted},
    grant,
    metadata::metadata,
};
use gatekey_crypto::KeySpec as MaterialSpec;
use gatekey_gate::{Answered, Found, Missing, Operation, Passage};
use gatekey_keyring::{
    Key, KeyFault, KeyManager, KeyPolicy, KeyRecord, KeySpec, KeyState, KeyUsage, ManagedAlias, NewKey,
    Origin, PolicyRecord, Tags, managed_alias, new_alias,
};
use gatekey_model::kms::{DescribeKeyError, DescribeKeyRequest, DescribeKeyResponse, calls};
use gatekey_policy::{Context, Kind, KmsAction, Pins, Policy};
use gatekey_store::Revision;
use gatekey_types::{AliasArn, KeyArn, KeyId};
use serde::Serialize;
use std::sync::Arc;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
#[derive(Debug)]
pub struct DescribeKey;

impl Operation for DescribeKey {
    type Call = calls::DescribeKey;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeKeyRequest,
    ) -> Result<Answered<DescribeKeyResponse>, DescribeKeyError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        grant::inferred_present_to_describe(passage, &input.grant_tokens);
        let found = match passage.find(&input.key_id, KmsAction::DescribeKey) {
            Ok(found) => found,
            Err(Missing::Fault(KeyFault::NoSuchAlias(alias))) => match managed_alias(&alias.alias) {
                Some(managed) => return make_managed(passage, alias, managed).await,
                None => return Err(missing(Missing::Fault(KeyFault::NoSuchAlias(alias)))),
            },
            Err(other) => return Err(missing(other)),
        };
        let allowed = passage
            .authorize(KmsAction::DescribeKey, &found, Context::new())
            .map_err(denied::<DescribeKeyError>)?;
        passage.tell_of_recovery(&found.key);
        Ok(passage.answer(
            &allowed,
            DescribeKeyResponse { key_metadata: Some(metadata(&found.key, passage.now())) },
        ))
    }
}

/// Makes the AWS managed key of a service, if the caller may describe it once it is there.
async fn make_managed(
    passage: &mut Passage<'_>,
    alias: AliasArn,
    managed: &ManagedAlias,
) -> Result<Answered<DescribeKeyResponse>, DescribeKeyError> {
    let (account, region) = (passage.account(), passage.region().clone());
    let id = KeyId::from_random(passage.entropy().bytes(), false);
    let mut key = Key::new(KeyArn { account, region, key: id }, managed_record(passage, managed));
    let record = PolicyRecord {
        document: managed.policy(account, passage.region()),
        pins: Pins::new(),
        author: managed.service.to_owned(),
        put: passage.now(),
        version: 0,
    };
    let compiled = Arc::new(Policy::read_stored(&record.document, Kind::Key, Pins::new()));
    key.policy = Some(Arc::new(KeyPolicy { revision: Revision::ZERO, version: 0, compiled }));
    let made = passage.new_material(MaterialSpec::SymmetricDefault, id).await;
    let (material_id, material) = made.map_err(internal::<DescribeKeyError>)?;
    key.record.material = Some(material_id);
    let found = Found { key: Arc::new(key), alias: Some(alias.alias.clone()), by_ciphertext: false };
    let allowed = passage
        .authorize(KmsAction::DescribeKey, &found, Context::new())
        .map_err(denied::<DescribeKeyError>)?;
    let key = &found.key;
    let new = NewKey {
        arn: key.arn.clone(),
        record: key.record.clone(),
        policy: record,
        told: None,
        material: Some((material_id, material)),
    };
    let mut edits = new.changes();
    // The key is as new as its alias, so nothing can have changed it in between.
    edits.extend(new_alias(&alias, key, passage.now()).into_iter().take(1));
    let answer = DescribeKeyResponse { key_metadata: Some(metadata(key, passage.now())) };
    passage.commit(&allowed, edits, answer).await.map_err(uncommitted::<DescribeKeyError>)
}

fn managed_record(passage: &Passage<'_>, managed: &ManagedAlias) -> KeyRecord {
    KeyRecord {
        created: passage.now(),
        description: managed.description.to_owned(),
        usage: KeyUsage::EncryptDecrypt,
        spec: KeySpec::SymmetricDefault,
        origin: Origin::AwsKms,
        manager: KeyManager::Aws,
        state: KeyState::Enabled,
        material: None,
        multi_region: None,
        rotation: None,
        on_demand_rotations: 0,
        tags: Tags::new(),
        had_tags: false,
    }
}
