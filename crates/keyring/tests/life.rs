//! The life of keys and aliases: what each change writes, applied again, gives the picture that it should.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as tests do")]

use gatekey_keyring::{
    AliasTable, Key, KeyFault, KeyManager, KeyRecord, KeySelector, KeySpec, KeyState, KeyUsage, Keyring,
    MaterialRecord, NewKey, Origin, PolicyRecord, Tags, default_policy, new_alias, retargeted,
};
use gatekey_policy::{Interner, Pins};
use gatekey_store::{
    Revision,
    table::{Edit, Fate, Row},
};
use gatekey_types::{AccountId, AliasArn, KeyArn, KeyId, KeyMaterialId, Region, Timestamp};
use std::sync::Arc;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A keyring that takes every edit at once, as the gate does after a commit.
struct World {
    ring: Keyring,
    interner: Interner,
    revision: u64,
}

impl World {
    fn new() -> Self {
        Self { ring: Keyring::default(), interner: Interner::default(), revision: 0 }
    }

    fn take(&mut self, edits: impl IntoIterator<Item = Edit>) {
        self.revision += 1;
        for edit in edits {
            let record = match &edit.fate {
                Fate::Put(bytes) => Some(bytes.as_slice()),
                Fate::Delete => None,
                Fate::Keep => continue,
            };
            let revision = Revision::new(self.revision);
            let row = Row { table: edit.table, key: &edit.key, record, revision };
            self.ring.apply(&row, &self.interner).unwrap();
        }
    }

    fn make(&mut self, account: &str, id: u8) -> KeyArn {
        let arn = KeyArn {
            account: account.parse().unwrap(),
            region: region(),
            key: KeyId::from_parts([id; 16], false),
        };
        let material = KeyMaterialId::from_bytes([id; 32]);
        let new = NewKey {
            arn: arn.clone(),
            record: KeyRecord { material: Some(material), ..record() },
            policy: PolicyRecord {
                document: default_policy(arn.account, &arn.region),
                pins: Pins::new(),
                author: "a".into(),
                put: START,
            },
            material: Some((material, MaterialRecord::new(START, vec![1, 2, 3]))),
        };
        self.take(new.changes());
        arn
    }

    fn key(&self, arn: &KeyArn) -> Arc<Key> {
        self.ring.key(arn, START).unwrap().clone()
    }
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn record() -> KeyRecord {
    KeyRecord {
        created: START,
        description: String::new(),
        usage: KeyUsage::EncryptDecrypt,
        spec: KeySpec::SymmetricDefault,
        origin: Origin::AwsKms,
        manager: KeyManager::Customer,
        state: KeyState::Enabled,
        material: None,
        multi_region: None,
        rotation: None,
        on_demand_rotations: 0,
        tags: Tags::new(),
        had_tags: false,
    }
}

fn alias(arn: &KeyArn, name: &str) -> AliasArn {
    AliasArn { account: arn.account, region: arn.region.clone(), alias: name.parse().unwrap() }
}

#[test]
fn a_new_key_has_its_policy_and_its_material() {
    let mut world = World::new();
    let arn = world.make("111122223333", 7);
    let key = world.key(&arn);
    assert!(key.policy.is_some());
    assert_eq!(key.materials.len(), 1);
    assert_eq!(world.ring.count_of(arn.account, &arn.region), 1);
    assert!(world.ring.key_by_id(&region(), arn.key, START).is_some());
}

#[test]
fn a_key_waits_is_gone_on_its_day_and_leaves_nothing_behind() {
    let mut world = World::new();
    let arn = world.make("111122223333", 7);
    let key = world.key(&arn);
    world.take(new_alias(&alias(&arn, "alias/a"), &key, START));
    let (state, edit) = world.key(&arn).scheduled_for_deletion(START, 7).unwrap();
    let on = state.deletion_date().unwrap();
    world.take([edit]);
    assert_eq!(on, START.plus_days(7));
    assert!(world.key(&arn).scheduled_for_deletion(START, 7).is_err(), "it waits already");
    assert!(world.ring.key(&arn, on.plus_millis(-1)).is_some());
    assert!(world.ring.key(&arn, on).is_none(), "gone on its day, swept or not");
    assert_eq!(world.ring.due_for_deletion(on).count(), 1);
    let gone = world.ring.due_for_deletion(on).next().unwrap().clone();
    let edits = world.ring.deleted(&gone, on);
    world.take(edits);
    assert_eq!(world.ring.len(), 0);
    assert_eq!(world.ring.count_of(arn.account, &arn.region), 0);
    assert_eq!(world.ring.due_for_deletion(on).count(), 0);
    assert!(world.ring.alias(&alias(&arn, "alias/a")).is_none());
    assert!(world.ring.key_by_id(&region(), arn.key, START).is_none());
}

#[test]
fn a_cancelled_deletion_leaves_the_key_disabled() {
    let mut world = World::new();
    let arn = world.make("111122223333", 7);
    assert_eq!(world.key(&arn).deletion_cancelled().unwrap_err(), KeyFault::NotPendingDeletion(arn.clone()));
    let (state, edit) = world.key(&arn).scheduled_for_deletion(START, 30).unwrap();
    let on = state.deletion_date().unwrap();
    world.take([edit]);
    let edit = world.key(&arn).deletion_cancelled().unwrap();
    world.take([edit]);
    assert_eq!(world.key(&arn).record.state, KeyState::Disabled);
    assert_eq!(world.ring.due_for_deletion(on).count(), 0);
}

#[test]
fn switching_to_the_present_state_changes_nothing_and_a_waiting_key_cannot_be_switched() {
    let mut world = World::new();
    let arn = world.make("111122223333", 7);
    assert_eq!(world.key(&arn).switched(KeyState::Enabled, START).unwrap(), None);
    let edit = world.key(&arn).switched(KeyState::Disabled, START).unwrap().unwrap();
    world.take([edit]);
    assert_eq!(world.key(&arn).in_use_state(START), Err(KeyFault::Disabled(arn.clone())));
    let (_, edit) = world.key(&arn).scheduled_for_deletion(START, 7).unwrap();
    world.take([edit]);
    assert_eq!(world.key(&arn).switched(KeyState::Enabled, START), Err(KeyFault::PendingDeletion(arn)));
}

#[test]
fn an_alias_moves_from_key_to_key_and_is_listed_with_the_new_one_only() {
    let mut world = World::new();
    let (one, two) = (world.make("111122223333", 1), world.make("111122223333", 2));
    let name = alias(&one, "alias/a");
    world.take(new_alias(&name, &world.key(&one), START));
    let present = world.ring.alias(&name).map(|(record, revision)| (record.clone(), revision)).unwrap();
    let later = START.plus_days(1);
    world.take(retargeted(&name, (&present.0, present.1), &world.key(&two), later));
    assert_eq!(world.ring.aliases_of(&one).count(), 0);
    assert_eq!(world.ring.aliases_of(&two).count(), 1);
    assert_eq!(world.ring.key_of_alias(&name, START).unwrap().arn, two);
    let (record, revision) = world.ring.alias(&name).unwrap();
    assert_eq!((record.created, record.updated), (START, later));
    world.take([Edit::delete::<AliasTable>(&name, revision)]);
    assert_eq!(world.ring.aliases_of(&two).count(), 0);
}

#[test]
fn listings_keep_to_their_account_and_go_on_after_a_key() {
    let mut world = World::new();
    let ours: Vec<KeyArn> = (1..=5).map(|id| world.make("111122223333", id)).collect();
    world.make("444455556666", 3);
    let account: AccountId = "111122223333".parse().unwrap();
    let list = |after| -> Vec<KeyId> {
        world.ring.keys_of(account, &region(), after, START).map(|key| key.arn.key).collect()
    };
    assert_eq!(list(None), ours.iter().map(|arn| arn.key).collect::<Vec<_>>());
    assert_eq!(list(Some(ours[2].key)), [ours[3].key, ours[4].key]);
}

#[test]
fn a_key_is_named_by_id_arn_or_alias_of_the_region_of_the_request() {
    let account = "111122223333".parse().unwrap();
    let parse = |text: &str| KeySelector::parse(text, account, &region());
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    assert!(matches!(parse(id), Ok(KeySelector::Key(arn)) if arn.account == account));
    assert!(matches!(parse("alias/a"), Ok(KeySelector::Alias(_))));
    let foreign = format!("arn:aws:kms:us-east-1:444455556666:key/{id}");
    assert_eq!(parse(&foreign).unwrap().account().as_str(), "444455556666");
    let elsewhere = format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
    assert_eq!(parse(&elsewhere).unwrap_err().to_string(), "Invalid arn eu-west-1");
    assert_eq!(parse("mrk-fake").unwrap_err().to_string(), "Invalid keyId 'mrk-fake'");
    assert!(KeySelector::parse_key("alias/a", account, &region()).is_err());
}

#[test]
fn a_record_of_an_unknown_schema_stops_the_start() {
    let mut world = World::new();
    let arn = world.make("111122223333", 7);
    let key = format!("{}/{}/{}", arn.account, arn.region, arn.key);
    let row = Row { table: "keys", key: &key, record: Some(b"\x09{}"), revision: Revision::new(9) };
    let read = world.ring.apply(&row, &world.interner);
    assert!(read.unwrap_err().to_string().contains(&key));
}
