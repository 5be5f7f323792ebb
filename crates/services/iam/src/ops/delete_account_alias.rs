//! DeleteAccountAlias: the account gives its name back.

use crate::names;
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{DeleteAccountAliasError, DeleteAccountAliasRequest, NoSuchEntityException, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeleteAccountAlias;

impl Operation for DeleteAccountAlias {
    type Call = calls::DeleteAccountAlias;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteAccountAliasRequest,
    ) -> Result<Answered<NoOutput>, DeleteAccountAliasError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, alias) = (passage.account(), &input.account_alias);
        let allowed = passage
            .authorize_other("iam:DeleteAccountAlias", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let directory = &passage.snapshot().directory;
        let settings = directory.settings(account);
        if settings.record.alias.as_ref() != Some(alias) {
            let text = format!("The account alias {alias} cannot be found.");
            return Err(NoSuchEntityException::new(text).into());
        }
        let mut record = settings.record.clone();
        record.alias = None;
        let mut edits = vec![settings.update(account, &record)];
        edits.extend(directory.free_alias(alias));
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
