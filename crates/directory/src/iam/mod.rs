//! IAM: users, groups, roles, policies, and whatever else an account has.

mod aws_managed;
mod entities;
mod entity;
mod records;
mod settings;

pub use aws_managed::{AwsManaged, AwsManagedPolicy};
pub use entities::Entities;
pub use entity::{Entity, EntityRecord, EntityTable, Header, Tags, arn_of, insert};
pub use records::{
    Document, GroupRecord, InstanceProfileRecord, LoginProfile, ManagedPolicyRecord, MfaDeviceRecord,
    MfaOwner, OidcProviderRecord, Permissions, PolicyVersion, RoleDeletionRecord, RoleRecord,
    SamlProviderRecord, UserRecord,
};
pub use settings::{
    AccountAliasTable, AccountSettings, PasswordHash, PasswordPolicy, Settings, SettingsTable,
};

/// A user.
pub type User = Entity<UserRecord>;
/// A group.
pub type Group = Entity<GroupRecord>;
/// A role.
pub type Role = Entity<RoleRecord>;
/// A virtual MFA device.
pub type MfaDevice = Entity<MfaDeviceRecord>;
/// A customer managed policy.
pub type ManagedPolicy = Entity<ManagedPolicyRecord>;
