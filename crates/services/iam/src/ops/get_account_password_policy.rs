//! GetAccountPasswordPolicy: what the account demands of passwords, where it says so.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError, NoInput,
    iam::{
        self, GetAccountPasswordPolicyError, GetAccountPasswordPolicyResponse, NoSuchEntityException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetAccountPasswordPolicy;

impl Operation for GetAccountPasswordPolicy {
    type Call = calls::GetAccountPasswordPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<GetAccountPasswordPolicyResponse>, GetAccountPasswordPolicyError> {
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:GetAccountPasswordPolicy", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let settings = passage.snapshot().directory.settings(account);
        let Some(policy) = &settings.record.password_policy else {
            let text = format!("The Password Policy with domain name {account} cannot be found.");
            return Err(NoSuchEntityException::new(text).into());
        };
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let password_policy = iam::PasswordPolicy {
            minimum_password_length: Some(number(policy.minimum_length)),
            require_symbols: Some(policy.require_symbols),
            require_numbers: Some(policy.require_numbers),
            require_uppercase_characters: Some(policy.require_uppercase),
            require_lowercase_characters: Some(policy.require_lowercase),
            allow_users_to_change_password: Some(policy.users_may_change),
            expire_passwords: Some(policy.max_age.is_some()),
            max_password_age: policy.max_age.map(number),
            password_reuse_prevention: policy.reuse_prevention.map(number),
            hard_expiry: policy.hard_expiry,
        };
        Ok(passage.answer(&allowed, GetAccountPasswordPolicyResponse { password_policy }))
    }
}
