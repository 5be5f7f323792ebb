//! The memory engine against the contract, the model, and its own promise of a bounded history.

use gatekey_store::{Batch, MemoryStore, Revision, Span, Store, StoreError, suite};
use proptest::prelude::*;
use std::sync::Arc;

gatekey_store::conformance!((Arc::new(MemoryStore::new()) as Arc<dyn Store>, ()));

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn it_agrees_with_the_model(steps in suite::steps::history(40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        runtime.block_on(suite::model::agrees(store, steps, async |store| store)).unwrap();
    }
}

#[tokio::test]
async fn the_history_is_bounded() {
    let store = MemoryStore::with_history(10);
    for _ in 0..30 {
        store.commit(Batch::new().put("a", "v")).await.unwrap();
    }
    let oldest = Revision::new(20);
    assert_eq!(
        store.range(Span::all(), 1, Some(Revision::new(19))).await,
        Err(StoreError::Compacted { oldest })
    );
    assert!(store.range(Span::all(), 1, Some(oldest)).await.is_ok());
}
