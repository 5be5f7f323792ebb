//! ListKeyPolicyVersions: who put which policy on a key, when, by what, and who controlled the key under it. The newest come first.

use crate::{key::Asked, versions};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{
        ListKeyPolicyVersionsError, ListKeyPolicyVersionsRequest, ListKeyPolicyVersionsResponse, calls,
    },
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct ListKeyPolicyVersions;

impl Operation for ListKeyPolicyVersions {
    type Call = calls::ListKeyPolicyVersions;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListKeyPolicyVersionsRequest,
    ) -> Result<Answered<ListKeyPolicyVersionsResponse>, ListKeyPolicyVersionsError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:ListKeyPolicyVersions", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<ListKeyPolicyVersionsError>()?;
        let mut found = Vec::new();
        for number in key.policy_versions().rev() {
            found.extend(versions::find(passage, &key, number).await?);
        }
        let answer = ListKeyPolicyVersionsResponse {
            key_arn: Some(key.name.to_string()),
            versions: Some(found.iter().map(|version| versions::shown(&key, version)).collect()),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
