//! RevokeGrant: deletes a grant, by the right of a policy.
//!
//! AWS: works in every key state and across accounts; grant tokens name no grant here.

use crate::{
    ciphertext::dry_run,
    fault::{denied, uncommitted},
    grant,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    kms::{RevokeGrantError, RevokeGrantRequest, calls},
};
use gatekey_policy::KmsAction;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    grant_id: &'a str,
}

/// The handler.
pub(crate) struct RevokeGrant;

impl Operation for RevokeGrant {
    type Call = calls::RevokeGrant;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RevokeGrantRequest,
    ) -> Result<Answered<NoOutput>, RevokeGrantError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, grant_id: &input.grant_id });
        let id = grant::id::<RevokeGrantError>(&input.grant_id)?;
        let found = grant::find::<RevokeGrantError>(passage, &input.key_id, KmsAction::RevokeGrant)?;
        let allowed = passage
            .authorize(KmsAction::RevokeGrant, &found, grant::not_for_a_resource())
            .map_err(denied::<RevokeGrantError>)?;
        let key = &found.key;
        let held = key.grants.get(&id).ok_or_else(|| grant::no_such::<RevokeGrantError>(&id))?;
        dry_run::<RevokeGrantError>(input.dry_run)?;
        passage.draft().set_response(&grant::Told { grant_id: None, key_id: key.name.as_str() });
        let edits = vec![held.deleted(&key.arn)];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<RevokeGrantError>)
    }
}
