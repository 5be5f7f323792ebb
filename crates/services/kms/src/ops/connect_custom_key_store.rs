//! ConnectCustomKeyStore: connects a key store with what stands behind it.
//!
//! AWS: the answer does not wait for the connection; DescribeCustomKeyStores tells what came of it. Nothing that could stand
//! behind a store is served by this version: the store is `FAILED` with the code for what is not there.

use crate::{fault::denied, key_store};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    ConnectCustomKeyStoreError, ConnectCustomKeyStoreRequest, ConnectCustomKeyStoreResponse, calls,
};
use gatekey_policy::{Context, KmsAction};

/// The handler.
pub(crate) struct ConnectCustomKeyStore;

impl Operation for ConnectCustomKeyStore {
    type Call = calls::ConnectCustomKeyStore;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ConnectCustomKeyStoreRequest,
    ) -> Result<Answered<ConnectCustomKeyStoreResponse>, ConnectCustomKeyStoreError> {
        let id = &input.custom_key_store_id;
        passage.draft().set_parameters(&key_store::Named { custom_key_store_id: id });
        let allowed = passage
            .authorize_without_key(KmsAction::ConnectCustomKeyStore, Context::new())
            .map_err(denied::<ConnectCustomKeyStoreError>)?;
        let held = key_store::held(passage);
        let store = held.record.get(id).and_then(|store| store.connected());
        let stores = store.and_then(|store| held.record.with_changed(store));
        let stores = stores.map_err(key_store::unfit::<ConnectCustomKeyStoreError>)?;
        key_store::replace(passage, &allowed, &held, &stores, ConnectCustomKeyStoreResponse {}).await
    }
}
