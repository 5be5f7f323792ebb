//! The wire protocols: bytes to shapes and back, by the tables of `gatekey-model`.
//!
//! Each protocol first reads a request into a `node` tree, guided by the input's shape: what the shape does not name is
//! skipped, and what has the wrong type is refused in AWS's words. The tree is then held against the model's
//! constraints (`validate`), and only then becomes the generated type. So one set of rules serves every protocol, and
//! a handler never sees a value that the model forbids.
//!
//! Nothing here knows a clock, a socket or a task; every cost is bounded by [`limits`].

mod blob;
mod error;
mod moment;
mod node;
mod pattern;
mod scalar;
mod unmodelled;
mod validate;

pub mod json;
pub mod limits;
pub mod query;
pub mod rest;

pub use error::{Answer, WireError};
