//! The records of IAM's entities.

use super::entity::{EntityRecord, Header};
use crate::{PasswordHash, Secret};
use gatekey_policy::Pins;
use gatekey_types::{Arn, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A document with the unique ids that the users and roles named in it had when it was put.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Document {
    /// The text as it was put.
    pub text: String,
    /// The unique ids of whom it names.
    #[serde(default)]
    pub pins: Pins,
}

/// The policies that a user, group or role has.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Permissions {
    /// Inline policies: name to document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, String>,
    /// Attached managed policies, in the order in which they were attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Arn>,
    /// The permissions boundary; groups have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<Arn>,
}

impl Permissions {
    fn documents(&self) -> Vec<(&str, &str)> {
        self.inline.iter().map(|(name, document)| (name.as_str(), document.as_str())).collect()
    }

    fn references(&self) -> impl Iterator<Item = String> {
        let boundary = self.boundary.iter().map(|arn| format!("boundary:{arn}"));
        self.attached.iter().map(Arn::to_string).chain(boundary)
    }
}

/// A password with which somebody may sign in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoginProfile {
    /// The hash.
    pub password: PasswordHash,
    /// When the profile was made.
    pub created: Timestamp,
    /// Whether it must be changed at the next sign-in.
    pub reset_required: bool,
    /// Hashes of earlier passwords, the newest first, for the password policy.
    #[serde(default)]
    pub earlier: Vec<PasswordHash>,
}

/// A user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UserRecord {
    /// What every entity has.
    pub header: Header,
    /// Its policies.
    #[serde(default)]
    pub permissions: Permissions,
    /// The ids of its groups.
    #[serde(default)]
    pub groups: BTreeSet<UniqueId>,
    /// Its password.
    #[serde(default)]
    pub login: Option<LoginProfile>,
    /// When it last signed in with it.
    #[serde(default)]
    pub password_last_used: Option<Timestamp>,
}

/// A group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GroupRecord {
    /// What every entity has. Groups have no tags.
    pub header: Header,
    /// Its policies.
    #[serde(default)]
    pub permissions: Permissions,
}

/// A role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RoleRecord {
    /// What every entity has.
    pub header: Header,
    /// Its policies.
    #[serde(default)]
    pub permissions: Permissions,
    /// Who may assume it.
    pub trust: Document,
    /// Its description.
    #[serde(default)]
    pub description: Option<String>,
    /// Longest session, in seconds: 3,600 to 43,200.
    pub longest_session: u32,
}

/// A version of a managed policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A customer managed policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ManagedPolicyRecord {
    /// What every entity has.
    pub header: Header,
    /// Its description.
    #[serde(default)]
    pub description: Option<String>,
    /// Its versions by number; at most five.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version that is in force.
    pub default_version: u32,
    /// The number of the next version: numbers are never used twice.
    pub next_version: u32,
    /// When the newest version was made.
    pub updated: Timestamp,
}

/// An instance profile: the role of an instance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InstanceProfileRecord {
    /// What every entity has.
    pub header: Header,
    /// The id of its role.
    #[serde(default)]
    pub role: Option<UniqueId>,
}

/// What came of an order to delete a service-linked role. Its name is a UUID, its path tells service and role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RoleDeletionRecord {
    /// What every entity has.
    pub header: Header,
    /// Why the role was not deleted, if it was not: the resources that still use it, by Region.
    #[serde(default)]
    pub used_by: Option<BTreeMap<String, Vec<Arn>>>,
}

/// Whose a second factor is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum MfaOwner {
    /// The root user of the account that the device is in.
    Root,
    /// The user of this id.
    User(UniqueId),
}

/// A virtual MFA device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MfaDeviceRecord {
    /// What every entity has.
    pub header: Header,
    /// The seed of its codes, in base32. The record as a whole is sealed, the seed with it.
    pub seed: Secret,
    /// Whose it is, once it was enabled.
    #[serde(default)]
    pub owner: Option<MfaOwner>,
    /// When it was enabled.
    #[serde(default)]
    pub enabled: Option<Timestamp>,
    /// The last time step whose code was accepted: no code is taken twice.
    #[serde(default)]
    pub last_step: u64,
    /// How many steps the device's clock is off.
    #[serde(default)]
    pub drift: i64,
}

/// An OpenID Connect provider. Its name is its URL without `https://`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OidcProviderRecord {
    /// What every entity has.
    pub header: Header,
    /// The audiences that are accepted.
    pub clients: Vec<String>,
    /// The certificates' SHA-1 thumbprints.
    pub thumbprints: Vec<String>,
}

/// A SAML provider.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SamlProviderRecord {
    /// What every entity has.
    pub header: Header,
    /// The provider's metadata.
    pub metadata: String,
    /// When the metadata ends.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
}

macro_rules! entity {
    ($record:ty, $table:literal, $arn:literal, $id:literal { $($also:tt)* }) => {
        impl EntityRecord for $record {
            const TABLE: &'static str = $table;
            const ARN_TYPE: &'static str = $arn;
            const ID_PREFIX: &'static str = $id;
            fn header(&self) -> &Header {
                &self.header
            }
            fn header_mut(&mut self) -> &mut Header {
                &mut self.header
            }
            $($also)*
        }
    };
}

entity!(UserRecord, "iam-users", "user", "AIDA" {
    fn documents(&self) -> Vec<(&str, &str)> {
        self.permissions.documents()
    }
    fn references(&self) -> Vec<String> {
        self.permissions.references().chain(self.groups.iter().map(UniqueId::to_string)).collect()
    }
});

entity!(GroupRecord, "iam-groups", "group", "AGPA" {
    fn documents(&self) -> Vec<(&str, &str)> {
        self.permissions.documents()
    }
    fn references(&self) -> Vec<String> {
        self.permissions.references().collect()
    }
});

entity!(RoleRecord, "iam-roles", "role", "AROA" {
    fn documents(&self) -> Vec<(&str, &str)> {
        self.permissions.documents()
    }
    fn trust(&self) -> Option<&Document> {
        Some(&self.trust)
    }
    fn references(&self) -> Vec<String> {
        self.permissions.references().collect()
    }
});

entity!(ManagedPolicyRecord, "iam-policies", "policy", "ANPA" {
    fn documents(&self) -> Vec<(&str, &str)> {
        let version = self.versions.get(&self.default_version);
        version.into_iter().map(|version| (self.header.name.as_str(), version.document.as_str())).collect()
    }
});

entity!(InstanceProfileRecord, "iam-instance-profiles", "instance-profile", "AIPA" {
    fn references(&self) -> Vec<String> {
        self.role.iter().map(UniqueId::to_string).collect()
    }
});

entity!(RoleDeletionRecord, "iam-role-deletions", "task", "ADEL" {});

entity!(MfaDeviceRecord, "iam-mfa-devices", "mfa", "AMFA" {
    fn references(&self) -> Vec<String> {
        match &self.owner {
            Some(MfaOwner::User(id)) => vec![id.to_string()],
            Some(MfaOwner::Root) | None => Vec::new(),
        }
    }
    fn folded(name: &str) -> String {
        name.to_owned()
    }
});

entity!(OidcProviderRecord, "iam-oidc-providers", "oidc-provider", "AOIP" {
    fn folded(url: &str) -> String {
        url.to_owned()
    }
});

entity!(SamlProviderRecord, "iam-saml-providers", "saml-provider", "ASAM" {});
