//! Verification of requests signed with AWS Signature Version 4.
//!
//! The canonical request is *reconstructed* from what came over the wire, never taken from the client, and the
//! signature over it is computed anew and compared in constant time. [`verify`] is the only maker of
//! [`Authenticated`], so whoever holds one knows that a signature was checked.
//!
//! The order of the checks and their texts are AWS's (the order is told to clients by which error they see first):
//! how the request is signed, which parts it has, its date, its age, the signed headers, the algorithm, the
//! credential's five parts, their scope, the access key, the session token, the signature.
//!
//! This crate knows no clock, socket, file, task or randomness. All sizes that a stranger chooses are bounded; see
//! [`limits`].

mod age;
mod canonical;
mod claim;
mod cut;
mod date;
mod error;
mod headers;
mod key;
pub mod limits;
mod query;
mod request;
mod scope;
mod sign;
mod verify;

pub use error::{Calculated, Fault, SignatureError};
pub use key::{SecretAccessKey, SigningKeyCache};
pub use request::{Body, RawRequest};
pub use sign::{Signing, amz_date};
pub use verify::{Authenticated, Claimed, Credential, Credentials, LookupError, Parts, SignedVia, verify};
