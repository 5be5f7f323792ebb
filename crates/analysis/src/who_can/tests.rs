use super::*;
use crate::testing::{any_world, contexts, decided, entity, grant, key, statement, world};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn who_can_agrees_with_every_request_of_small_worlds(world in any_world()) {
        let key = world.the_key();
        for action in [KmsAction::Decrypt, KmsAction::PutKeyPolicy] {
            let answer = who_can(&world, key, action).unwrap();
            for caller in world.callers().iter().filter(|caller| caller.account.is_some()) {
                let who = Who::of(caller);
                let found = answer.holders.iter().find(|holder| holder.who == who);
                for context in contexts() {
                    let is_allowed = decided(&world, caller, action, key, &context);
                    let access = found.map(|holder| &*holder.access);
                    prop_assert!(!is_allowed || access.is_some(), "{who:?} can, and is not listed: {context:?}");
                    let is_always = access.is_some_and(Access::is_always);
                    prop_assert!(!is_always || is_allowed, "{who:?} is said to be always allowed: {context:?}");
                }
            }
        }
    }

    #[test]
    fn deciding_once_for_a_class_is_deciding_for_each(world in any_world()) {
        let key = world.the_key();
        let answer = who_can(&world, key, KmsAction::Decrypt).unwrap();
        for caller in world.residents() {
            let alone = can(&world, key, KmsAction::Decrypt, &caller);
            let found = answer.holders.iter().find(|holder| holder.who == Who::of(&caller));
            prop_assert_eq!(found.is_some(), alone.is_possible());
            if let Some(found) = found {
                prop_assert_eq!(&*found.access, &alone);
            }
        }
    }
}

fn words(world: &crate::world::World, short: &str) -> String {
    let access = can(world, world.the_key(), KmsAction::Decrypt, &world.named(short));
    access.residue().map(residue_in_words).unwrap_or_else(|| format!("{access:?}"))
}

#[test]
fn what_is_left_over_is_said_in_words() {
    let conditions = [
        (
            r#""StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}"#,
            "only through ssm in us-east-1",
        ),
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, "only with MFA"),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, "only from 10.0.0.0/8"),
        (r#""StringEquals":{"kms:EncryptionContext:a":"1"}"#, "only with the encryption context a=1"),
        (r#""NumericLessThan":{"aws:MultiFactorAuthAge":"60"}"#, "only with MFA of the last 60 seconds"),
    ];
    for (condition, expected) in conditions {
        let rest = format!(r#""Condition":{{{condition}}}"#);
        let key = key(&[statement("Allow", &["A:user/u"], &["kms:*"], &rest)]);
        assert_eq!(words(&world(vec![entity("A:user/u")], key), "A:user/u"), expected);
    }
}

#[test]
fn sessions_grants_and_those_who_are_not_here_are_listed() {
    let mut key = key(&[
        statement("Allow", &["A:assumed-role/r/deploy"], &["kms:Decrypt"], ""),
        statement("Allow", &["arn:aws:iam::999900001111:root"], &["kms:Decrypt"], ""),
        statement("Allow", &["logs.amazonaws.com"], &["kms:Decrypt"], ""),
    ]);
    key.grants.insert(Arc::new(grant(1, "A:user/v", &[KmsAction::Decrypt], None)));
    let world = world(vec![entity("A:user/u"), entity("A:user/v"), entity("A:role/r")], key);
    let answer = who_can(&world, world.the_key(), KmsAction::Decrypt).unwrap();
    let found: Vec<_> = answer.holders.iter().map(|holder| (holder.who.kind, &*holder.who.name)).collect();
    assert_eq!(
        found,
        [
            (CallerKind::User, "arn:aws:iam::111122223333:user/v"),
            (CallerKind::Outside, "arn:aws:iam::999900001111:root"),
            (CallerKind::Session, "arn:aws:sts::111122223333:assumed-role/r/deploy"),
            (CallerKind::Service, "logs.amazonaws.com"),
        ]
    );
    let by_grant = answer.holders[0].access.through().unwrap();
    assert_eq!((by_grant.layer.name(), by_grant.grant().is_some()), ("grant", true));
}

#[test]
fn a_public_key_policy_lets_anyone_and_a_deleted_principal_lets_nobody() {
    let open = world(vec![], key(&[statement("Allow", &["*"], &["kms:Decrypt"], "")]));
    let answer = who_can(&open, open.the_key(), KmsAction::Decrypt).unwrap();
    assert!(answer.holders.iter().any(|holder| holder.who.kind == CallerKind::Anyone));
    let shut = world(vec![], key(&[statement("Allow", &["A:user/gone"], &["kms:Decrypt"], "")]));
    assert!(who_can(&shut, shut.the_key(), KmsAction::Decrypt).unwrap().holders.is_empty());
    assert_eq!(
        who_can(&shut, shut.the_key(), KmsAction::ListKeys).err(),
        Some(NoAnswer::NotAboutKeys(KmsAction::ListKeys))
    );
}

#[test]
fn many_with_the_same_policies_are_decided_once() {
    let key = key(&[statement("Allow", &["A:root"], &["kms:*"], "")]);
    let allows = std::sync::Arc::new([crate::testing::inline(&[statement("Allow", &[], &["kms:*"], "")])]);
    let shared: Arc<[_]> = allows;
    let users = (0..500)
        .map(|n| crate::world::Entity { identity: Arc::clone(&shared), ..entity(&format!("A:user/u{n}")) });
    let world = world(users.collect(), key);
    let answer = who_can(&world, world.the_key(), KmsAction::Decrypt).unwrap();
    assert_eq!(
        (answer.holders.len(), answer.asked, answer.decided),
        (501, 502, 3),
        "two root users and one class"
    );
}

#[test]
fn the_matrix_and_what_one_can_do_agree() {
    let key = key(&[statement("Allow", &["A:user/u"], &["kms:Decrypt", "kms:CreateGrant"], "")]);
    let world = world(vec![entity("A:user/u")], key);
    let caller = world.named("A:user/u");
    let matrix = access_matrix(&world, world.the_key());
    let of_matrix: Vec<_> = matrix.of("arn:aws:iam::111122223333:user/u").map(|(action, _)| action).collect();
    let of_caller = what_can(&world, &caller);
    assert_eq!(of_matrix, [KmsAction::CreateGrant, KmsAction::Decrypt]);
    assert_eq!(of_caller.keys[0].1.iter().map(|(action, _)| *action).collect::<Vec<_>>(), of_matrix);
}

#[test]
fn the_holder_of_a_grant_may_make_a_child_of_it() {
    let mut key = key(&[statement("Allow", &["A:root"], &["kms:Describe*"], "")]);
    key.grants.insert(Arc::new(grant(
        1,
        "A:user/v",
        &[KmsAction::Decrypt, KmsAction::CreateGrant],
        Some("1"),
    )));
    let world = world(vec![entity("A:user/v")], key);
    let access = can(&world, world.the_key(), KmsAction::CreateGrant, &world.named("A:user/v"));
    assert!(access.is_always(), "{access:?}");
}
