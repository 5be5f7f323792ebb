//! UpdateAccountPasswordPolicy: what the account demands of passwords.
//!
//! AWS: whatever the request leaves out goes back to its default.

use crate::names;
use gatekey_directory::PasswordPolicy;
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{UpdateAccountPasswordPolicyError, UpdateAccountPasswordPolicyRequest, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct UpdateAccountPasswordPolicy;

impl Operation for UpdateAccountPasswordPolicy {
    type Call = calls::UpdateAccountPasswordPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateAccountPasswordPolicyRequest,
    ) -> Result<Answered<NoOutput>, UpdateAccountPasswordPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:UpdateAccountPasswordPolicy", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
        let policy = PasswordPolicy {
            minimum_length: number(input.minimum_password_length).unwrap_or(6),
            require_symbols: input.require_symbols.unwrap_or_default(),
            require_numbers: input.require_numbers.unwrap_or_default(),
            require_uppercase: input.require_uppercase_characters.unwrap_or_default(),
            require_lowercase: input.require_lowercase_characters.unwrap_or_default(),
            users_may_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age: number(input.max_password_age).filter(|days| *days > 0),
            reuse_prevention: number(input.password_reuse_prevention).filter(|most| *most > 0),
            hard_expiry: input.hard_expiry,
        };
        let settings = passage.snapshot().directory.settings(account);
        let mut record = settings.record.clone();
        record.password_policy = Some(policy);
        passage.commit(&allowed, vec![settings.update(account, &record)], NoOutput {}).await.map_err(refused)
    }
}
