//! PutSecretValue: a new version of a secret.
//!
//! AWS: without labels it becomes the current one. The same request a second time changes nothing; the same id with another
//! value is refused, since versions do not change.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
    fault::invalid,
    value::Given,
    version::{self, Incoming},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    PutSecretValueError, PutSecretValueRequest, PutSecretValueResponse, calls,
};
use gatekey_policy::Context;
use gatekey_secrets::{Secret, SecretRecord};
use serde::Serialize;

/// CloudTrail's parameters: all but the value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stages: Option<&'a [String]>,
}

/// The handler.
pub(crate) struct PutSecretValue;

impl Operation for PutSecretValue {
    type Call = calls::PutSecretValue;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutSecretValueRequest,
    ) -> Result<Answered<PutSecretValueResponse>, PutSecretValueError> {
        let parameters = Parameters {
            secret_id: &input.secret_id,
            client_request_token: input.client_request_token.as_deref(),
            version_stages: input.version_stages.as_deref(),
        };
        event::note(passage, &parameters);
        let value =
            Given::read::<PutSecretValueError>(input.secret_string.as_ref(), input.secret_binary.as_ref())?;
        let (token, stages) = (input.client_request_token.as_ref(), input.version_stages.as_deref());
        let incoming = Incoming::read::<PutSecretValueError>(value, token, stages.unwrap_or_default())?;
        let incoming = incoming.ok_or_else(inferred_no_value)?;
        let id = incoming.id;
        let action = "secretsmanager:PutSecretValue";
        let Entry { allowed, secret } =
            enter::<PutSecretValueError>(passage, action, &input.secret_id, Context::new())?;
        change::changeable::<PutSecretValueError>(&secret)?;
        presented(input, &secret)?;
        if version::is_there::<PutSecretValueError>(passage, &allowed, &secret, incoming).await? {
            return Ok(passage.answer(&allowed, answer(&secret, &secret.record, id)));
        }
        let mut record = secret.record.clone();
        let place = (&secret.key, &secret.arn);
        let edits =
            version::add::<PutSecretValueError>(passage, &allowed, place, &mut record, incoming).await?;
        version::rotated(passage, &secret, &mut record, id);
        let answer = answer(&secret, &record, id);
        let change = Change { fresh: Some(incoming), ..Change::new(&secret, record) };
        change::commit(passage, &allowed, change, edits, answer).await
    }
}

/// A function that calls with another role shows the token of the rotation.
fn presented(input: &PutSecretValueRequest, secret: &Secret) -> Result<(), PutSecretValueError> {
    let Some(shown) = &input.rotation_token else { return Ok(()) };
    let running = secret.record.running_rotation();
    let is_its = running.is_some_and(|running| running.token.as_str() == shown.expose().as_str());
    if is_its { Ok(()) } else { Err(inferred_wrong_rotation_token()) }
}

/// AWS does not document what it says of a token of no rotation.
fn inferred_wrong_rotation_token() -> PutSecretValueError {
    invalid("The RotationToken is not that of a rotation of this secret.")
}

/// AWS requires one of the two; its text is not documented.
fn inferred_no_value() -> PutSecretValueError {
    invalid("You must provide either SecretString or SecretBinary.")
}

fn answer(secret: &Secret, record: &SecretRecord, id: &str) -> PutSecretValueResponse {
    PutSecretValueResponse {
        arn: Some(secret.arn.to_string()),
        name: Some(secret.key.name.clone()),
        version_id: Some(id.to_owned()),
        version_stages: record.versions.get(id).map(|version| version.stages.clone()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_wrong_rotation_token() {
        let told = super::inferred_wrong_rotation_token().to_string();
        assert!(told.contains("RotationToken"), "{told}");
    }

    #[test]
    fn inferred_no_value() {
        let told = super::inferred_no_value().to_string();
        assert!(told.contains("either SecretString or SecretBinary"), "{told}");
    }
}
