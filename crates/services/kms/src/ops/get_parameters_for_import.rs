//! GetParametersForImport: a public key under which the owner wraps material, and the token that goes with it.
//!
//! AWS: both last 24 hours and belong to the one key; for keys of origin EXTERNAL that do not wait for their deletion.

use crate::{
    fault::{denied, internal, missing, wrong_state},
    import,
    metadata::epoch,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob, Sensitive,
    kms::{
        AlgorithmSpec, GetParametersForImportError, GetParametersForImportRequest,
        GetParametersForImportResponse, WrappingKeySpec, calls,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    wrapping_algorithm: AlgorithmSpec,
    wrapping_key_spec: WrappingKeySpec,
}

/// The handler.
pub(crate) struct GetParametersForImport;

impl Operation for GetParametersForImport {
    type Call = calls::GetParametersForImport;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetParametersForImportRequest,
    ) -> Result<Answered<GetParametersForImportResponse>, GetParametersForImportError> {
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            wrapping_algorithm: input.wrapping_algorithm,
            wrapping_key_spec: input.wrapping_key_spec,
        });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::GetParametersForImport)
            .map_err(missing::<GetParametersForImportError>)?;
        let mut context = Context::new();
        context
            .set(KeyName::KmsWrappingAlgorithm, input.wrapping_algorithm.as_str())
            .set(KeyName::KmsWrappingKeySpec, input.wrapping_key_spec.as_str());
        let allowed = passage
            .authorize(KmsAction::GetParametersForImport, &found, context)
            .map_err(denied::<GetParametersForImportError>)?;
        let key = &found.key;
        import::takes::<GetParametersForImportError>(key)?;
        key.not_pending_deletion().map_err(wrong_state::<GetParametersForImportError>)?;
        let (algorithm, spec) = import::wrapping::<GetParametersForImportError>(
            key.record.spec,
            input.wrapping_algorithm,
            input.wrapping_key_spec,
        )?;
        let made = passage.import_parameters(key, algorithm, spec).await;
        let made = made.map_err(internal::<GetParametersForImportError>)?;
        let answer = GetParametersForImportResponse {
            key_id: Some(key.name.to_string()),
            import_token: Some(Blob::new(made.token)),
            public_key: Some(Sensitive::new(Blob::new(made.public_key))),
            parameters_valid_to: Some(epoch(made.valid_to)),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
