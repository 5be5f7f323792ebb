//! The engine against the contract and the model.
#![cfg(test)]

use gatekey_store::{Store, suite};
use gatekey_store_sqlite::SqliteStore;
use proptest::prelude::*;
use std::sync::Arc;

fn fresh() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(SqliteStore::open(folder.path()).unwrap()), folder)
}

gatekey_store::conformance!(fresh());

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn it_agrees_with_the_model(steps in suite::steps::history(30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (store, folder) = fresh();
        let reopen = async |store: Arc<dyn Store>| {
            assert_eq!(Arc::strong_count(&store), 1, "the store is not closed while someone has it");
            drop(store);
            Arc::new(SqliteStore::open(folder.path()).unwrap()) as Arc<dyn Store>
        };
        runtime.block_on(suite::model::agrees(store, steps, reopen)).unwrap();
    }
}
