//! DisconnectCustomKeyStore: ends a key store's connection, or the failure to connect it.
//!
//! AWS: keys in the store cannot be used until it is connected again. One that is disconnected is not disconnected again.

use crate::{fault::denied, key_store};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    DisconnectCustomKeyStoreError, DisconnectCustomKeyStoreRequest, DisconnectCustomKeyStoreResponse, calls,
};
use gatekey_policy::{Context, KmsAction};

/// The handler.
pub(crate) struct DisconnectCustomKeyStore;

impl Operation for DisconnectCustomKeyStore {
    type Call = calls::DisconnectCustomKeyStore;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DisconnectCustomKeyStoreRequest,
    ) -> Result<Answered<DisconnectCustomKeyStoreResponse>, DisconnectCustomKeyStoreError> {
        let id = &input.custom_key_store_id;
        passage.draft().set_parameters(&key_store::Named { custom_key_store_id: id });
        let allowed = passage
            .authorize_without_key(KmsAction::DisconnectCustomKeyStore, Context::new())
            .map_err(denied::<DisconnectCustomKeyStoreError>)?;
        let held = key_store::held(passage);
        let store = held.record.get(id).and_then(|store| store.disconnected());
        let stores = store.and_then(|store| held.record.with_changed(store));
        let stores = stores.map_err(key_store::unfit::<DisconnectCustomKeyStoreError>)?;
        key_store::replace(passage, &allowed, &held, &stores, DisconnectCustomKeyStoreResponse {}).await
    }
}
