//! DeleteCustomKeyStore: forgets a key store, not what stands behind it.
//!
//! AWS: it must be disconnected and hold no keys. Keys are made in connected stores alone, of which this version has none.

use crate::{fault::denied, key_store};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    DeleteCustomKeyStoreError, DeleteCustomKeyStoreRequest, DeleteCustomKeyStoreResponse, calls,
};
use gatekey_policy::{Context, KmsAction};

/// The handler.
pub(crate) struct DeleteCustomKeyStore;

impl Operation for DeleteCustomKeyStore {
    type Call = calls::DeleteCustomKeyStore;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteCustomKeyStoreRequest,
    ) -> Result<Answered<DeleteCustomKeyStoreResponse>, DeleteCustomKeyStoreError> {
        let id = &input.custom_key_store_id;
        passage.draft().set_parameters(&key_store::Named { custom_key_store_id: id });
        let allowed = passage
            .authorize_without_key(KmsAction::DeleteCustomKeyStore, Context::new())
            .map_err(denied::<DeleteCustomKeyStoreError>)?;
        let held = key_store::held(passage);
        let store = held.record.get(id).map_err(key_store::unfit::<DeleteCustomKeyStoreError>)?;
        store.is_at_rest().map_err(key_store::unfit::<DeleteCustomKeyStoreError>)?;
        let stores = held.record.without(&store.id);
        key_store::replace(passage, &allowed, &held, &stores, DeleteCustomKeyStoreResponse {}).await
    }
}
