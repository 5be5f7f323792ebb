//! What the analyses look at: the state that a request sees, as far as its caller may be told of it.

use gatekey_analysis::world::{Account, Entity, Group, Key as AnalysedKey, World};
use gatekey_directory::{ControlKind, Directory, Permissions};
use gatekey_gate::{Passage, Snapshot};
use gatekey_keyring::Key;
use gatekey_policy::{Attachment, Kind, Level, Pins, Policy};
use gatekey_types::{AccountId, Partition, PrincipalArn, Timestamp};
use std::{collections::HashMap, sync::Arc};

/// The accounts that the reader may know of: its own; where that manages an organization, all of it. Whoever is named from any
/// other is told of as the key's policy names it.
pub(crate) fn accounts(passage: &Passage<'_>) -> World {
    let directory = &passage.snapshot().directory;
    let of_account = |id| {
        let make = || Shared::default().account(directory, id);
        passage.view_of(id, |account: &Account| account.entities.len(), make)
    };
    let accounts = known(passage).into_iter().map(|id| (id, of_account(id))).collect();
    World { management: management(directory, passage.account()), accounts, keys: Default::default() }
}

/// Their numbers.
pub(crate) fn known(passage: &Passage<'_>) -> Vec<AccountId> {
    let (account, directory) = (passage.account(), &passage.snapshot().directory);
    let managed = management(directory, account) == Some(account);
    let members = directory.organizations.of(account).filter(|_| managed);
    let members = members.into_iter().flat_map(|(id, _)| directory.organizations.members(id));
    let mut known: Vec<AccountId> = members.map(|(member, _)| member).collect();
    if !known.contains(&account) {
        known.push(account);
    }
    known
}

/// One account alone.
pub(crate) fn of_account(snapshot: &Snapshot, account: AccountId) -> World {
    let known = Shared::default().account(&snapshot.directory, account);
    let management = management(&snapshot.directory, account);
    World { management, accounts: [(account, Arc::new(known))].into(), keys: Default::default() }
}

/// One account as if it had nobody but its root user.
pub(crate) fn of_roots(snapshot: &Snapshot, account: AccountId) -> World {
    let known = bare(&snapshot.directory, account);
    let management = management(&snapshot.directory, account);
    World { management, accounts: [(account, Arc::new(known))].into(), keys: Default::default() }
}

fn management(directory: &Directory, account: AccountId) -> Option<AccountId> {
    directory.organizations.of(account).map(|(_, kept)| kept.record.management)
}

/// An account without its users, roles and groups.
fn bare(directory: &Directory, id: AccountId) -> Account {
    let mut account = Account::new(PrincipalArn::root(Partition::Aws, id));
    account.organization = directory.organization_of(id);
    account.service_control = levels(directory, id, ControlKind::ServiceControl);
    account.resource_control = levels(directory, id, ControlKind::ResourceControl);
    account.places = directory.organizations.places(id);
    account
}

/// The same, with the keys of the reader's account in the Region of the request.
pub(crate) fn with_keys(passage: &Passage<'_>) -> World {
    let (account, region, now) = (passage.account(), passage.region(), passage.now());
    let keys = passage.snapshot().keyring.keys_of(account, region, None, now);
    let keys = keys.map(|one| (one.name.clone(), key(passage.snapshot(), one))).collect();
    World { keys, ..accounts(passage) }
}

/// The same, with the keys of these accounts in every Region.
pub(crate) fn with_keys_of(passage: &Passage<'_>, accounts: &[AccountId]) -> World {
    let (snapshot, now) = (passage.snapshot(), passage.now());
    let keys = accounts.iter().flat_map(|account| keys_of(snapshot, *account, now));
    let keys = keys.map(|one| (one.name.clone(), key(snapshot, one))).collect();
    World { keys, ..self::accounts(passage) }
}

/// The customer managed keys of an account, in every Region.
pub(crate) fn keys_of(
    snapshot: &Snapshot,
    account: AccountId,
    now: Timestamp,
) -> impl Iterator<Item = &Arc<Key>> {
    let keyring = &snapshot.keyring;
    let all = keyring.regions_of(account).flat_map(move |region| keyring.keys_of(account, region, None, now));
    all.filter(|key| key.customer_managed().is_ok())
}

/// The key as the analyses see it.
pub(crate) fn key(snapshot: &Snapshot, key: &Key) -> AnalysedKey {
    let policy = match &key.policy {
        Some(policy) => Arc::clone(&policy.compiled),
        None => Arc::new(Policy::read_stored("", Kind::Key, Pins::new())),
    };
    let record = &key.record;
    AnalysedKey {
        grants: key.grants.index.clone(),
        spec: record.spec.as_str().to_owned(),
        usage: record.usage.as_str().to_owned(),
        origin: record.origin.as_str().to_owned(),
        multi_region: key.multi_region_type().map(str::to_owned),
        tags: record
            .tags
            .iter()
            .map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned()))
            .collect(),
        aliases: snapshot.keyring.aliases_of(&key.arn).map(|alias| alias.as_str().to_owned()).collect(),
        is_aws_managed: key.customer_managed().is_err(),
        ..AnalysedKey::new(key.name.clone(), policy)
    }
}

/// A policy by where it is, and its name.
type Attached = (*const Policy, Arc<str>);

/// Sets of policies that several principals have: each is decided once.
#[derive(Default)]
struct Shared(HashMap<Vec<Attached>, Arc<[Attachment]>>);

impl Shared {
    /// The inline policies, the attached ones and these further ones. Where there are only inline ones, it is the list that the
    /// directory has already: an account of many principals with a policy each is gone through without copying any.
    fn identity(
        &mut self,
        directory: &Directory,
        inline: &Arc<[Attachment]>,
        permissions: &Permissions,
        further: Vec<Attachment>,
    ) -> Arc<[Attachment]> {
        if permissions.attached.is_empty() && further.is_empty() {
            return Arc::clone(inline);
        }
        let mut all = directory.with_attached(inline, permissions);
        all.extend(further);
        self.set(all)
    }

    fn set(&mut self, attachments: Vec<Attachment>) -> Arc<[Attachment]> {
        let named = |one: &Attachment| (Arc::as_ptr(&one.policy), Arc::clone(&one.name));
        let policies = attachments.iter().map(named).collect();
        Arc::clone(self.0.entry(policies).or_insert_with(|| attachments.into()))
    }

    fn account(&mut self, directory: &Directory, id: AccountId) -> Account {
        let mut account = bare(directory, id);
        let mut places = HashMap::new();
        for group in directory.groups.of(id) {
            places.insert(group.id(), account.groups.len());
            let policies = self.identity(directory, &group.compiled, &group.record.permissions, Vec::new());
            account.groups.push(Group { arn: group.arn(), policies });
        }
        for user in directory.users.of(id) {
            let groups = user.record.groups.iter().filter_map(|id| account.groups.get(*places.get(id)?));
            let of_groups: Vec<_> = groups.clone().flat_map(|group| group.policies.iter().cloned()).collect();
            account.entities.push(Entity {
                from_groups: of_groups.len(),
                groups: groups.map(|group| group.arn.clone()).collect(),
                identity: self.identity(directory, &user.compiled, &user.record.permissions, of_groups),
                boundary: directory.boundary(&user.record.permissions),
                tags: tags(&user.header().tags),
                trust: None,
                ..Entity::new(PrincipalArn::user(id, &user.header().path, user.name()), user.id().clone())
            });
        }
        for role in directory.roles.of(id) {
            let arn = PrincipalArn::role(id, &role.header().path, role.name());
            account.entities.push(Entity {
                identity: self.identity(directory, &role.compiled, &role.record.permissions, Vec::new()),
                boundary: directory.boundary(&role.record.permissions),
                tags: tags(&role.header().tags),
                groups: Vec::new(),
                trust: role.trust.clone(),
                ..Entity::new(arn, role.id().clone())
            });
        }
        account
    }
}

fn levels(directory: &Directory, account: AccountId, kind: ControlKind) -> Option<Arc<[Level]>> {
    directory.organizations.controls(account, kind).map(|controls| controls.levels.into())
}

fn tags<K: AsRef<str>, V: AsRef<str>>(tags: &std::collections::BTreeMap<K, V>) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| (key.as_ref().to_owned(), value.as_ref().to_owned())).collect()
}
