//! ValidateResourcePolicy: whether a policy is well formed, allows not everybody, and does not lock its author out.
//!
//! AWS: it needs `secretsmanager:PutResourcePolicy` too.

use crate::{
    entry::{Entry, enter},
    event, policy,
};
use gatekey_gate::{Allowed, Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{
        MalformedPolicyDocumentException, ValidateResourcePolicyError, ValidateResourcePolicyRequest,
        ValidateResourcePolicyResponse, ValidationErrorsEntry, calls,
    },
};
use gatekey_policy::Context;
use gatekey_secrets::Secret;
use std::sync::Arc;

/// What is asked for, one after the other.
const ACTIONS: [&str; 2] = ["secretsmanager:PutResourcePolicy", "secretsmanager:ValidateResourcePolicy"];

/// The handler.
pub(crate) struct ValidateResourcePolicy;

impl Operation for ValidateResourcePolicy {
    type Call = calls::ValidateResourcePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ValidateResourcePolicyRequest,
    ) -> Result<Answered<ValidateResourcePolicyResponse>, ValidateResourcePolicyError> {
        event::note(passage, input);
        let (_, secret) = may(passage, input)?;
        let mut errors = Vec::new();
        match policy::read::<MalformedPolicyDocumentException>(passage, &input.resource_policy) {
            Err(malformed) => errors.push(inferred_failed("SYNTAX", malformed.message.unwrap_or_default())),
            Ok(document) => {
                if policy::is_public(&input.resource_policy) {
                    let text = "The resource policy allows broad access to the secret.";
                    errors.push(inferred_failed("PUBLIC_POLICY", text.to_owned()));
                }
                if secret.is_some_and(|secret| policy::locks_out(passage, &secret, &document)) {
                    let text = "The resource policy would keep you from changing it again.";
                    errors.push(inferred_failed("LOCKOUT", text.to_owned()));
                }
            }
        }
        // The event tells the last decision: that of the call, which is answered.
        let (allowed, _) = may(passage, input)?;
        let answer = ValidateResourcePolicyResponse {
            policy_validation_passed: Some(errors.is_empty()),
            validation_errors: Some(errors),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn may(
    passage: &mut Passage<'_>,
    input: &ValidateResourcePolicyRequest,
) -> Result<(Allowed, Option<Arc<Secret>>), ValidateResourcePolicyError> {
    let [first, second] = ACTIONS;
    if let Some(id) = &input.secret_id {
        enter::<ValidateResourcePolicyError>(passage, first, id, Context::new())?;
        let Entry { allowed, secret } =
            enter::<ValidateResourcePolicyError>(passage, second, id, Context::new())?;
        return Ok((allowed, Some(secret)));
    }
    let on = On { owner: Some(passage.account()), ..On::default() };
    passage.authorize_other(first, on, Context::new()).map_err(CommonError::from)?;
    let allowed = passage.authorize_other(second, on, Context::new()).map_err(CommonError::from)?;
    Ok((allowed, None))
}

/// AWS names its three checks nowhere.
fn inferred_failed(check: &str, text: String) -> ValidationErrorsEntry {
    ValidationErrorsEntry { check_name: Some(check.to_owned()), error_message: Some(text) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_failed() {
        let entry = super::inferred_failed("SYNTAX", "why".into());
        assert_eq!(entry.check_name.as_deref(), Some("SYNTAX"));
    }
}
