//! What the store keeps of organizations.

use crate::Document;
use gatekey_policy::Kind;
use gatekey_store::table::Table;
use gatekey_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of policy that bind accounts from above. Others of AWS's do not bear on who may do what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ControlKind {
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

impl ControlKind {
    /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
    pub fn api_name(self) -> &'static str {
        match self {
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// The word in a policy's ARN.
    pub fn arn_word(self) -> &'static str {
        match self {
            Self::ServiceControl => "service_control_policy",
            Self::ResourceControl => "resource_control_policy",
        }
    }

    pub(crate) fn document(self) -> Kind {
        match self {
            Self::ServiceControl => Kind::ServiceControl,
            Self::ResourceControl => Kind::ResourceControl,
        }
    }
}

/// An organization.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrganizationRecord {
    /// Its management account.
    pub management: AccountId,
    /// `r-....`
    pub root: String,
    /// Whether it has all features; without them it has no policies.
    pub all_features: bool,
    /// The policy types that are enabled in its root.
    #[serde(default)]
    pub policy_types: BTreeSet<ControlKind>,
    /// Trusted services, and since when.
    #[serde(default)]
    pub service_access: BTreeMap<String, Timestamp>,
    /// Delegated administrators: account to service to since when.
    #[serde(default)]
    pub delegated: BTreeMap<AccountId, BTreeMap<String, Timestamp>>,
    /// IAM's `RootSessions` and `RootCredentialsManagement`, where they are enabled.
    #[serde(default)]
    pub root_features: BTreeSet<String>,
    /// The organization's resource policy.
    #[serde(default)]
    pub resource_policy: Option<DelegationPolicy>,
    /// The root's tags.
    #[serde(default)]
    pub root_tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

/// An organization's resource policy: what other accounts than the management account may do in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DelegationPolicy {
    /// `rp-........`
    pub id: String,
    /// The document, with the ids of whom it names.
    pub document: Document,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// An organizational unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnitRecord {
    /// The root or unit above.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// An account's place in an organization.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MemberRecord {
    /// `o-..........`
    pub organization: String,
    /// The root or unit above.
    pub parent: String,
    /// Its e-mail address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Whether it was closed.
    #[serde(default)]
    pub suspended: bool,
    /// Whether it was made in the organization, and not invited.
    pub made_here: bool,
    /// When it joined.
    pub joined: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A control policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ControlPolicyRecord {
    /// Its kind.
    pub kind: ControlKind,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The document.
    pub document: String,
    /// Whether it is AWS's own: `FullAWSAccess` and `RCPFullAWSAccess`.
    #[serde(default)]
    pub aws_managed: bool,
    /// The roots, units and accounts that it is attached to.
    #[serde(default)]
    pub targets: BTreeSet<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A request to make an account: AWS answers before it is done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CreationRecord {
    /// The name asked for.
    pub name: String,
    /// The account, where it succeeded.
    pub account: Option<AccountId>,
    /// Why it failed, as in `EMAIL_ALREADY_EXISTS`.
    pub failure: Option<String>,
    /// When it was asked for; it is done at once.
    pub requested: Timestamp,
}

/// Declares a table whose key is an organization's id and an id within it.
macro_rules! table_in_organization {
    ($(#[$doc:meta])* $table:ident, $name:literal, $record:ty) => {
        $(#[$doc])*
        pub struct $table;

        impl Table for $table {
            const NAME: &'static str = $name;
            const SCHEMA: u8 = 1;
            type Key = (String, String);
            type Record = $record;

            fn encode_key((organization, id): &(String, String)) -> String {
                format!("{organization}/{id}")
            }

            fn decode_key(text: &str) -> Option<(String, String)> {
                let (organization, id) = text.split_once('/')?;
                Some((organization.to_owned(), id.to_owned()))
            }
        }
    };
}

table_in_organization!(
    /// The table of organizational units.
    UnitTable, "organization-units", UnitRecord
);
table_in_organization!(
    /// The table of control policies.
    ControlPolicyTable, "organization-policies", ControlPolicyRecord
);
table_in_organization!(
    /// The table of requests to make accounts.
    CreationTable, "organization-creations", CreationRecord
);

/// The table of organizations, by id.
pub struct OrganizationTable;

impl Table for OrganizationTable {
    const NAME: &'static str = "organizations";
    const SCHEMA: u8 = 1;
    type Key = String;
    type Record = OrganizationRecord;

    fn encode_key(key: &String) -> String {
        key.clone()
    }

    fn decode_key(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

/// The table of accounts' places in organizations, by account.
pub struct MemberTable;

impl Table for MemberTable {
    const NAME: &'static str = "organization-members";
    const SCHEMA: u8 = 1;
    type Key = AccountId;
    type Record = MemberRecord;

    fn encode_key(key: &AccountId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccountId> {
        text.parse().ok()
    }
}
