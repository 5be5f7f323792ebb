//! GetKeyPolicyVersion: one version of a key's policy. Users and roles that are gone are shown by their unique ids, as GetKeyPolicy
//! shows them.

use crate::{key::Asked, versions};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{GetKeyPolicyVersionError, GetKeyPolicyVersionRequest, GetKeyPolicyVersionResponse, calls},
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    number: i32,
}

/// The handler.
pub(crate) struct GetKeyPolicyVersion;

impl Operation for GetKeyPolicyVersion {
    type Call = calls::GetKeyPolicyVersion;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetKeyPolicyVersionRequest,
    ) -> Result<Answered<GetKeyPolicyVersionResponse>, GetKeyPolicyVersionError> {
        let number = input.number;
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, number });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:GetKeyPolicyVersion", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<GetKeyPolicyVersionError>()?;
        let number = versions::numbered(&key, number)?;
        let found = versions::find(passage, &key, number).await?;
        let found = found.ok_or_else(|| versions::internal(&format_args!("version {number} is missing")))?;
        let answer = GetKeyPolicyVersionResponse {
            key_arn: Some(key.name.to_string()),
            policy: Some(passage.show_policy(&versions::policy(&found))),
            gone: Some(versions::gone(passage, &found)),
            version: Some(versions::shown(&key, &found)),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
