//! SetSecurityTokenServicePreferences: which version of tokens the global STS endpoint gives.
//!
//! Gatekey's tokens are valid in every Region in either version; the preference is kept and shown in the account's summary.

use crate::names;
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{
        GlobalEndpointTokenVersion, SetSecurityTokenServicePreferencesError,
        SetSecurityTokenServicePreferencesRequest, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct SetSecurityTokenServicePreferences;

impl Operation for SetSecurityTokenServicePreferences {
    type Call = calls::SetSecurityTokenServicePreferences;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SetSecurityTokenServicePreferencesRequest,
    ) -> Result<Answered<NoOutput>, SetSecurityTokenServicePreferencesError> {
        passage.draft().set_parameters(&names::camel(input));
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:SetSecurityTokenServicePreferences", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let settings = passage.snapshot().directory.settings(account);
        let mut record = settings.record.clone();
        record.token_version = Some(match input.global_endpoint_token_version {
            GlobalEndpointTokenVersion::V2Token => 2,
            _ => 1,
        });
        passage.commit(&allowed, vec![settings.update(account, &record)], NoOutput {}).await.map_err(refused)
    }
}
