//! What the analyses look at: every account with its principals, and every key, at one moment.
//!
//! Whoever asks builds a [`World`] from what is stored; nothing here reads anything. Policies are shared (`Arc`): principals
//! that have the same policies should have the same `Arc`s, since each set of policies is then decided once and not once for
//! each principal that has it.

mod callers;
mod question;

pub use callers::{Caller, CallerKind, Session};
pub(crate) use question::{Inquiry, Loosened, On, is_of_caller};

use gatekey_policy::{Attachment, GrantIndex, Level, Organization, Policy};
use gatekey_types::{AccountId, Arn, PrincipalArn, UniqueId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that has a say in any decision on a key.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The organization's management account: no SCP binds its principals, no RCP its keys, and its administrators can change
    /// the SCPs of the others.
    pub management: Option<AccountId>,
    /// The accounts, shared: a world with a change has only those copied that it concerns.
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    /// The keys, by ARN. AWS-managed keys too.
    pub keys: BTreeMap<Arn, Key>,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its root user: `arn:aws:iam::ACCOUNT:root`.
    pub root: PrincipalArn,
    /// The organization that it is in, with its place there.
    pub organization: Option<Organization>,
    /// The SCPs that bind it, a level for the root, each unit and the account; `None` where none have a say.
    pub service_control: Option<Arc<[Level]>>,
    /// The RCPs that bind it, likewise.
    pub resource_control: Option<Arc<[Level]>>,
    /// Where those levels are: the ids of the root and the units, and its own number.
    pub places: Vec<String>,
    /// Its users and roles, in any order.
    pub entities: Vec<Entity>,
    /// Its groups.
    pub groups: Vec<Group>,
}

/// A user or a role.
#[derive(Clone, Debug)]
pub struct Entity {
    /// [`PrincipalArn::User`] or [`PrincipalArn::Role`], with its path.
    pub arn: PrincipalArn,
    /// `AIDA...` or `AROA...`
    pub id: UniqueId,
    /// Every identity policy that counts: inline, managed, and those of its groups. Managed ones are marked as such and named
    /// by their ARN: an escalation by a new version of a managed policy is found so.
    pub identity: Arc<[Attachment]>,
    /// How many of them, at the end, are those of its groups, in the order of [`groups`](Self::groups).
    pub from_groups: usize,
    /// The permissions boundary.
    pub boundary: Option<Attachment>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The ARNs of the groups that a user is in.
    pub groups: Vec<Arn>,
    /// A role's trust policy.
    pub trust: Option<Arc<Policy>>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its ARN.
    pub arn: Arn,
    /// Its policies.
    pub policies: Arc<[Attachment]>,
}

/// A key with all that follows from it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its ARN.
    pub arn: Arn,
    /// Its policy, pinned: [`Policy::read_stored`] with the stored pins.
    pub policy: Arc<Policy>,
    /// Its grants.
    pub grants: GrantIndex,
    /// `kms:KeySpec`
    pub spec: String,
    /// `kms:KeyUsage`
    pub usage: String,
    /// `kms:KeyOrigin`
    pub origin: String,
    /// `kms:MultiRegionKeyType` (`PRIMARY` or `REPLICA`) of a multi-Region key.
    pub multi_region: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The names of its aliases: `alias/NAME`.
    pub aliases: Vec<String>,
    /// Whether AWS manages it: its policy is not anybody's to change, and no RCP binds it.
    pub is_aws_managed: bool,
}

impl World {
    /// The account.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id).map(|account| &**account)
    }

    /// The user or role of this ARN; of a session its role.
    pub fn entity(&self, arn: &PrincipalArn) -> Option<&Entity> {
        let account = self.account(arn.account())?;
        let is_meant = |entity: &&Entity| match arn {
            PrincipalArn::AssumedRole(..) => entity.is_role() && entity.arn.name() == arn.name(),
            _ => entity.arn == *arn,
        };
        account.entities.iter().find(is_meant)
    }

    /// The account, to be changed in this world alone.
    pub fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(&id).map(Arc::make_mut)
    }

    /// Every user and role.
    pub fn entities(&self) -> impl Iterator<Item = (&Account, &Entity)> {
        self.accounts
            .values()
            .flat_map(|account| account.entities.iter().map(move |entity| (&**account, entity)))
    }
}

impl Account {
    /// An account without principals, outside any organization.
    pub fn new(root: PrincipalArn) -> Self {
        Self {
            root,
            organization: None,
            service_control: None,
            resource_control: None,
            places: Vec::new(),
            entities: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Its number.
    pub fn id(&self) -> AccountId {
        self.root.account()
    }
}

impl Entity {
    /// A user or role without any policy.
    pub fn new(arn: PrincipalArn, id: UniqueId) -> Self {
        Self {
            arn,
            id,
            identity: Arc::default(),
            from_groups: 0,
            boundary: None,
            tags: Vec::new(),
            groups: Vec::new(),
            trust: None,
        }
    }

    /// Whether it is a role.
    pub fn is_role(&self) -> bool {
        matches!(self.arn, PrincipalArn::Role(..))
    }
}

impl Key {
    /// A symmetric encryption key of this policy, as CreateKey makes one by default.
    pub fn new(arn: Arn, policy: Arc<Policy>) -> Self {
        Self {
            arn,
            policy,
            grants: GrantIndex::new(),
            spec: "SYMMETRIC_DEFAULT".to_owned(),
            usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            multi_region: None,
            tags: Vec::new(),
            aliases: Vec::new(),
            is_aws_managed: false,
        }
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(&self, policy: Arc<Policy>) -> Self {
        Self { policy, ..self.clone() }
    }
}
