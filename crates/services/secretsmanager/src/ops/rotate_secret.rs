//! RotateSecret: how a secret is rotated, and a rotation at once.
//!
//! AWS: what a request leaves out stays as it was. The rotation itself goes on after the answer: its version has AWSPENDING,
//! and AWSCURRENT in the end. With `RotateImmediately` false the function is only tried. The caller needs
//! `lambda:InvokeFunction` on the function too.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
    fault::{invalid, wrong_state},
    keys::{Refusal, Scope},
    rotation::{self, Wanted},
    value,
};
use gatekey_gate::{Allowed, Answered, Operation, Passage};
use gatekey_model::{
    CommonError, common,
    secretsmanager::{RotateSecretError, RotateSecretRequest, RotateSecretResponse, calls},
};
use gatekey_policy::Context;
use gatekey_secrets::{CURRENT, Running, Secret, SecretRecord};
use gatekey_store::table::Edit;

/// The handler.
pub(crate) struct RotateSecret;

impl Operation for RotateSecret {
    type Call = calls::RotateSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RotateSecretRequest,
    ) -> Result<Answered<RotateSecretResponse>, RotateSecretError> {
        event::note(passage, input);
        let rules = rotation::rules::<RotateSecretError>(input.rotation_rules.as_ref())?;
        let Entry { allowed, secret } = enter::<RotateSecretError>(
            passage,
            "secretsmanager:RotateSecret",
            &input.secret_id,
            conditions(input),
        )?;
        unserved(input)?;
        change::changeable::<RotateSecretError>(&secret)?;
        let text = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
        let token =
            input.client_request_token.as_deref().ok_or_else(|| invalid::<RotateSecretError>(text))?;
        let wanted = Wanted { function: input.rotation_lambda_arn.as_deref(), rules };
        let function = wanted.function::<RotateSecretError>(&secret)?;
        rotation::may_invoke::<RotateSecretError>(passage, &function)?;
        if secret.record.running_rotation().is_some_and(|running| running.version == token) {
            return Ok(passage.answer(&allowed, answer(&secret, token)));
        }
        if secret.record.incomplete_version().is_some() {
            let text = "A previous rotation isn't complete. That rotation will be reattempted.";
            return Err(wrong_state(text));
        }
        if secret.record.versions.contains_key(token) {
            return Err(inferred_token_in_use(token));
        }
        let mut record = secret.record.clone();
        record.changed = passage.now();
        wanted.configure(&mut record, function, passage.now());
        let is_test = input.rotate_immediately == Some(false);
        let edits = begin(passage, &allowed, &secret, (&mut record, token, is_test)).await?;
        let answer = answer(&secret, token);
        let answered = change::commit(passage, &allowed, Change::new(&secret, record), edits, answer).await;
        passage.gate().want_rotation();
        answered
    }
}

/// Puts the version in that the rotation makes.
async fn begin(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    (record, token, is_test): (&mut SecretRecord, &str, bool),
) -> Result<Vec<Edit>, RotateSecretError> {
    let copied = if is_test { inferred_copy(passage, allowed, secret, token).await? } else { None };
    let (place, mut edits) =
        copied.map_or((None, Vec::new()), |sealed| (Some(sealed.place), vec![sealed.edit]));
    let now = passage.now();
    let running =
        Running { version: token.to_owned(), token: passage.gate().uuid(), is_test, failures: 0, due: now };
    let gone = record.begin_rotation(running, place, now).map_err(wrong_state::<RotateSecretError>)?;
    edits.extend(value::delete::<RotateSecretError>(passage, &secret.key, &gone).await?);
    Ok(edits)
}

/// AWS says that a test has a version, and not what it holds: a copy of the current one, as far as the caller has the rights.
async fn inferred_copy(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    token: &str,
) -> Result<Option<value::Sealed>, RotateSecretError> {
    let Some(current) = secret.record.staged(CURRENT).filter(|(_, version)| version.value.is_some()) else {
        return Ok(None);
    };
    let opened = match value::open(passage, allowed, secret, current).await {
        Ok((opened, _)) => opened,
        Err(Refusal::Failed) => return Err(crate::fault::internal("the current version cannot be read")),
        Err(Refusal::Denied | Refusal::Unusable) => return Ok(None),
    };
    let scope = Scope { key: &secret.key, arn: &secret.arn, version: token };
    let Some(given) = opened.given() else { return Ok(None) };
    match value::seal(passage, allowed, &scope, secret.record.kms_key.as_deref(), given).await {
        Ok(sealed) => Ok(Some(sealed)),
        Err(Refusal::Failed) => Err(crate::fault::internal("the version of a test cannot be made")),
        Err(Refusal::Denied | Refusal::Unusable) => Ok(None),
    }
}

fn conditions(input: &RotateSecretRequest) -> Context<'_> {
    let mut context = Context::new();
    if let Some(function) = &input.rotation_lambda_arn {
        context.set("secretsmanager:RotationLambdaARN", function.as_str());
    }
    if let Some(at_once) = input.rotate_immediately {
        context.set("secretsmanager:RotateImmediately", at_once);
    }
    context.set("secretsmanager:ModifyRotationRules", input.rotation_rules.is_some());
    context
}

fn unserved(input: &RotateSecretRequest) -> Result<(), CommonError> {
    if input.external_secret_rotation_metadata.is_some() || input.external_secret_rotation_role_arn.is_some()
    {
        let text = "Secrets of AWS's partners are not served by this version of Gatekey.";
        return Err(common::UnsupportedOperationException::new(text).into());
    }
    Ok(())
}

/// AWS does not document what it answers to a token whose version is complete.
fn inferred_token_in_use(token: &str) -> RotateSecretError {
    invalid(format!(
        "You can't use ClientRequestToken {token} because that value is already in use for a version."
    ))
}

fn answer(secret: &Secret, version: &str) -> RotateSecretResponse {
    RotateSecretResponse {
        arn: Some(secret.arn.to_string()),
        name: Some(secret.key.name.clone()),
        version_id: Some(version.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_token_in_use() {
        let told = super::inferred_token_in_use("t").to_string();
        assert!(told.contains("You can't use ClientRequestToken t"), "{told}");
    }
}
