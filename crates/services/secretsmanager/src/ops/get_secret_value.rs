//! GetSecretValue: the value of one version; without a name for it, of the current one.
//!
//! AWS: the caller needs the right to have KMS decrypt under the secret's key, too. Another account's caller cannot read what
//! is under that account's `aws/secretsmanager`. `secretsmanager:VersionStage` is set only where the request names a label.

use crate::{
    entry::{Entry, enter},
    event,
    fault::{no_stage, no_version, wrong_state},
    keys::not_decrypted,
    shown, value,
};
use gatekey_gate::{Allowed, Answered, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    secretsmanager::{
        DecryptionFailure, GetSecretValueError, GetSecretValueRequest, GetSecretValueResponse,
        InternalServiceError, InvalidParameterException, InvalidRequestException, ResourceNotFoundException,
        calls,
    },
};
use gatekey_policy::Context;
use gatekey_secrets::{CURRENT, Secret, VersionRecord};
use gatekey_store::table::Edit;

/// The handler.
pub(crate) struct GetSecretValue;

impl Operation for GetSecretValue {
    type Call = calls::GetSecretValue;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetSecretValueRequest,
    ) -> Result<Answered<GetSecretValueResponse>, GetSecretValueError> {
        event::note(passage, input);
        let read = read::<GetSecretValueError>(passage, input).await?;
        passage.commit(&read.allowed, read.edits, read.answer).await.map_err(refused)
    }
}

/// A value that may be told once what it takes is written.
pub(super) struct Read {
    pub(super) allowed: Allowed,
    /// The day of the read, where it is not noted yet.
    pub(super) edits: Vec<Edit>,
    pub(super) answer: GetSecretValueResponse,
}

/// Reads a value.
///
/// # Errors
/// As the operation.
pub(super) async fn read<E>(passage: &mut Passage<'_>, input: &GetSecretValueRequest) -> Result<Read, E>
where
    E: From<CommonError>
        + From<DecryptionFailure>
        + From<InternalServiceError>
        + From<InvalidParameterException>
        + From<InvalidRequestException>
        + From<ResourceNotFoundException>,
{
    let mut context = Context::new();
    if let Some(id) = &input.version_id {
        context.set("secretsmanager:VersionId", id.as_str());
    }
    if let Some(stage) = &input.version_stage {
        context.set("secretsmanager:VersionStage", stage.as_str());
    }
    let action = "secretsmanager:GetSecretValue";
    let Entry { allowed, secret } = enter::<E>(passage, action, &input.secret_id, context)?;
    secret.live().map_err(wrong_state::<E>)?;
    let (id, version) = named::<E>(&secret, input)?;
    if passage.account() != secret.key.account && is_under_default(version) {
        return Err(wrong_state(
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS \
             service key.",
        ));
    }
    let opened = value::open(passage, &allowed, &secret, (id, version)).await;
    let (opened, _) = opened.map_err(not_decrypted::<E>)?;
    let (secret_string, secret_binary) = opened.shown();
    let answer = GetSecretValueResponse {
        arn: Some(secret.arn.to_string()),
        name: Some(secret.key.name.clone()),
        version_id: Some(id.to_owned()),
        secret_binary,
        secret_string,
        version_stages: Some(version.stages.clone()).filter(|stages| !stages.is_empty()),
        created_date: Some(shown::moment(version.created)),
    };
    Ok(Read { edits: noted(passage, &secret, id), allowed, answer })
}

/// The version that a request names, which must have a value.
fn named<'s, E>(secret: &'s Secret, input: &GetSecretValueRequest) -> Result<(&'s str, &'s VersionRecord), E>
where
    E: From<InvalidRequestException> + From<ResourceNotFoundException>,
{
    let stage = input.version_stage.as_deref();
    let Some(id) = &input.version_id else {
        let stage = stage.unwrap_or(CURRENT);
        let staged = secret.record.staged(stage).filter(|(_, version)| version.value.is_some());
        return staged.ok_or_else(|| no_stage(stage));
    };
    let found = secret.record.versions.get_key_value(id).filter(|(_, version)| version.value.is_some());
    let (id, version) = found.ok_or_else(|| no_version::<E>(id))?;
    if stage.is_some_and(|stage| !version.has(stage)) {
        return Err(wrong_state(
            "You provided a VersionStage that is not associated to the provided VersionId.",
        ));
    }
    Ok((id, version))
}

fn is_under_default(version: &VersionRecord) -> bool {
    version.value.as_ref().is_some_and(|place| place.kms_key.is_none())
}

/// Notes the day, once a day.
fn noted(passage: &Passage<'_>, secret: &Secret, id: &str) -> Vec<Edit> {
    let day = Some(shown::day(passage.now()));
    let version = secret.record.versions.get(id);
    if secret.record.accessed == day && version.is_some_and(|version| version.accessed == day) {
        return Vec::new();
    }
    let mut record = secret.record.clone();
    record.accessed = day;
    if let Some(version) = record.versions.get_mut(id) {
        version.accessed = day;
    }
    vec![secret.update(&record)]
}
