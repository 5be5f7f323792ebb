//! Who exists, and what goes with that: the directory as records come and go.
#![cfg(test)]

use gatekey_directory::*;
use gatekey_policy::{Interner, Kind, Pins, Policy};
use gatekey_store::{
    Revision,
    table::{Edit, Fate, Row},
};
use gatekey_types::{AccountId, Entropy, PrincipalArn, Timestamp, UniqueId};
use std::collections::BTreeSet;

const ACCOUNT: &str = "111122223333";

/// A directory that takes edits as the gate would have committed them.
struct World {
    directory: Directory,
    interner: Interner,
    revision: u64,
}

struct Counting(core::cell::Cell<u8>);
// One test uses it on one thread.
struct Dice(std::sync::Mutex<Counting>);
impl Entropy for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        let counting = self.0.lock().unwrap();
        counting.0.set(counting.0.get() + 1);
        buffer.fill(counting.0.get());
    }
}

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

impl World {
    fn new() -> Self {
        let mut world = Self { directory: Directory::default(), interner: Interner::new(), revision: 0 };
        let record = AccountRecord { created: now(), name: "a".into(), email: None };
        world.commit(vec![Edit::insert::<AccountTable>(&account(), &record)]);
        world
    }

    fn commit(&mut self, edits: Vec<Edit>) {
        self.revision += 1;
        for edit in edits {
            let record = match &edit.fate {
                Fate::Put(bytes) => Some(bytes.as_slice()),
                Fate::Delete => None,
                Fate::Keep => continue,
            };
            let revision = Revision::new(self.revision);
            let row = Row { table: edit.table, key: &edit.key, record, revision };
            self.directory.apply(&row, &self.interner).unwrap();
        }
    }

    fn user(&mut self, name: &str, dice: &Dice, groups: &[UniqueId]) -> UniqueId {
        let header = Header::new::<UserRecord>(name, "/", now(), dice);
        let id = header.id.clone();
        let record = UserRecord {
            header,
            permissions: Permissions::default(),
            groups: groups.iter().cloned().collect::<BTreeSet<_>>(),
            login: None,
            password_last_used: None,
        };
        self.commit(vec![insert(account(), &record)]);
        id
    }

    fn role(&mut self, name: &str, dice: &Dice) -> UniqueId {
        let header = Header::new::<RoleRecord>(name, "/", now(), dice);
        let id = header.id.clone();
        let text = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
        let record = RoleRecord {
            header,
            permissions: Permissions::default(),
            trust: Document { text, pins: Pins::new() },
            description: None,
            longest_session: 3600,
        };
        self.commit(vec![insert(account(), &record)]);
        id
    }
}

fn dice() -> Dice {
    Dice(std::sync::Mutex::new(Counting(core::cell::Cell::new(0))))
}

#[test]
fn a_namesake_made_later_has_another_id_and_the_old_id_names_nobody() {
    let (mut world, dice) = (World::new(), dice());
    let first = world.role("app", &dice);
    let arn: PrincipalArn = format!("arn:aws:iam::{ACCOUNT}:role/app").parse().unwrap();
    assert_eq!(world.directory.resolve(&arn).unwrap(), Some(first.clone()));
    let gone = world.directory.roles.get(account(), "app").unwrap().delete();
    world.commit(vec![gone]);
    assert!(world.directory.resolve(&arn).is_err());
    assert_eq!(world.directory.current_arn(&first), None);
    let second = world.role("app", &dice);
    assert_ne!(first, second);
    assert_eq!(world.directory.resolve(&arn).unwrap(), Some(second));
    assert_eq!(world.directory.current_arn(&first), None);
}

#[test]
fn names_are_found_in_any_case_but_arns_are_compared_with_case() {
    let (mut world, dice) = (World::new(), dice());
    world.user("Alice", &dice, &[]);
    assert!(world.directory.users.get(account(), "aLICE").is_some());
    let resolve =
        |name: &str| world.directory.resolve(&format!("arn:aws:iam::{ACCOUNT}:user/{name}").parse().unwrap());
    assert!(resolve("Alice").is_ok());
    let unknown = resolve("alice").unwrap_err();
    assert_eq!(unknown.nearest.unwrap(), format!("arn:aws:iam::{ACCOUNT}:user/Alice"));
}

#[test]
fn a_rename_keeps_the_id_and_frees_the_old_name() {
    // A transaction is read in any order: what loses the old name may be seen after what has the new one.
    for backwards in [false, true] {
        let (mut world, dice) = (World::new(), dice());
        let id = world.user("before", &dice, &[]);
        let user = world.directory.users.get(account(), "before").unwrap().clone();
        let mut record = user.record.clone();
        record.header.name = "after".into();
        let mut edits = user.renamed(&record);
        if backwards {
            edits.reverse();
        }
        world.commit(edits);
        assert!(world.directory.users.get(account(), "before").is_none());
        let namesake = world.user("before", &dice, &[]);
        assert_eq!(world.directory.users.by_id(&id).unwrap().name(), "after");
        assert_eq!(world.directory.users.by_id(&namesake).unwrap().name(), "before");
        assert!(world.directory.exists(&Bearer::User(account(), id.clone())));
        let gone = world.directory.users.get(account(), "after").unwrap().delete();
        world.commit(vec![gone]);
        assert!(world.directory.users.by_id(&id).is_none());
        assert!(!world.directory.exists(&Bearer::User(account(), id)));
        assert!(world.directory.exists(&Bearer::User(account(), namesake)));
    }
}

#[test]
fn what_is_referred_to_knows_by_whom_until_it_is_let_go() {
    let (mut world, dice) = (World::new(), dice());
    let group = Header::new::<GroupRecord>("g", "/", now(), &dice).id;
    let user = world.user("u", &dice, core::slice::from_ref(&group));
    let referrers: Vec<_> = world.directory.referrers(group.as_str()).cloned().collect();
    assert_eq!(referrers, [user]);
    let known = world.directory.users.get(account(), "u").unwrap().clone();
    let mut record = known.record.clone();
    record.groups.clear();
    world.commit(vec![known.update(&record)]);
    assert_eq!(world.directory.referrers(group.as_str()).count(), 0);
}

#[test]
fn a_boundary_that_is_gone_allows_nothing_and_does_not_vanish() {
    let (mut world, dice) = (World::new(), dice());
    world.user("u", &dice, &[]);
    let user = world.directory.users.get(account(), "u").unwrap().clone();
    let mut record = user.record.clone();
    record.permissions.boundary = Some(format!("arn:aws:iam::{ACCOUNT}:policy/gone").parse().unwrap());
    world.commit(vec![user.update(&record)]);
    let caller = world.directory.caller(&Bearer::User(account(), user.id().clone())).unwrap();
    let action = "kms:Decrypt".parse().unwrap();
    let context = gatekey_policy::Context::new();
    let resource = gatekey_policy::Resource::Any;
    let mode = gatekey_policy::Mode::Generic;
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
    let identity = [world.directory.attachment(&everything).unwrap()];
    let ask = |boundary| {
        let request = gatekey_policy::Request::new(mode, &caller.principal, &action, resource, &context);
        let policies = gatekey_policy::Policies { identity: &identity, boundary, ..Default::default() };
        gatekey_policy::decide(&request, &policies).outcome
    };
    assert_eq!(ask(None), gatekey_policy::Outcome::Allow);
    assert_eq!(ask(caller.boundary.as_ref()), gatekey_policy::Outcome::ImplicitDeny);
}

#[test]
fn a_session_of_a_deleted_role_is_nobody() {
    let (mut world, dice) = (World::new(), dice());
    let role = world.role("app", &dice);
    let (access_key, secret) = NewAccessKey::temporary(account(), &dice);
    let claims = Claims {
        access_key,
        secret,
        subject: Subject::Role { account: account(), role, session: "s".into() },
        issued: now(),
        expires: now().plus_days(1),
        mfa: None,
        policy: Some(r#"{"Version":"2012-10-17","Statement":[]}"#.into()),
        policy_arns: Vec::new(),
        tags: vec![("Team".into(), "red".into())],
        transitive: Vec::new(),
        source_identity: None,
        federated_provider: None,
        chained: false,
    };
    let bearer = Bearer::Session(std::sync::Arc::new(Session::new(claims)));
    let caller = world.directory.caller(&bearer).unwrap();
    assert_eq!(caller.arn().unwrap().as_str(), format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/s"));
    assert_eq!((caller.session.len(), caller.principal.tags.len()), (1, 1));
    let gone = world.directory.roles.get(account(), "app").unwrap().delete();
    world.commit(vec![gone]);
    assert!(world.directory.caller(&bearer).is_none());
    assert!(!world.directory.exists(&bearer));
}

#[test]
fn every_change_of_an_accounts_identities_is_noted_for_those_who_decided_before() {
    let (mut world, dice) = (World::new(), dice());
    let before = world.directory.changed(account());
    world.user("u", &dice, &[]);
    assert!(world.directory.changed(account()) > before);
    let elsewhere = "444455556666".parse().unwrap();
    assert_eq!(world.directory.changed(elsewhere), Revision::default());
}

/// An organization of a management account and one member in a unit.
fn organized(world: &mut World) -> AccountId {
    let member: AccountId = "444455556666".parse().unwrap();
    let id = "o-exampleorg".to_owned();
    let organization = OrganizationRecord {
        management: account(),
        root: "r-abcd".into(),
        all_features: true,
        policy_types: BTreeSet::from([ControlKind::ServiceControl]),
        service_access: Default::default(),
        delegated: Default::default(),
        root_features: BTreeSet::new(),
        resource_policy: None,
        root_tags: Default::default(),
        created: now(),
    };
    let unit = UnitRecord { parent: "r-abcd".into(), name: "u".into(), tags: Default::default() };
    let place = |parent: &str| MemberRecord {
        organization: id.clone(),
        parent: parent.into(),
        email: String::new(),
        name: String::new(),
        suspended: false,
        made_here: true,
        joined: now(),
        tags: Default::default(),
    };
    let policy = |targets: &[&str], document: &str| ControlPolicyRecord {
        kind: ControlKind::ServiceControl,
        name: "p".into(),
        description: String::new(),
        document: document.into(),
        aws_managed: false,
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        tags: Default::default(),
    };
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    world.commit(vec![
        Edit::insert::<OrganizationTable>(&id, &organization),
        Edit::insert::<UnitTable>(&(id.clone(), "ou-abcd-11111111".into()), &unit),
        Edit::insert::<MemberTable>(&account(), &place("r-abcd")),
        Edit::insert::<MemberTable>(&member, &place("ou-abcd-11111111")),
        Edit::insert::<ControlPolicyTable>(
            &(id.clone(), "p-all".into()),
            &policy(&["r-abcd", "ou-abcd-11111111"], everything),
        ),
    ]);
    member
}

#[test]
fn control_policies_bind_by_level_and_an_unfilled_level_is_there() {
    let mut world = World::new();
    let member = organized(&mut world);
    let organizations = &world.directory.organizations;
    let controls = organizations.controls(member, ControlKind::ServiceControl).unwrap();
    let sizes: Vec<usize> = controls.levels.iter().map(|level| level.len()).collect();
    assert_eq!((controls.management, sizes), (account(), vec![1, 1, 0]), "root, unit, account");
    assert!(controls.levels[0][0].managed);
    assert!(
        organizations.controls(member, ControlKind::ResourceControl).is_none(),
        "the type is not enabled"
    );
    assert_eq!(organizations.path(member).unwrap(), "o-exampleorg/r-abcd/ou-abcd-11111111/");
}

#[test]
fn aws_managed_policies_are_attached_by_their_arn() {
    let world = World::new();
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
    let attachment = world.directory.attachment(&arn).unwrap();
    assert!(attachment.managed && attachment.policy.kind() == Kind::Identity);
    let stored = Policy::read_stored(attachment.policy.text(), Kind::Identity, Pins::new());
    assert_eq!(stored.statements().len(), 1);
}
