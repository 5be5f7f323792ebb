//! ListRetirableGrants: the grants in the Region that a principal may retire, on whosever keys.
//!
//! AWS: the principal must be of the caller's own account; identity policies alone decide, and nobody's right to the keys is
//! asked.

use crate::{
    fault::{denied, invalid},
    grant, marker,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Page;
use gatekey_model::kms::{
    InvalidMarkerException, ListGrantsResponse, ListRetirableGrantsError, ListRetirableGrantsRequest, calls,
};
use gatekey_policy::{Context, KmsAction, Party};
use gatekey_types::{AccountId, GrantId, KeyArn};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_service_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: &'a Option<String>,
}

/// The handler.
pub(crate) struct ListRetirableGrants;

impl Operation for ListRetirableGrants {
    type Call = calls::ListRetirableGrants;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRetirableGrantsRequest,
    ) -> Result<Answered<ListGrantsResponse>, ListRetirableGrantsError> {
        passage.draft().set_parameters(&Parameters {
            retiring_principal: &input.retiring_principal,
            retiring_service_principal: &input.retiring_service_principal,
            limit: input.limit,
            marker: &input.marker,
        });
        let names = ["RetiringPrincipal", "RetiringServicePrincipal"];
        let (principal, service) = (&input.retiring_principal, &input.retiring_service_principal);
        grant::exactly_one::<ListRetirableGrantsError>(principal, service, names)?;
        let allowed = passage
            .authorize_without_key(KmsAction::ListRetirableGrants, Context::new())
            .map_err(denied::<ListRetirableGrantsError>)?;
        // AWS lets services alone ask for a service, and no request here comes from one.
        let Some(arn) = principal else {
            return Err(invalid("RetiringServicePrincipal can be used only by AWS service principals."));
        };
        let party = own(passage, arn)?;
        let listing = format!("ListRetirableGrants {arn}");
        let after = marker::read::<ListRetirableGrantsError>(&listing, input.marker.as_deref())?;
        let after = after.map(|text| place(&text).ok_or_else(InvalidMarkerException::bare)).transpose()?;
        let found = passage.snapshot().keyring.retirable(&party, passage.region(), after, passage.now());
        let page = Page::take(found, marker::page_size(input.limit, 50, 100));
        let last = page.items.last().map(|(key, held)| format!("{} {}", key.name, held.id()));
        let answer = ListGrantsResponse {
            grants: Some(page.items.iter().map(|(key, held)| grant::entry(passage, key, held)).collect()),
            next_marker: last.filter(|_| page.truncated).map(|last| marker::after(&listing, &last)),
            truncated: Some(page.truncated),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// Whom the ARN means, if that is somebody of the caller's account; another account's principals are as good as none.
fn own(passage: &Passage<'_>, arn: &str) -> Result<Party, ListRetirableGrantsError> {
    let of = |party: &Party| -> Option<AccountId> {
        match party {
            Party::Principal { arn, .. } => Some(arn.account()),
            Party::Id(_) | Party::Service(_) => None,
        }
    };
    let party = passage.party(arn).filter(|party| of(party) == Some(passage.account()));
    party.ok_or_else(|| grant::invalid_arn(arn))
}

/// Where a marker says that the listing goes on: after a key's grant.
fn place(text: &str) -> Option<(KeyArn, GrantId)> {
    let (key, grant) = text.split_once(' ')?;
    Some((key.parse().ok()?, grant.parse().ok()?))
}
