//! Gatekey's own service: what AWS has no API for. One operation, one file.
//!
//! It is a service like the others: its model is `models/gatekey.json`, its requests are signed for `gatekey`, name their
//! operation in `X-Amz-Target: Gatekey.OPERATION`, are authorized by actions `gatekey:OPERATION`, and leave their events in
//! the trail with the source `gatekey.internal`. Our own tools use it and nothing else.

mod access;
mod context;
mod foresight;
mod key;
mod ops;
mod orphans;
mod page;
mod policy;
mod principal;
mod recovery;
mod remedies;
mod replay;
mod scenario;
mod shown;
mod standing;
mod versions;
mod view;
mod world;

pub use foresight::Foreseer;
pub use ops::{served, visit};
