use super::*;
use crate::testing::{entity, grant, id_of, key, principal, statement, world};
use gatekey_policy::{Kind, KmsAction, Pins, Policy};
use std::sync::Arc;

#[test]
fn whoever_is_gone_is_found_by_id_and_a_namesake_is_proposed() {
    let text = key(&[
        statement("Allow", &["A:user/u", "A:user/gone", "A:user/v"], &["kms:*"], ""),
        statement("Deny", &["A:role/old"], &["kms:*"], ""),
    ]);
    let pin = |short: &str, id: &str| (crate::testing::arn(short), id.parse().unwrap());
    let pins = Pins::from([
        pin("A:user/u", "AIDAOLDOLDOLDOLDOLD1"),
        pin("A:user/gone", "AIDAOLDOLDOLDOLDOLD2"),
        (crate::testing::arn("A:user/v"), id_of("A:user/v")),
        pin("A:role/old", "AROAOLDOLDOLDOLDOLD3"),
    ]);
    let policy = Policy::read_stored(text.policy.text(), Kind::Key, pins);
    let world = world(vec![entity("A:user/u"), entity("A:user/v")], text.under(Arc::new(policy)));
    let found = Census::new(&world, &|_| false).orphans(world.the_key());
    let told: Vec<_> = found.iter().map(|orphan| (orphan.written.as_str(), &orphan.rebind)).collect();
    let namesake = Rebind::SameName {
        arn: "arn:aws:iam::111122223333:user/u".to_owned(),
        id: id_of("A:user/u").as_str().to_owned(),
    };
    assert_eq!(
        told,
        [
            ("arn:aws:iam::111122223333:user/u", &namesake),
            ("arn:aws:iam::111122223333:user/gone", &Rebind::Nobody),
            ("arn:aws:iam::111122223333:role/old", &Rebind::Nobody),
        ]
    );
    assert!(matches!(found[2].place, Place::Statement { index: 1, denies: true, is_negated: false, .. }));
}

#[test]
fn grantees_who_are_gone_are_found_and_those_of_other_servers_are_not_looked_for() {
    let mut key = key(&[statement("Allow", &["A:root", "arn:aws:iam::999900001111:user/x"], &["kms:*"], "")]);
    let mut by_id = grant(1, "A:user/u", &[KmsAction::Decrypt], None);
    by_id.grantee = Party::Id("AIDAOLDOLDOLDOLDOLD1".parse().unwrap());
    key.grants.insert(Arc::new(by_id));
    let mut pinned = grant(2, "A:user/u", &[KmsAction::Decrypt], None);
    pinned.retiring = Some(Party::Principal { arn: principal("A:role/r"), id: None });
    key.grants.insert(Arc::new(pinned));
    let world = world(vec![entity("A:user/u")], key);
    let found = Census::new(&world, &|_| false).orphans(world.the_key());
    let [by_id, retiring] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&by_id.rebind, by_id.written.as_str()), (&Rebind::NameUnknown, "AIDAOLDOLDOLDOLDOLD1"));
    assert!(matches!(retiring.place, Place::Retiring(_)) && retiring.rebind == Rebind::Nobody);
}

#[test]
fn of_another_account_it_is_told_that_one_is_gone_and_not_whether_there_is_a_namesake() {
    let there: UniqueId = "AROATHERETHERETHERE1".parse().unwrap();
    let gone: UniqueId = "AROAOLDOLDOLDOLDOLD1".parse().unwrap();
    let names = ["arn:aws:iam::999900001111:role/there", "arn:aws:iam::999900001111:role/gone"];
    let text = key(&[statement("Allow", &names, &["kms:*"], "")]);
    let pins = Pins::from([(names[0].to_owned(), there.clone()), (names[1].to_owned(), gone.clone())]);
    let policy = Policy::read_stored(text.policy.text(), Kind::Key, pins);
    let mut key = text.under(Arc::new(policy));
    let mut by_id = grant(1, "A:user/u", &[KmsAction::Decrypt], None);
    by_id.grantee = Party::Id(there.clone());
    key.grants.insert(Arc::new(by_id));
    let world = world(vec![entity("A:user/u")], key);
    let found = Census::new(&world, &|id| *id == there).orphans(world.the_key());
    let [orphan] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((orphan.written.as_str(), &orphan.rebind), (names[1], &Rebind::OtherAccount));
    assert_eq!(orphan.id.as_deref(), Some(gone.as_str()));
}
