//! DeleteImportedKeyMaterial: erases imported material; the key waits until the same is imported again.
//!
//! AWS: the current material if none is named. Works in every state, and does nothing where there is nothing. What waits for
//! its rotation is forgotten altogether.

use crate::{
    fault::{denied, missing, uncommitted},
    import,
};
use gatekey_gate::{Answered, Found, Operation, Passage};
use gatekey_keyring::MaterialRecord;
use gatekey_model::kms::{
    DeleteImportedKeyMaterialError, DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse,
    NotFoundException, calls,
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
    key_material_id: &'a Option<String>,
}

/// The handler.
pub(crate) struct DeleteImportedKeyMaterial;

impl Operation for DeleteImportedKeyMaterial {
    type Call = calls::DeleteImportedKeyMaterial;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteImportedKeyMaterialRequest,
    ) -> Result<Answered<DeleteImportedKeyMaterialResponse>, DeleteImportedKeyMaterialError> {
        passage
            .draft()
            .set_parameters(&Parameters { key_id: &input.key_id, key_material_id: &input.key_material_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::DeleteImportedKeyMaterial)
            .map_err(missing::<DeleteImportedKeyMaterialError>)?;
        let allowed = passage
            .authorize(KmsAction::DeleteImportedKeyMaterial, &found, Context::new())
            .map_err(denied::<DeleteImportedKeyMaterialError>)?;
        import::takes::<DeleteImportedKeyMaterialError>(&found.key)?;
        let id = meant(&found, input)?;
        let edits = id.map(|id| passage.snapshot().keyring.without_material(&found.key, &id));
        let answer = DeleteImportedKeyMaterialResponse {
            key_id: Some(found.key.name.to_string()),
            key_material_id: id.and_then(|id| import::shown(&found.key, id)),
        };
        passage.draft().set_response(&import::Told {
            key_id: found.key.name.as_str(),
            key_material_id: answer.key_material_id.as_deref(),
        });
        let edits = edits.unwrap_or_default();
        let done = passage.commit(&allowed, edits, answer).await;
        id.iter().for_each(|id| passage.forget_material(id));
        done.map_err(uncommitted::<DeleteImportedKeyMaterialError>)
    }
}

/// The material that is to go: the one that is named, or else the current one, if there ever was one.
fn meant(
    found: &Found,
    input: &DeleteImportedKeyMaterialRequest,
) -> Result<Option<KeyMaterialId>, DeleteImportedKeyMaterialError> {
    let key = &found.key;
    let Some(text) = &input.key_material_id else { return Ok(key.record.material) };
    import::symmetric::<DeleteImportedKeyMaterialError>(key, "KeyMaterialId")?;
    let known = |(id, _, _): &&(KeyMaterialId, _, std::sync::Arc<MaterialRecord>)| id.to_string() == *text;
    match key.materials.iter().find(known) {
        Some((id, _, _)) => Ok(Some(*id)),
        None => Err(NotFoundException::new(import::inferred_no_such_material(text, &key.arn)).into()),
    }
}
