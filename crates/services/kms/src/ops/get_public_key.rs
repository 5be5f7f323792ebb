//! GetPublicKey: the public half of an asymmetric key, and what it may be used for.
//!
//! AWS: for keys of every usage but symmetric and HMAC keys, which have no public half (UnsupportedOperationException,
//! without a text); the key's state is looked at before its spec.

use crate::{
    fault::{denied, internal, missing, not_in_use},
    grant,
    metadata::metadata,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{Key, KeyFault};
use gatekey_model::{
    Blob,
    kms::{
        GetPublicKeyError, GetPublicKeyRequest, GetPublicKeyResponse, UnsupportedOperationException, calls,
    },
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::Timestamp;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct GetPublicKey;

impl Operation for GetPublicKey {
    type Call = calls::GetPublicKey;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetPublicKeyRequest,
    ) -> Result<Answered<GetPublicKeyResponse>, GetPublicKeyError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        grant::present::<GetPublicKeyError>(passage, &input.grant_tokens)?;
        let action = KmsAction::GetPublicKey;
        let found = passage.find(&input.key_id, action).map_err(missing::<GetPublicKeyError>)?;
        let allowed =
            passage.authorize(action, &found, Context::new()).map_err(denied::<GetPublicKeyError>)?;
        let key = &*found.key;
        inferred_state(key, passage.now()).map_err(not_in_use::<GetPublicKeyError>)?;
        let public_key = public_key(passage, key).await?;
        Ok(passage.answer(&allowed, answer(key, passage.now(), public_key)))
    }
}

/// AWS's table of key states says that a disabled key does not give its public half away; the service does. It is no secret.
fn inferred_state(key: &Key, now: Timestamp) -> Result<(), KeyFault> {
    match key.in_use_state(now) {
        Err(KeyFault::Disabled(_)) => Ok(()),
        state => state,
    }
}

async fn public_key(passage: &Passage<'_>, key: &Key) -> Result<Vec<u8>, GetPublicKeyError> {
    if key.record.spec.is_symmetric() {
        return Err(UnsupportedOperationException::bare().into());
    }
    let id = key.record.material.ok_or_else(|| internal::<GetPublicKeyError>("the key has no material"))?;
    let material = passage.material(key, &id).await.map_err(internal::<GetPublicKeyError>)?;
    let half = material.public_key().map(<[u8]>::to_vec);
    half.ok_or_else(|| internal("the material has no public half"))
}

/// The public half with what DescribeKey says of its use.
fn answer(key: &Key, now: Timestamp, public_key: Vec<u8>) -> GetPublicKeyResponse {
    let described = metadata(key, now);
    GetPublicKeyResponse {
        key_id: described.arn,
        public_key: Some(Blob::new(public_key)),
        customer_master_key_spec: described.customer_master_key_spec,
        key_spec: described.key_spec,
        key_usage: described.key_usage,
        encryption_algorithms: described.encryption_algorithms,
        signing_algorithms: described.signing_algorithms,
        key_agreement_algorithms: described.key_agreement_algorithms,
        encapsulation_algorithms: described.encapsulation_algorithms,
    }
}
