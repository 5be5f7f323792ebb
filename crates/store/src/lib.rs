//! The ordered, guarded, watched key-value store: contract, memory engine, conformance suite.
//!
//! [`Store`] has the shape of etcd, since an embedded engine can imitate that and not the reverse. What every engine
//! promises is written at the trait, and checked by the `suite` feature's conformance suite, which every engine runs.
//!
//! The store knows nothing of what it holds: keys and values are bytes, and everything above seals what it writes.

mod batch;
mod contract;
mod error;
mod memory;
mod record;
mod span;
#[cfg(feature = "suite")]
pub mod suite;
pub mod table;

pub use batch::{Batch, Checked, Guard, MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_OPERATIONS, Write};
pub use contract::{Pending, Store, Watch};
pub use error::{Refusal, StoreError};
pub use memory::MemoryStore;
pub use record::{Change, Changes, MAX_PAGE_BYTES, MAX_PAGE_RECORDS, Page, PageBuilder, Record, Revision};
pub use span::Span;
