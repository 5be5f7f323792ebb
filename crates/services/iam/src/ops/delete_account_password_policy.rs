//! DeleteAccountPasswordPolicy: AWS's own demands hold again.

use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoInput, NoOutput,
    iam::{DeleteAccountPasswordPolicyError, NoSuchEntityException, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeleteAccountPasswordPolicy;

impl Operation for DeleteAccountPasswordPolicy {
    type Call = calls::DeleteAccountPasswordPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<NoOutput>, DeleteAccountPasswordPolicyError> {
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:DeleteAccountPasswordPolicy", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let settings = passage.snapshot().directory.settings(account);
        if settings.record.password_policy.is_none() {
            let text = format!("The Password Policy with domain name {account} cannot be found.");
            return Err(NoSuchEntityException::new(text).into());
        }
        let mut record = settings.record.clone();
        record.password_policy = None;
        passage.commit(&allowed, vec![settings.update(account, &record)], NoOutput {}).await.map_err(refused)
    }
}
