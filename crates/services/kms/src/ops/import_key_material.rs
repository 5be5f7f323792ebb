//! ImportKeyMaterial: takes over material that its owner made and wrapped.
//!
//! AWS: a key takes its first material, then only that one again; a symmetric encryption key also takes one more at a time,
//! which waits for its rotation. Expiry is set anew with each import.

use crate::{
    fault::{denied, missing, uncommitted, wrong_state},
    import,
};
use gatekey_gate::{Answered, Found, Operation, Passage};
use gatekey_keyring::{Import, ImportKind};
use gatekey_model::kms::{
    ExpirationModelType, ImportKeyMaterialError, ImportKeyMaterialRequest, ImportKeyMaterialResponse,
    ImportType, calls,
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::{KeyMaterialId, Timestamp};
use serde::Serialize;

/// CloudTrail's parameters: neither the token nor the material.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_model: Option<ExpirationModelType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    import_type: Option<ImportType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_description: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_id: &'a Option<String>,
}

/// The handler.
pub(crate) struct ImportKeyMaterial;

impl Operation for ImportKeyMaterial {
    type Call = calls::ImportKeyMaterial;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ImportKeyMaterialRequest,
    ) -> Result<Answered<ImportKeyMaterialResponse>, ImportKeyMaterialError> {
        let valid_to = input.valid_to.map(|on| Timestamp::from_millis(on.millis()));
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            valid_to: valid_to.map(|on| on.to_string()),
            expiration_model: input.expiration_model,
            import_type: input.import_type,
            key_material_description: &input.key_material_description,
            key_material_id: &input.key_material_id,
        });
        let expires = import::expiry(input.expiration_model, valid_to, passage.now())?;
        let named = named(input)?;
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ImportKeyMaterial)
            .map_err(missing::<ImportKeyMaterialError>)?;
        let allowed = passage
            .authorize(KmsAction::ImportKeyMaterial, &found, conditions(input.expiration_model, valid_to))
            .map_err(denied::<ImportKeyMaterialError>)?;
        import::takes::<ImportKeyMaterialError>(&found.key)?;
        found.key.not_pending_deletion().map_err(wrong_state::<ImportKeyMaterialError>)?;
        import::suited(&found.key, input)?;
        let (id, record) = import::unwrapped(passage, &found, input).await?;
        let import = Import {
            id,
            sealed: record.sealed,
            kind: input.import_type.and_then(kind),
            named,
            description: input.key_material_description.clone(),
            expires,
        };
        let edits = passage.snapshot().keyring.imported(&found.key, import, passage.now());
        let edits = edits.map_err(import::refused)?;
        let answer = answer(&found, id);
        passage.draft().set_response(&import::Told {
            key_id: found.key.name.as_str(),
            key_material_id: answer.key_material_id.as_deref(),
        });
        passage.commit(&allowed, edits, answer).await.map_err(uncommitted::<ImportKeyMaterialError>)
    }
}

/// What policies see: only what was sent, though there is a default.
fn conditions(model: Option<ExpirationModelType>, valid_to: Option<Timestamp>) -> Context<'static> {
    let mut context = Context::new();
    if let Some(model) = model {
        context.set(KeyName::KmsExpirationModel, model.as_str());
    }
    if let Some(valid_to) = valid_to {
        context.set(KeyName::KmsValidTo, valid_to);
    }
    context
}

/// The material that the request names, which cannot be a new one.
fn named(input: &ImportKeyMaterialRequest) -> Result<Option<KeyMaterialId>, ImportKeyMaterialError> {
    let Some(text) = &input.key_material_id else { return Ok(None) };
    if input.import_type == Some(ImportType::NewKeyMaterial) {
        return Err(import::inferred_new_cannot_be_named());
    }
    import::material_id(text).map(Some)
}

fn kind(kind: ImportType) -> Option<ImportKind> {
    match kind {
        ImportType::NewKeyMaterial => Some(ImportKind::New),
        ImportType::ExistingKeyMaterial => Some(ImportKind::Existing),
    }
}

/// AWS tells the id of symmetric encryption keys' materials only.
fn answer(found: &Found, id: KeyMaterialId) -> ImportKeyMaterialResponse {
    ImportKeyMaterialResponse {
        key_id: Some(found.key.name.to_string()),
        key_material_id: import::shown(&found.key, id),
    }
}
