//! Who may come in: which secret a request names, and whether the caller may do this to it.

use crate::fault::{invalid, no_secret};
use gatekey_gate::{Allowed, Named, On, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{InvalidParameterException, ResourceNotFoundException},
};
use gatekey_policy::{Context, KeyName};
use gatekey_secrets::{Secret, SecretId, Tags, inferred_arn_of_nothing};
use gatekey_types::{AccountId, Arn};
use std::sync::Arc;

/// What CloudTrail calls a secret.
pub(crate) const KIND: &str = "AWS::SecretsManager::Secret";

/// A caller who was let in, and the secret.
pub(crate) struct Entry {
    pub(crate) allowed: Allowed,
    pub(crate) secret: Arc<Secret>,
}

/// Asks the gate about the secret that a request names. `context` holds what the operation alone knows.
///
/// # Errors
/// AccessDeniedException; ResourceNotFoundException to those who may; InvalidParameterException for an ARN of something
/// else.
pub(crate) fn enter<E>(
    passage: &mut Passage<'_>,
    action: &str,
    id: &str,
    context: Context<'_>,
) -> Result<Entry, E>
where
    E: From<CommonError> + From<ResourceNotFoundException> + From<InvalidParameterException>,
{
    let Asked { allowed, secret, .. } = ask::<E>(passage, action, id, context)?;
    Ok(Entry { allowed, secret: secret.ok_or_else(no_secret::<E>)? })
}

/// A caller who was let in, and the secret that may not be there.
pub(crate) struct Asked {
    pub(crate) allowed: Allowed,
    pub(crate) arn: Arn,
    pub(crate) secret: Option<Arc<Secret>>,
}

/// The same, where it is no error that there is no such secret.
///
/// # Errors
/// AccessDeniedException; InvalidParameterException for an ARN of something else.
pub(crate) fn ask<E>(
    passage: &mut Passage<'_>,
    action: &str,
    id: &str,
    context: Context<'_>,
) -> Result<Asked, E>
where
    E: From<CommonError> + From<InvalidParameterException>,
{
    let parsed = SecretId::parse(id).ok_or_else(inferred_not_a_secret_id::<E>)?;
    let found = found(passage, &parsed);
    let (owner, arn) = match &found {
        Some(secret) => (secret.key.account, secret.arn.clone()),
        None => of_nothing(passage, &parsed),
    };
    passage.draft().touch_resource(KIND, owner, &arn);
    let mut context: Context<'_> = context;
    context.set("secretsmanager:SecretId", id);
    if let Some(secret) = &found {
        secret.set_own_keys(&mut context);
    }
    let policy = found.as_ref().and_then(|secret| secret.policy.as_deref());
    let on = On { arn: Some(&arn), owner: Some(owner), policy, named: Some(Named { noun: "", name: id }) };
    let allowed = passage.authorize_other(action, on, context).map_err(CommonError::from)?;
    Ok(Asked { allowed, arn, secret: found })
}

/// The secret of the request's Region that is named; one of another Region is not found here.
pub(crate) fn found(passage: &Passage<'_>, id: &SecretId) -> Option<Arc<Secret>> {
    let (account, region) = (passage.account(), passage.region());
    let found = passage.snapshot().secrets.find(id, account, region, passage.now());
    found.filter(|secret| secret.key.region == *region).cloned()
}

/// Whose the secret is that a request names, or would be: what the request says of other things without an account, a key's
/// id for one, means that account's. The caller's for what names no secret.
pub(crate) fn owner(passage: &Passage<'_>, id: &str) -> AccountId {
    match SecretId::parse(id) {
        Some(SecretId::Arn { account, .. }) => account,
        Some(SecretId::Name(_)) | None => passage.account(),
    }
}

/// Whose the secret would be that is not there, and what its ARN would be.
fn of_nothing(passage: &Passage<'_>, id: &SecretId) -> (AccountId, Arn) {
    match id {
        SecretId::Arn { arn, account, .. } => (*account, arn.clone()),
        SecretId::Name(name) => {
            let account = passage.account();
            (account, inferred_arn_of_nothing(account, passage.region(), name))
        }
    }
}

/// AWS does not document what it answers to an ARN that is not a secret's.
fn inferred_not_a_secret_id<E: From<InvalidParameterException>>() -> E {
    invalid("The SecretId must be the name or the ARN of a secret.")
}

/// Sets `aws:RequestTag/NAME` and `aws:TagKeys`.
pub(crate) fn set_request_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    if tags.is_empty() {
        return;
    }
    let pairs = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsRequestTag, pairs);
    context.set_many(KeyName::AwsTagKeys, tags.keys().map(String::as_str));
}

#[cfg(test)]
mod tests {
    use gatekey_model::secretsmanager::DescribeSecretError;

    #[test]
    fn inferred_not_a_secret_id() {
        let fault = super::inferred_not_a_secret_id::<DescribeSecretError>();
        assert!(fault.to_string().starts_with("InvalidParameterException: "), "{fault}");
    }
}
