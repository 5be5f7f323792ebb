//! Accounts, principals and credentials: their records and their life.
//!
//! This crate does no I/O. [`Directory`] is the immutable picture of who exists; the records are what the store keeps
//! (sealed by the gate). `iam` has what an account has of its own, `organization` what binds accounts from above, and
//! [`Caller`] puts together, for one request, the caller and every policy that goes with it.

mod account;
mod caller;
mod credential;
mod directory;
mod iam;
mod organization;
mod quota;
mod rights;
mod saml;
mod session;
mod usage;

pub use account::{AccountRecord, AccountTable};
pub use caller::{Bearer, Caller, role_principal};
pub use credential::{
    AccessKey, AccessKeyId, AccessKeyRecord, AccessKeyTable, KeyStatus, NewAccessKey, Owner, Secret,
};
pub use directory::{Directory, UnknownPrincipal};
pub use iam::*;
pub use organization::{
    ControlKind, ControlPolicyRecord, ControlPolicyTable, Controls, CreationRecord, CreationTable, DEEPEST,
    DelegationPolicy, Joining, Kept, MemberRecord, MemberTable, OrganizationRecord, OrganizationTable,
    Organizations, Organizer, UnitRecord, UnitTable, aws_managed, policy_arn, short_id,
};
pub use quota::Quotas;
pub use saml::{NoMetadata, SamlMetadata};
pub use session::{Claims, Session, Subject};
pub use usage::{LastUse, LastUseTable, Used};
