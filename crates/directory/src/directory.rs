use crate::{
    AccessKeyTable, AccountAliasTable, AccountRecord, AccountTable, AwsManaged, Bearer, ControlPolicyTable,
    CreationTable, Entities, Entity, EntityRecord, EntityTable, GroupRecord, InstanceProfileRecord, Kept,
    LastUse, LastUseTable, ManagedPolicyRecord, MemberTable, MfaDeviceRecord, OidcProviderRecord,
    OrganizationTable, Organizations, RoleDeletionRecord, RoleRecord, SamlProviderRecord, Settings,
    SettingsTable, UnitTable, UserRecord, credential::AccessKey,
};
use core::ops::Bound;
use gatekey_policy::{Attachment, Interner, Kind, Pins, Policy};
use gatekey_store::{
    Revision,
    table::{Edit, Row, Table, Unreadable},
};
use gatekey_types::{AccountId, Arn, Partition, PrincipalArn, UniqueId};
use imbl::{GenericHashMap, OrdMap, OrdSet, shared_ptr::DefaultSharedPtr};
use std::sync::Arc;

/// A map by hash, in which every request looks its access key up. The ids in it are the server's own, so that nobody chooses how
/// they meet.
type HashMap<K, V> = GenericHashMap<K, V, foldhash::quality::RandomState, DefaultSharedPtr>;

/// Who exists, at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Directory {
    accounts: OrdMap<AccountId, Account>,
    access_keys: HashMap<Arc<str>, Arc<AccessKey>>,
    /// The ids of access keys, by their owner's unique id; a root user's by its account's number.
    keys_of: OrdSet<(Arc<str>, Arc<str>)>,
    last_uses: HashMap<Arc<str>, Arc<Kept<LastUse>>>,
    /// Users.
    pub users: Entities<UserRecord>,
    /// Groups.
    pub groups: Entities<GroupRecord>,
    /// Roles.
    pub roles: Entities<RoleRecord>,
    /// Customer managed policies.
    pub policies: Entities<ManagedPolicyRecord>,
    /// Instance profiles.
    pub instance_profiles: Entities<InstanceProfileRecord>,
    /// What came of orders to delete service-linked roles.
    pub role_deletions: Entities<RoleDeletionRecord>,
    /// Virtual MFA devices.
    pub mfa_devices: Entities<MfaDeviceRecord>,
    /// OpenID Connect providers.
    pub oidc_providers: Entities<OidcProviderRecord>,
    /// SAML providers.
    pub saml_providers: Entities<SamlProviderRecord>,
    /// Organizations.
    pub organizations: Organizations,
    /// AWS's managed policies.
    pub aws_managed: Arc<AwsManaged>,
    settings: OrdMap<AccountId, Arc<Settings>>,
    /// Account aliases: unique on the server.
    account_aliases: OrdMap<String, Arc<Kept<AccountId>>>,
    /// Who refers to what: see [`EntityRecord::references`].
    referrers: OrdSet<(Arc<str>, UniqueId)>,
    /// When the identities of an account last changed: a decision is made anew on what was changed meanwhile.
    changed: OrdMap<AccountId, Revision>,
    /// When an organization last changed, whichever it was.
    organizations_changed: Revision,
}

/// An account, and its root user's name, which is made once and not for every request of the root user.
#[derive(Clone, Debug)]
struct Account {
    kept: Arc<Kept<AccountRecord>>,
    root: PrincipalArn,
}

impl Account {
    fn new(id: AccountId, kept: Kept<AccountRecord>) -> Self {
        Self { kept: Arc::new(kept), root: PrincipalArn::root(Partition::Aws, id) }
    }
}

/// A principal that a policy names and that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPrincipal {
    /// The name as the policy has it.
    pub principal: String,
    /// The nearest name that exists, for the operator's hint.
    pub nearest: Option<String>,
}

impl Directory {
    /// The names of the tables that this crate reads, in the order in which they must be loaded.
    pub const TABLES: &'static [&'static str] = &[
        AccountTable::NAME,
        AccessKeyTable::NAME,
        LastUseTable::NAME,
        SettingsTable::NAME,
        AccountAliasTable::NAME,
        UserRecord::TABLE,
        GroupRecord::TABLE,
        RoleRecord::TABLE,
        ManagedPolicyRecord::TABLE,
        InstanceProfileRecord::TABLE,
        RoleDeletionRecord::TABLE,
        MfaDeviceRecord::TABLE,
        OidcProviderRecord::TABLE,
        SamlProviderRecord::TABLE,
        OrganizationTable::NAME,
        UnitTable::NAME,
        MemberTable::NAME,
        ControlPolicyTable::NAME,
        CreationTable::NAME,
    ];

    /// Takes over one record that was written (`Some`) or deleted (`None`) at this revision.
    ///
    /// # Errors
    /// The record cannot be read: the server must not go on half-blind.
    pub fn apply(&mut self, row: &Row<'_>, interner: &Interner) -> Result<(), Unreadable> {
        match row.table {
            AccountTable::NAME => self.apply_account(row),
            AccessKeyTable::NAME => self.apply_access_key(row),
            LastUseTable::NAME => self.apply_use(row),
            SettingsTable::NAME => self.apply_settings(row),
            AccountAliasTable::NAME => {
                let alias = row.key_of::<AccountAliasTable>()?;
                put(&mut self.account_aliases, alias, kept::<AccountAliasTable>(row)?);
                Ok(())
            }
            UserRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.users),
            GroupRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.groups),
            RoleRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.roles),
            ManagedPolicyRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.policies),
            InstanceProfileRecord::TABLE => {
                self.apply_entity(row, interner, |all| &mut all.instance_profiles)
            }
            RoleDeletionRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.role_deletions),
            MfaDeviceRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.mfa_devices),
            OidcProviderRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.oidc_providers),
            SamlProviderRecord::TABLE => self.apply_entity(row, interner, |all| &mut all.saml_providers),
            _ => self.apply_organization(row, interner),
        }
    }

    fn apply_account(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        let id = row.key_of::<AccountTable>()?;
        match kept::<AccountTable>(row)? {
            Some(kept) => self.accounts.insert(id, Account::new(id, kept)),
            None => self.accounts.remove(&id),
        };
        self.changed.insert(id, row.revision);
        Ok(())
    }

    fn apply_access_key(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        let id: Arc<str> = row.key_of::<AccessKeyTable>()?.as_str().into();
        if let Some(before) = self.access_keys.get(&id).cloned() {
            self.keys_of.remove(&(before.owner_key(), id.clone()));
            self.access_keys.remove(&id);
            self.changed.insert(before.record.owner.account(), row.revision);
        }
        if let Some(record) = row.read::<AccessKeyTable>()? {
            let key = AccessKey::new(record, row.revision);
            self.keys_of.insert((key.owner_key(), id.clone()));
            self.changed.insert(key.record.owner.account(), row.revision);
            self.access_keys.insert(id, Arc::new(key));
        }
        Ok(())
    }

    /// It changes nothing that a decision is made on, so nothing is decided anew for it.
    fn apply_use(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        let id: Arc<str> = row.key_of::<LastUseTable>()?.as_str().into();
        match kept::<LastUseTable>(row)? {
            Some(kept) => self.last_uses.insert(id, Arc::new(kept)),
            None => self.last_uses.remove(&id),
        };
        Ok(())
    }

    fn apply_settings(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        let account = row.key_of::<SettingsTable>()?;
        match row.read::<SettingsTable>()? {
            Some(record) => {
                let settings = Settings { record, revision: Some(row.revision) };
                self.settings.insert(account, Arc::new(settings));
            }
            None => {
                self.settings.remove(&account);
            }
        }
        self.changed.insert(account, row.revision);
        Ok(())
    }

    fn apply_entity<R: EntityRecord>(
        &mut self,
        row: &Row<'_>,
        interner: &Interner,
        of: fn(&mut Self) -> &mut Entities<R>,
    ) -> Result<(), Unreadable> {
        let key = row.key_of::<EntityTable<R>>()?;
        let account = key.0;
        let record = row.read::<EntityTable<R>>()?;
        let entity = record.map(|record| Entity::new(account, record, row.revision, interner));
        let after = entity.as_ref().map(|entity| (entity.id().clone(), entity.record.references()));
        if let Some(before) = of(self).apply(key, entity) {
            for target in before.record.references() {
                self.referrers.remove(&(target.into(), before.id().clone()));
            }
        }
        if let Some((id, targets)) = after {
            self.referrers.extend(targets.into_iter().map(|target| (target.into(), id.clone())));
        }
        self.changed.insert(account, row.revision);
        Ok(())
    }

    fn apply_organization(&mut self, row: &Row<'_>, interner: &Interner) -> Result<(), Unreadable> {
        let all = &mut self.organizations;
        match row.table {
            OrganizationTable::NAME => put(
                &mut all.organizations,
                row.key_of::<OrganizationTable>()?,
                kept::<OrganizationTable>(row)?,
            ),
            UnitTable::NAME => put(&mut all.units, row.key_of::<UnitTable>()?, kept::<UnitTable>(row)?),
            MemberTable::NAME => {
                put(&mut all.members, row.key_of::<MemberTable>()?, kept::<MemberTable>(row)?)
            }
            CreationTable::NAME => {
                put(&mut all.creations, row.key_of::<CreationTable>()?, kept::<CreationTable>(row)?)
            }
            ControlPolicyTable::NAME => {
                let kept = kept::<ControlPolicyTable>(row)?;
                all.apply_policy(row.key_of::<ControlPolicyTable>()?, kept, interner);
            }
            _ => return Ok(()),
        }
        self.organizations_changed = row.revision;
        Ok(())
    }

    /// The last change of whatever bears on who a caller of this account is and what it may do.
    pub fn changed(&self, account: AccountId) -> Revision {
        self.changed.get(&account).copied().unwrap_or_default().max(self.organizations_changed)
    }

    /// Whether this server has the account.
    pub fn has_account(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    /// An account.
    pub fn account(&self, account: AccountId) -> Option<&Arc<Kept<AccountRecord>>> {
        self.accounts.get(&account).map(|account| &account.kept)
    }

    /// The root user of an account, if this server has the account.
    pub(crate) fn root_user(&self, account: AccountId) -> Option<&PrincipalArn> {
        self.accounts.get(&account).map(|account| &account.root)
    }

    /// Every account, in order.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &AccountRecord)> {
        self.accounts.iter().map(|(id, account)| (*id, &account.kept.record))
    }

    /// The IAM settings of an account.
    pub fn settings(&self, account: AccountId) -> Arc<Settings> {
        self.settings.get(&account).cloned().unwrap_or_default()
    }

    /// The account that has this alias.
    pub fn account_of_alias(&self, alias: &str) -> Option<AccountId> {
        self.account_aliases.get(alias).map(|kept| kept.record)
    }

    /// Takes an alias, which must not be taken.
    pub fn take_alias(&self, alias: &str, account: AccountId) -> Edit {
        Edit::insert::<AccountAliasTable>(&alias.to_owned(), &account)
    }

    /// Gives an alias back.
    pub fn free_alias(&self, alias: &str) -> Option<Edit> {
        let kept = self.account_aliases.get(alias)?;
        Some(Edit::delete::<AccountAliasTable>(&alias.to_owned(), kept.revision))
    }

    /// When the access key or role of this id was last used, as far as it was written down.
    pub fn last_use(&self, id: &str) -> Option<&Arc<Kept<LastUse>>> {
        self.last_uses.get(id)
    }

    /// An access key.
    pub fn access_key(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.access_keys.get(id)
    }

    /// The access keys of a root user (by account number) or of a user (by unique id), by id.
    pub fn access_keys_of(&self, owner: &str) -> impl Iterator<Item = (&str, &Arc<AccessKey>)> {
        let owner: Arc<str> = owner.into();
        let range = self.keys_of.range((owner.clone(), Arc::from(""))..);
        let ids = range.take_while(move |(of, _)| *of == owner).map(|(_, id)| id);
        ids.filter_map(|id| Some((id.as_ref(), self.access_keys.get(id)?)))
    }

    /// Who refers to this: ids of users, groups, roles, instance profiles and MFA devices, in order. What can be referred
    /// to is said in [`EntityRecord::references`].
    pub fn referrers(&self, target: &str) -> impl Iterator<Item = &UniqueId> {
        let target: Arc<str> = target.into();
        let from = Bound::Included((target.clone(), UniqueId::first()));
        let range = self.referrers.range((from, Bound::Unbounded));
        range.take_while(move |(of, _)| *of == target).map(|(_, id)| id)
    }

    /// A managed policy, AWS's or a customer's, as it is attached.
    pub fn attachment(&self, arn: &Arn) -> Option<Attachment> {
        match arn.account() {
            None => self.aws_managed.get(arn.as_str()).map(crate::AwsManagedPolicy::attachment),
            Some(_) => {
                let policy = self.managed_policy(arn)?;
                let compiled = policy.compiled.first()?;
                Some(Attachment::managed(arn, compiled.policy.clone()))
            }
        }
    }

    /// A customer managed policy by its ARN.
    pub fn managed_policy(&self, arn: &Arn) -> Option<&Arc<crate::ManagedPolicy>> {
        let name = arn.resource().strip_prefix("policy/")?.rsplit('/').next()?;
        self.policies.get(arn.account()?, name).filter(|policy| policy.arn() == *arn)
    }

    /// A policy that limits: one that is gone allows nothing.
    pub(crate) fn attachment_or_nothing(&self, arn: &Arn) -> Attachment {
        self.attachment(arn).unwrap_or_else(|| {
            let nothing = Policy::read_stored(ALLOWS_NOTHING, Kind::Identity, Pins::new());
            Attachment::managed(arn, Arc::new(nothing))
        })
    }

    /// Whom a long-term access key stands for, if it is active and its owner exists.
    pub fn bearer(&self, access_key: &str) -> Option<(Bearer, &Arc<AccessKey>)> {
        let key = self.access_keys.get(access_key)?;
        let bearer = key.bearer().filter(|bearer| self.exists(bearer))?;
        Some((bearer, key))
    }

    /// Whether the bearer's account, and its user or role, exist, and the account was not closed.
    pub fn exists(&self, bearer: &Bearer) -> bool {
        use crate::Subject;
        let user = |id| self.users.by_id(id).is_some();
        let named = match bearer {
            Bearer::Root(_) => true,
            Bearer::User(_, id) => user(id),
            Bearer::Session(session) => match &session.claims.subject {
                Subject::Root(_) | Subject::AssumedRoot { .. } | Subject::Federated { parent: None, .. } => {
                    true
                }
                Subject::User(_, id) | Subject::Federated { parent: Some(id), .. } => user(id),
                Subject::Role { role, .. } => self.roles.by_id(role).is_some(),
            },
        };
        let account = bearer.account();
        named && self.has_account(account) && !self.organizations.is_closed(account)
    }

    /// Looks up a principal that a policy names, for authorization.md 3.5: accounts need no pin; users and roles, and the
    /// roles of sessions, are pinned to the unique id that they have now. A federated user exists by its account.
    ///
    /// # Errors
    /// It does not exist on this server.
    pub fn resolve(&self, principal: &PrincipalArn) -> Result<Option<UniqueId>, UnknownPrincipal> {
        let account = principal.account();
        let name = principal.name();
        let found = match principal {
            PrincipalArn::Root(..) | PrincipalArn::FederatedUser(..) => {
                self.has_account(account).then_some(None)
            }
            PrincipalArn::User(arn, _) => self.exactly(&self.users, account, name, |user| user.arn() == *arn),
            PrincipalArn::Role(arn, _) => self.exactly(&self.roles, account, name, |role| role.arn() == *arn),
            PrincipalArn::AssumedRole(..) => {
                self.exactly(&self.roles, account, name, |role| role.name() == name)
            }
        };
        found.ok_or_else(|| UnknownPrincipal {
            principal: principal.to_string(),
            nearest: self.nearest(principal),
        })
    }

    fn exactly<R: EntityRecord>(
        &self,
        among: &Entities<R>,
        account: AccountId,
        name: &str,
        is: impl FnOnce(&Entity<R>) -> bool,
    ) -> Option<Option<UniqueId>> {
        let entity = among.get(account, name).filter(|entity| is(entity))?;
        self.has_account(account).then(|| Some(entity.id().clone()))
    }

    /// The ARN that the user or role of this id has now: what a stored policy shows. Nothing for one that is gone.
    pub fn current_arn(&self, id: &UniqueId) -> Option<Arn> {
        let user = || self.users.by_id(id).map(|user| user.arn());
        self.roles.by_id(id).map(|role| role.arn()).or_else(user)
    }

    /// The name that exists and is most like the one that does not: for a hint.
    fn nearest(&self, principal: &PrincipalArn) -> Option<String> {
        let account = principal.account();
        if !self.has_account(account) {
            return None;
        }
        let wanted = principal.name();
        let nearest = match principal {
            PrincipalArn::User(..) => nearest_among(&self.users, account, wanted),
            PrincipalArn::Role(..) | PrincipalArn::AssumedRole(..) => {
                nearest_among(&self.roles, account, wanted)
            }
            PrincipalArn::Root(..) | PrincipalArn::FederatedUser(..) => None,
        };
        nearest.or_else(|| Some(format!("arn:{}:iam::{account}:root", principal.arn().partition())))
    }
}

/// A sound document that allows nothing and denies nothing.
const ALLOWS_NOTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}"#;

/// An account may have very many principals; a hint is not worth looking at all of them.
const LOOKED_AT_FOR_A_HINT: usize = 10_000;

fn nearest_among<R: EntityRecord>(among: &Entities<R>, account: AccountId, wanted: &str) -> Option<String> {
    let candidates = among.of(account).take(LOOKED_AT_FOR_A_HINT);
    let scored = candidates.map(|entity| (strsim::jaro_winkler(entity.name(), wanted), entity));
    let (score, best) = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (score > 0.7).then(|| best.arn().to_string())
}

fn put<K: Ord + Clone, R: Clone>(records: &mut OrdMap<K, Arc<Kept<R>>>, key: K, kept: Option<Kept<R>>) {
    match kept {
        Some(kept) => records.insert(key, Arc::new(kept)),
        None => records.remove(&key),
    };
}

/// A record and its revision; nothing when it is deleted.
fn kept<T: Table>(row: &Row<'_>) -> Result<Option<Kept<T::Record>>, Unreadable> {
    let revision = row.revision;
    Ok(row.read::<T>()?.map(|record| Kept { record, revision }))
}
