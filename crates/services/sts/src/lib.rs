//! STS: one operation, one file.
//!
//! What several operations share is here, by noun: the role that is assumed, the session that comes of it, its policies
//! and its tags, the second factor.

mod assumption;
mod event;
mod fault;
mod mfa;
mod ops;
mod policy;
mod role;
mod saml;
mod session;
mod tag;
mod web_token;

pub use ops::{served, visit};
