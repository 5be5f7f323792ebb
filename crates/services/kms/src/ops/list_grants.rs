//! ListGrants: the grants on a key, or those of one grantee, or one of them.
//!
//! AWS: principals that are gone are shown by their unique ids. Works in every key state and across accounts.

use crate::{
    fault::{denied, invalid},
    grant, marker,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{HeldGrant, Key, Page};
use gatekey_model::kms::{
    InvalidMarkerException, ListGrantsError, ListGrantsRequest, ListGrantsResponse, calls,
};
use gatekey_policy::{KmsAction, Party};
use gatekey_types::{GrantId, UniqueId};
use serde::Serialize;
use std::sync::Arc;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_service_principal: &'a Option<String>,
}

/// The handler.
pub(crate) struct ListGrants;

impl Operation for ListGrants {
    type Call = calls::ListGrants;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListGrantsRequest,
    ) -> Result<Answered<ListGrantsResponse>, ListGrantsError> {
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            limit: input.limit,
            marker: &input.marker,
            grant_id: &input.grant_id,
            grantee_principal: &input.grantee_principal,
            grantee_service_principal: &input.grantee_service_principal,
        });
        // AWS lets services alone filter by a service, and no request here comes from one.
        if input.grantee_service_principal.is_some() {
            return Err(invalid("GranteeServicePrincipal can be used only by AWS service principals."));
        }
        let id = input.grant_id.as_deref().map(grant::id::<ListGrantsError>).transpose()?;
        let found = grant::find::<ListGrantsError>(passage, &input.key_id, KmsAction::ListGrants)?;
        let allowed = passage
            .authorize(KmsAction::ListGrants, &found, grant::not_for_a_resource())
            .map_err(denied::<ListGrantsError>)?;
        let grantee = input.grantee_principal.as_deref().map(|text| grantee(passage, text)).transpose()?;
        let asked = input.grantee_principal.as_deref().unwrap_or_default();
        let listing = format!("ListGrants {} {asked}", found.key.name);
        let after = match marker::read::<ListGrantsError>(&listing, input.marker.as_deref())? {
            Some(text) => Some(text.parse::<GrantId>().map_err(|_| InvalidMarkerException::bare())?),
            None => None,
        };
        let size = marker::page_size(input.limit, 50, 100);
        let listed = listed(&found.key, id, grantee.as_ref(), after.as_ref(), size + 1);
        let page = Page::take(listed.into_iter(), size);
        let last = page.items.last().map(|held| marker::after(&listing, &held.id().to_string()));
        let grants = page.items.iter().map(|held| grant::entry(passage, &found.key, held)).collect();
        let answer = ListGrantsResponse {
            grants: Some(grants),
            next_marker: last.filter(|_| page.truncated),
            truncated: Some(page.truncated),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// Whose grants: an ARN, or the unique id by which a principal that is gone is shown.
fn grantee(passage: &Passage<'_>, text: &str) -> Result<Party, ListGrantsError> {
    match text.parse::<UniqueId>() {
        Ok(id) => Ok(Party::Id(id)),
        Err(_) => grant::party::<ListGrantsError>(passage, text),
    }
}

fn listed<'a>(
    key: &'a Key,
    id: Option<GrantId>,
    grantee: Option<&Party>,
    after: Option<&GrantId>,
    most: usize,
) -> Vec<&'a Arc<HeldGrant>> {
    if let Some(id) = id {
        let held = key.grants.get(&id).filter(|_| after.is_none_or(|after| id > *after));
        let is_meant = |held: &&Arc<HeldGrant>| {
            grantee.is_none_or(|grantee| held.record.grant.grantee.is_same_as(grantee))
        };
        return held.filter(is_meant).into_iter().collect();
    }
    match grantee {
        Some(grantee) => key.grants.of_grantee(grantee, after, most),
        None => key.grants.after(after).take(most).collect(),
    }
}
