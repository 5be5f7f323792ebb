//! ListKeyPolicies: the names of a key's policies, of which there is one, `default`.

use crate::{
    fault::{denied, missing},
    policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{ListKeyPoliciesError, ListKeyPoliciesRequest, ListKeyPoliciesResponse, calls};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct ListKeyPolicies;

impl Operation for ListKeyPolicies {
    type Call = calls::ListKeyPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListKeyPoliciesRequest,
    ) -> Result<Answered<ListKeyPoliciesResponse>, ListKeyPoliciesError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ListKeyPolicies)
            .map_err(missing::<ListKeyPoliciesError>)?;
        let allowed = passage
            .authorize(KmsAction::ListKeyPolicies, &found, Context::new())
            .map_err(denied::<ListKeyPoliciesError>)?;
        // One name fits every page, so no marker is ever given, and one that is sent is passed over.
        let answer = ListKeyPoliciesResponse {
            policy_names: Some(vec![policy::DEFAULT.to_owned()]),
            truncated: Some(false),
            ..ListKeyPoliciesResponse::default()
        };
        Ok(passage.answer(&allowed, answer))
    }
}
