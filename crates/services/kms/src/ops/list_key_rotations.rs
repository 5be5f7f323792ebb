//! ListKeyRotations: the materials that rotations made current, and on request all others of the key.
//!
//! AWS: for symmetric encryption keys only, in every state; in the order of time. By default without the first material and
//! without what waits for its rotation.

use crate::{
    fault::{denied, missing},
    marker, rotation,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{MaterialRecord, Page};
use gatekey_model::kms::{
    IncludeKeyMaterial, InvalidMarkerException, ListKeyRotationsError, ListKeyRotationsRequest,
    ListKeyRotationsResponse, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::KeyMaterialId;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_key_material: Option<IncludeKeyMaterial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: &'a Option<String>,
}

/// The handler.
pub(crate) struct ListKeyRotations;

impl Operation for ListKeyRotations {
    type Call = calls::ListKeyRotations;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListKeyRotationsRequest,
    ) -> Result<Answered<ListKeyRotationsResponse>, ListKeyRotationsError> {
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            include_key_material: input.include_key_material,
            limit: input.limit,
            marker: &input.marker,
        });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ListKeyRotations)
            .map_err(missing::<ListKeyRotationsError>)?;
        let allowed = passage
            .authorize(KmsAction::ListKeyRotations, &found, Context::new())
            .map_err(denied::<ListKeyRotationsError>)?;
        let key = &found.key;
        rotation::rotatable::<ListKeyRotationsError>(key)?;
        let everything = input.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial);
        let listing = format!("ListKeyRotations {} {everything}", key.name);
        let after = marker::read::<ListKeyRotationsError>(&listing, input.marker.as_deref())?;
        let mut listed = rotation::materials(key, passage.now());
        listed.retain(|(_, record)| everything || (record.rotated.is_some() && record.pending.is_none()));
        let rest = from(&listed, after)?;
        let page = Page::take(rest.iter(), marker::page_size(input.limit, 100, 1000));
        let last = page.items.last().map(|(id, _)| marker::after(&listing, &id.to_string()));
        let keyring = &passage.snapshot().keyring;
        let entry = |(id, record): &&(KeyMaterialId, &MaterialRecord)| {
            rotation::entry(keyring, key, (id, record), passage.now())
        };
        let answer = ListKeyRotationsResponse {
            rotations: Some(page.items.iter().map(entry).collect()),
            next_marker: last.filter(|_| page.truncated),
            truncated: Some(page.truncated),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// What follows the material of a marker.
fn from<T>(
    listed: &[(KeyMaterialId, T)],
    after: Option<String>,
) -> Result<&[(KeyMaterialId, T)], ListKeyRotationsError> {
    let Some(after) = after else { return Ok(listed) };
    let place = listed.iter().position(|(id, _)| id.to_string() == after);
    let rest = place.and_then(|place| listed.get(place.saturating_add(1)..));
    rest.ok_or_else(|| InvalidMarkerException::bare().into())
}
