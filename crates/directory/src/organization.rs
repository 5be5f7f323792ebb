//! Organizations: accounts in a tree, and the policies that bind them from above.

use gatekey_policy::{Attachment, Interner, Kind, Level, Pins};
use gatekey_store::{
    Revision,
    table::{Edit, Table},
};
use gatekey_types::{AccountId, Arn, Partition, Timestamp};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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

    fn document(self) -> Kind {
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
    /// The organization's resource policy, with its id.
    #[serde(default)]
    pub resource_policy: Option<(String, String)>,
    /// The root's tags.
    #[serde(default)]
    pub root_tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
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

/// A record and the revision that guards its next change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept<R> {
    /// What is kept.
    pub record: R,
    /// When it was last written.
    pub revision: Revision,
}

/// Records of one table, by key.
type Records<K, R> = OrdMap<K, Arc<Kept<R>>>;

/// All organizations of the server.
#[derive(Clone, Default, Debug)]
pub struct Organizations {
    pub(crate) organizations: Records<String, OrganizationRecord>,
    pub(crate) units: Records<(String, String), UnitRecord>,
    pub(crate) members: Records<AccountId, MemberRecord>,
    pub(crate) policies: Records<(String, String), ControlPolicyRecord>,
    pub(crate) creations: Records<(String, String), CreationRecord>,
    /// The compiled policies of each target, by organization, kind and target.
    attached: OrdMap<(String, ControlKind, String), Level>,
}

/// Units below units below a root: at most so many levels, as AWS allows.
pub const DEEPEST: usize = 5;

/// The control policies that bind an account, root first.
#[derive(Clone, Debug)]
pub struct Controls {
    /// The organization's management account, which is bound by none.
    pub management: AccountId,
    /// The levels: root, units, account.
    pub levels: Vec<Level>,
}

impl Organizations {
    /// The organization of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Kept<OrganizationRecord>>> {
        self.organizations.get(id)
    }

    /// An account's place, where it is in an organization.
    pub fn member(&self, account: AccountId) -> Option<&Arc<Kept<MemberRecord>>> {
        self.members.get(&account)
    }

    /// The organization that an account is in, with its id.
    pub fn of(&self, account: AccountId) -> Option<(&str, &Arc<Kept<OrganizationRecord>>)> {
        let id = self.member(account)?.record.organization.as_str();
        Some((id, self.get(id)?))
    }

    /// The accounts of an organization, in order.
    pub fn members(&self, id: &str) -> impl Iterator<Item = (AccountId, &Arc<Kept<MemberRecord>>)> {
        self.members
            .iter()
            .filter(move |(_, member)| member.record.organization == id)
            .map(|(account, member)| (*account, member))
    }

    /// A unit of an organization.
    pub fn unit(&self, id: &str, unit: &str) -> Option<&Arc<Kept<UnitRecord>>> {
        self.units.get(&(id.to_owned(), unit.to_owned()))
    }

    /// The units of an organization, by id.
    pub fn units(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<UnitRecord>>)> {
        within(&self.units, id)
    }

    /// A control policy of an organization.
    pub fn policy(&self, id: &str, policy: &str) -> Option<&Arc<Kept<ControlPolicyRecord>>> {
        self.policies.get(&(id.to_owned(), policy.to_owned()))
    }

    /// The control policies of an organization, by id.
    pub fn policies(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<ControlPolicyRecord>>)> {
        within(&self.policies, id)
    }

    /// A request to make an account.
    pub fn creation(&self, id: &str, request: &str) -> Option<&Arc<Kept<CreationRecord>>> {
        self.creations.get(&(id.to_owned(), request.to_owned()))
    }

    /// The requests to make accounts, by id.
    pub fn creations(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<CreationRecord>>)> {
        within(&self.creations, id)
    }

    /// What is above a unit or an account, nearest first, up to the root.
    pub fn ancestors(&self, id: &str, parent: &str) -> Vec<String> {
        let mut above = vec![parent.to_owned()];
        while let Some(unit) = above.last().and_then(|last| self.unit(id, last)) {
            if above.len() > DEEPEST {
                break;
            }
            above.push(unit.record.parent.clone());
        }
        above
    }

    /// `o-.../r-.../ou-.../` of an account: `aws:PrincipalOrgPaths`.
    pub fn path(&self, account: AccountId) -> Option<String> {
        let member = self.member(account)?;
        let id = &member.record.organization;
        let mut path = format!("{id}/");
        for step in self.ancestors(id, &member.record.parent).iter().rev() {
            path.push_str(step);
            path.push('/');
        }
        Some(path)
    }

    /// The control policies of a kind that bind an account; `None` outside an organization, or where the kind is not
    /// enabled.
    pub fn controls(&self, account: AccountId, kind: ControlKind) -> Option<Controls> {
        let member = self.member(account)?;
        let id = &member.record.organization;
        let organization = &self.get(id)?.record;
        if !organization.policy_types.contains(&kind) {
            return None;
        }
        let mut targets = self.ancestors(id, &member.record.parent);
        targets.reverse();
        targets.push(account.to_string());
        let level = |target| self.attached.get(&(id.clone(), kind, target)).cloned().unwrap_or_default();
        Some(Controls {
            management: organization.management,
            levels: targets.into_iter().map(level).collect(),
        })
    }

    pub(crate) fn apply_policy(
        &mut self,
        key: (String, String),
        kept: Option<Kept<ControlPolicyRecord>>,
        interner: &Interner,
    ) {
        let kind = kept.as_ref().map(|kept| kept.record.kind);
        let before = match kept {
            Some(kept) => self.policies.insert(key.clone(), Arc::new(kept)),
            None => self.policies.remove(&key),
        };
        if let Some(kind) = kind.or(before.map(|before| before.record.kind)) {
            self.attach(&key.0, kind, interner);
        }
    }

    /// Compiles what is attached in an organization anew: rare, and there are few policies.
    fn attach(&mut self, id: &str, kind: ControlKind, interner: &Interner) {
        let mut by_target: BTreeMap<String, Vec<Attachment>> = BTreeMap::new();
        let management = self.get(id).map(|kept| kept.record.management);
        for (policy, kept) in within(&self.policies, id).filter(|(_, kept)| kept.record.kind == kind) {
            let compiled = interner.read_stored(&kept.record.document, kind.document(), &Pins::new());
            let arn = policy_arn(id, management, policy, &kept.record);
            for target in &kept.record.targets {
                by_target
                    .entry(target.clone())
                    .or_default()
                    .push(Attachment::managed(&arn, compiled.clone()));
            }
        }
        let of_this = |key: &(String, ControlKind, String)| key.0 == id && key.1 == kind;
        self.attached = self
            .attached
            .iter()
            .filter(|(key, _)| !of_this(key))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        for (target, attached) in by_target {
            self.attached.insert((id.to_owned(), kind, target), attached.into());
        }
    }
}

/// The ARN of a control policy.
pub fn policy_arn(
    id: &str,
    management: Option<AccountId>,
    policy: &str,
    record: &ControlPolicyRecord,
) -> Arn {
    let word = record.kind.arn_word();
    let resource = match record.aws_managed {
        true => format!("policy/{word}/{policy}"),
        false => format!("policy/{id}/{word}/{policy}"),
    };
    let owner = management.filter(|_| !record.aws_managed);
    match owner {
        Some(owner) => Arn::of_parts(Partition::Aws, "organizations", "", owner, &resource),
        None => format!("arn:aws:organizations::aws:{resource}").parse().unwrap_or_else(|_| {
            // The parts are all of ARN form, so this is never reached; no name means nothing to anybody.
            Arn::of_parts(Partition::Aws, "organizations", "", AccountId::NOBODY, &resource)
        }),
    }
}

fn within<'r, R>(
    records: &'r Records<(String, String), R>,
    id: &str,
) -> impl Iterator<Item = (&'r str, &'r Arc<Kept<R>>)> + use<'r, R> {
    let id = id.to_owned();
    let from = (id.clone(), String::new());
    records
        .range(from..)
        .take_while(move |((of, _), _)| *of == id)
        .map(|((_, key), kept)| (key.as_str(), kept))
}

impl<R: Serialize + for<'de> Deserialize<'de>> Kept<R> {
    /// Replaces the record.
    pub fn update<T: Table<Record = R>>(&self, key: &T::Key, record: &R) -> Edit {
        Edit::update::<T>(key, self.revision, record)
    }

    /// Writes it as it is: whoever meanwhile changes it, or relies on it the same way, conflicts.
    pub fn touch<T: Table<Record = R>>(&self, key: &T::Key) -> Edit {
        self.update::<T>(key, &self.record)
    }

    /// Deletes it.
    pub fn delete<T: Table<Record = R>>(&self, key: &T::Key) -> Edit {
        Edit::delete::<T>(key, self.revision)
    }
}
