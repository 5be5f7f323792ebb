//! UpdateSecret: another description, another key, or another value.
//!
//! AWS: a new value becomes the current version. Under a new key the versions with AWSCURRENT, AWSPENDING and AWSPREVIOUS are
//! encrypted anew, as far as the caller has the rights.

use crate::{
    change::{self, Change},
    entry::{self, Entry, enter},
    event,
    keys::{self, Refusal, Scope, not_encrypted},
    value::{self, Given},
    version::{self, Incoming},
};
use gatekey_gate::{Allowed, Answered, Operation, Passage};
use gatekey_model::{
    CommonError, common,
    secretsmanager::{UpdateSecretError, UpdateSecretRequest, UpdateSecretResponse, calls},
};
use gatekey_policy::Context;
use gatekey_secrets::{CURRENT, PENDING, PREVIOUS, Secret, SecretRecord};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Region};
use serde::Serialize;

/// CloudTrail's parameters: all but the value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<&'a str>,
}

/// The handler.
pub(crate) struct UpdateSecret;

impl Operation for UpdateSecret {
    type Call = calls::UpdateSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateSecretRequest,
    ) -> Result<Answered<UpdateSecretResponse>, UpdateSecretError> {
        note(passage, input);
        let value =
            Given::read::<UpdateSecretError>(input.secret_string.as_ref(), input.secret_binary.as_ref())?;
        let token = input.client_request_token.as_ref();
        let incoming = Incoming::read::<UpdateSecretError>(value, token, &[])?;
        let action = "secretsmanager:UpdateSecret";
        let context = conditions(entry::owner(passage, &input.secret_id), passage.region(), input);
        let Entry { allowed, secret } =
            enter::<UpdateSecretError>(passage, action, &input.secret_id, context)?;
        unserved(input)?;
        change::changeable::<UpdateSecretError>(&secret)?;
        let mut record = secret.record.clone();
        record.changed = passage.now();
        if let Some(description) = &input.description {
            record.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        let mut edits = rekeyed(passage, &allowed, &secret, &mut record, input.kms_key_id.as_deref()).await?;
        if let Some(incoming) = incoming
            && !version::is_there::<UpdateSecretError>(passage, &allowed, &secret, incoming).await?
        {
            let place = (&secret.key, &secret.arn);
            edits.extend(
                version::add::<UpdateSecretError>(passage, &allowed, place, &mut record, incoming).await?,
            );
            version::rotated(passage, &secret, &mut record, incoming.id);
        }
        let answer = UpdateSecretResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            version_id: incoming.map(|incoming| incoming.id.to_owned()),
        };
        let change = Change { fresh: incoming, ..Change::new(&secret, record) };
        change::commit(passage, &allowed, change, edits, answer).await
    }
}

fn note(passage: &mut Passage<'_>, input: &UpdateSecretRequest) {
    event::note(
        passage,
        &Parameters {
            secret_id: &input.secret_id,
            client_request_token: input.client_request_token.as_deref(),
            description: input.description.as_deref(),
            kms_key_id: input.kms_key_id.as_deref(),
        },
    );
}

/// What conditions are asked about. A key named without an ARN is the secret's owner's, whoever asks.
fn conditions<'a>(owner: AccountId, region: &Region, input: &'a UpdateSecretRequest) -> Context<'a> {
    let mut context = Context::new();
    if let Some(description) = &input.description {
        context.set("secretsmanager:Description", description.as_str());
    }
    if let Some(key) = input.kms_key_id.as_deref().filter(|key| !key.is_empty()) {
        context.set("secretsmanager:KmsKeyId", key);
        context.set("secretsmanager:KmsKeyArn", keys::key_arn(owner, region, Some(key)));
    }
    context
}

fn unserved(input: &UpdateSecretRequest) -> Result<(), CommonError> {
    if input.r#type.is_some() {
        let text = "Type is not served by this version of Gatekey.";
        return Err(common::UnsupportedOperationException::new(text).into());
    }
    Ok(())
}

/// Gives the secret another key, and encrypts under it what is in use.
async fn rekeyed(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    record: &mut SecretRecord,
    named: Option<&str>,
) -> Result<Vec<Edit>, UpdateSecretError> {
    let Some(named) = named else { return Ok(Vec::new()) };
    let named = Some(named).filter(|named| !named.is_empty());
    if named == record.kms_key.as_deref() {
        return Ok(Vec::new());
    }
    let key = keys::key_arn(secret.key.account, &secret.key.region, named);
    let scope = Scope { key: &secret.key, arn: &secret.arn, version: "" };
    keys::validate(passage, allowed, &scope, &key).await.map_err(not_encrypted::<UpdateSecretError>)?;
    record.kms_key = named.map(str::to_owned);
    let mut edits = Vec::new();
    for stage in [CURRENT, PREVIOUS, PENDING] {
        let Some((id, version)) = secret.record.staged(stage) else { continue };
        let done = record.versions.get(id).is_none_or(|present| present.value != version.value);
        if done || version.value.is_none() {
            continue;
        }
        let opened = match value::open(passage, allowed, secret, (id, version)).await {
            Ok(opened) => opened,
            Err(Refusal::Failed) => return Err(not_encrypted(Refusal::Failed)),
            Err(Refusal::Denied | Refusal::Unusable) => continue,
        };
        let scope = Scope { version: id, ..scope.clone() };
        let sealed = match value::reseal(passage, allowed, (&scope, named), &opened).await {
            Ok(sealed) => sealed,
            Err(Refusal::Failed) => return Err(not_encrypted(Refusal::Failed)),
            Err(Refusal::Denied | Refusal::Unusable) => continue,
        };
        edits.extend(value::delete::<UpdateSecretError>(passage, &secret.key, [version]).await?);
        edits.push(sealed.edit);
        if let Some(present) = record.versions.get_mut(id) {
            present.value = Some(sealed.place);
        }
    }
    Ok(edits)
}
