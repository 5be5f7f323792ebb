//! CreateSecret: a new secret, mostly with its first value.
//!
//! AWS: the name must be free; one that waits for its deletion is not. The same request a second time (the same
//! `ClientRequestToken` and value) changes nothing. Tags need `secretsmanager:TagResource` too.

use crate::{
    entry::{KIND, set_request_tags},
    event,
    fault::{invalid, wrong_state},
    keys::{self, Scope, not_encrypted},
    replication::{self, Primary},
    shown, tag,
    value::Given,
    version::{self, Incoming},
};
use gatekey_gate::{Allowed, Answered, Named, On, Operation, Passage};
use gatekey_model::{
    CommonError, common,
    secretsmanager::{
        CreateSecretError, CreateSecretRequest, CreateSecretResponse, ReplicaRegionType,
        ResourceExistsException, Tag, calls,
    },
};
use gatekey_policy::Context;
use gatekey_secrets::{
    Secret, SecretKey, SecretRecord, Tags, insert_secret, is_name, new_suffix, secret_arn,
};
use gatekey_types::{Arn, Region};
use serde::Serialize;

/// CloudTrail's parameters: all but the value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [Tag]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add_replica_regions: Option<&'a [ReplicaRegionType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    force_overwrite_replica_secret: Option<bool>,
}

/// What a request asks for, in the domain's terms.
struct Input<'a> {
    key: SecretKey,
    arn: Arn,
    record: SecretRecord,
    first: Option<Incoming<'a>>,
}

/// The handler.
pub(crate) struct CreateSecret;

impl Operation for CreateSecret {
    type Call = calls::CreateSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        request: &CreateSecretRequest,
    ) -> Result<Answered<CreateSecretResponse>, CreateSecretError> {
        note(passage, request);
        let mut input = Input::parse(passage, request)?;
        let allowed = authorize(passage, &input, request)?;
        unserved(request)?;
        if let Some(existing) = passage.snapshot().secrets.stored(&input.key).cloned() {
            return again(passage, &allowed, &existing, &input).await;
        }
        let named = input.record.kms_key.clone();
        if named.is_some() {
            let key = keys::key_arn(input.key.account, &input.key.region, named.as_deref());
            let scope = Scope { key: &input.key, arn: &input.arn, version: "" };
            let validated = keys::validate(passage, &allowed, &scope, &key).await;
            validated.map_err(not_encrypted::<CreateSecretError>)?;
        }
        let mut edits = Vec::new();
        if let Some(first) = input.first {
            let place = (&input.key, &input.arn);
            edits =
                version::add::<CreateSecretError>(passage, &allowed, place, &mut input.record, first).await?;
        }
        let remade: Vec<Region> = input.record.replicas.keys().cloned().collect();
        let primary = Primary { key: &input.key, stored: None, fresh: input.first };
        let sink = (remade.as_slice(), &mut edits);
        replication::follow::<CreateSecretError>(passage, &allowed, &primary, &mut input.record, sink)
            .await?;
        edits.push(insert_secret(&input.key, &input.record));
        let mut answer = answer(&input.arn, &input.key.name, input.first);
        answer.replication_status = shown::replication(&input.record);
        event::commit(passage, &allowed, edits, answer).await
    }
}

impl<'a> Input<'a> {
    fn parse(passage: &Passage<'_>, request: &'a CreateSecretRequest) -> Result<Self, CreateSecretError> {
        if !is_name(&request.name) {
            return Err(invalid(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            ));
        }
        let value =
            Given::read::<CreateSecretError>(request.secret_string.as_ref(), request.secret_binary.as_ref())?;
        let token = request.client_request_token.as_ref();
        let first = Incoming::read::<CreateSecretError>(value, token, &[])?;
        let key = SecretKey {
            account: passage.account(),
            region: passage.region().clone(),
            name: request.name.clone(),
        };
        let tags = tag::parse::<CreateSecretError>(request.tags.as_ref())?;
        let mut record = record(passage, request, tags);
        if let Some(added) = &request.add_replica_regions {
            let added = replication::regions::<CreateSecretError>(passage, added)?;
            let overwrites = request.force_overwrite_replica_secret.unwrap_or(false);
            replication::add(passage, &key, &mut record, added, overwrites);
        }
        Ok(Self { arn: secret_arn(&key, &record.suffix), key, record, first })
    }
}

fn record(passage: &Passage<'_>, request: &CreateSecretRequest, tags: Tags) -> SecretRecord {
    SecretRecord {
        suffix: new_suffix(passage.entropy()),
        created: passage.now(),
        changed: passage.now(),
        accessed: None,
        description: request.description.clone().filter(|text| !text.is_empty()),
        kms_key: request.kms_key_id.clone().filter(|named| !named.is_empty()),
        tags,
        had_tags: false,
        versions: Default::default(),
        policy: None,
        due: None,
        replicas: Default::default(),
        primary: None,
        rotation: None,
    }
}

fn note(passage: &mut Passage<'_>, request: &CreateSecretRequest) {
    event::note(
        passage,
        &Parameters {
            name: &request.name,
            client_request_token: request.client_request_token.as_deref(),
            description: request.description.as_deref(),
            kms_key_id: request.kms_key_id.as_deref(),
            tags: request.tags.as_deref(),
            add_replica_regions: request.add_replica_regions.as_deref(),
            force_overwrite_replica_secret: request.force_overwrite_replica_secret,
        },
    );
}

/// `secretsmanager:CreateSecret`, and `secretsmanager:TagResource` where the secret gets tags.
fn authorize(
    passage: &mut Passage<'_>,
    input: &Input<'_>,
    request: &CreateSecretRequest,
) -> Result<Allowed, CommonError> {
    let (arn, tags) = (&input.arn, &input.record.tags);
    passage.draft().touch_resource(KIND, input.key.account, arn);
    let named = Some(Named { noun: "", name: &request.name });
    let on = On { arn: Some(arn), owner: Some(input.key.account), policy: None, named };
    let mut context = Context::new();
    set_request_tags(&mut context, tags);
    let of_tags = context.clone();
    context.set("secretsmanager:Name", request.name.as_str());
    context.set_many("secretsmanager:AddReplicaRegions", input.record.replicas.keys().map(Region::as_str));
    if let Some(force) = request.force_overwrite_replica_secret {
        context.set("secretsmanager:ForceOverwriteReplicaSecret", force);
    }
    if let Some(description) = &request.description {
        context.set("secretsmanager:Description", description.as_str());
    }
    if let Some(key) = &input.record.kms_key {
        context.set("secretsmanager:KmsKeyId", key.as_str());
        context
            .set("secretsmanager:KmsKeyArn", keys::key_arn(input.key.account, &input.key.region, Some(key)));
    }
    let allowed = passage.authorize_other("secretsmanager:CreateSecret", on, context)?;
    if !tags.is_empty() {
        passage.authorize_other("secretsmanager:TagResource", on, of_tags)?;
    }
    if request.add_replica_regions.is_some() {
        let mut context = Context::new();
        context
            .set_many("secretsmanager:AddReplicaRegions", input.record.replicas.keys().map(Region::as_str));
        passage.authorize_other("secretsmanager:ReplicateSecretToRegions", on, context)?;
    }
    Ok(allowed)
}

/// What is refused because this server does not have it: secrets of other services' partners, and replicas in other accounts.
fn unserved(request: &CreateSecretRequest) -> Result<(), CommonError> {
    if request.r#type.is_some() || request.cross_account_primary_arn.is_some() {
        let text = "Type and CrossAccountPrimaryARN are not served by this version of Gatekey.";
        return Err(common::UnsupportedOperationException::new(text).into());
    }
    Ok(())
}

/// The name is taken: by the very same request, or by another.
async fn again(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    existing: &Secret,
    input: &Input<'_>,
) -> Result<Answered<CreateSecretResponse>, CreateSecretError> {
    if existing.record.due.is_some() {
        let text =
            "You can't create this secret because a secret with this name is already scheduled for deletion.";
        return Err(wrong_state(text));
    }
    let taken = || {
        let text = format!("The operation failed because the secret {} already exists.", existing.key.name);
        CreateSecretError::from(ResourceExistsException::new(text))
    };
    let first =
        input.first.filter(|first| existing.record.versions.contains_key(first.id)).ok_or_else(taken)?;
    if !version::is_there::<CreateSecretError>(passage, allowed, existing, first).await? {
        return Err(taken());
    }
    Ok(passage.answer(allowed, answer(&existing.arn, &existing.key.name, Some(first))))
}

fn answer(arn: &Arn, name: &str, first: Option<Incoming<'_>>) -> CreateSecretResponse {
    CreateSecretResponse {
        arn: Some(arn.to_string()),
        name: Some(name.to_owned()),
        version_id: first.map(|first| first.id.to_owned()),
        replication_status: None,
    }
}
