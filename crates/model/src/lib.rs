//! Shapes, constraints, operations and errors of the services, generated from `models/` by `cargo xtask codegen`.
//!
//! There is no logic here: this file's neighbours say what a shape, an operation and an error *are*, and each service's
//! module is a table of them. `gatekey-wire` interprets the tables.

mod error;
mod macros;
mod operation;
mod primitive;
mod shape;

#[rustfmt::skip]
pub mod accessanalyzer;
#[rustfmt::skip]
pub mod cloudtrail;
#[rustfmt::skip]
pub mod gatekey;
#[rustfmt::skip]
pub mod iam;
#[rustfmt::skip]
pub mod kms;
#[rustfmt::skip]
pub mod organizations;
#[cfg(feature = "samples")]
#[rustfmt::skip]
pub mod sample_query;
#[cfg(feature = "samples")]
#[rustfmt::skip]
pub mod sample_rest;
#[rustfmt::skip]
pub mod secretsmanager;
#[rustfmt::skip]
pub mod ssm;
#[rustfmt::skip]
pub mod sts;
#[rustfmt::skip]
pub mod tagging;

pub use error::{ApiError, CommonError, ErrorInfo, Face, common};
pub use operation::{Call, Http, NoInput, NoOutput, OperationInfo, Protocol, Service, Visit};
pub use primitive::{BASE64, Blob, EpochSeconds, Sensitive, lenient};
pub use shape::{Kind, Location, Matcher, Member, Pattern, Shape, TimestampFormat};
