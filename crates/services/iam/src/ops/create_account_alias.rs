//! CreateAccountAlias: a name for the account, unique on this server.
//!
//! AWS: an account has one at most; a new one takes the place of the one before.

use crate::names;
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{CreateAccountAliasError, CreateAccountAliasRequest, EntityAlreadyExistsException, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateAccountAlias;

impl Operation for CreateAccountAlias {
    type Call = calls::CreateAccountAlias;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateAccountAliasRequest,
    ) -> Result<Answered<NoOutput>, CreateAccountAliasError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, alias) = (passage.account(), &input.account_alias);
        let allowed = passage
            .authorize_other("iam:CreateAccountAlias", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let directory = &passage.snapshot().directory;
        let settings = directory.settings(account);
        let mut edits = Vec::new();
        match directory.account_of_alias(alias) {
            Some(owner) if owner == account => {}
            Some(_) => {
                let text = format!("The account alias {alias} already exists.");
                return Err(EntityAlreadyExistsException::new(text).into());
            }
            None => {
                edits.extend(settings.record.alias.as_ref().and_then(|before| directory.free_alias(before)));
                edits.push(directory.take_alias(alias, account));
            }
        }
        let mut record = settings.record.clone();
        record.alias = Some(alias.clone());
        edits.push(settings.update(account, &record));
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
