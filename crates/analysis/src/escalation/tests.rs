use super::*;
use crate::testing::{entity, grant, inline, key, policy, statement, trust_statement, world};
use crate::world::{Entity, Group};
use gatekey_policy::{Attachment, Kind};
use std::sync::Arc;

fn allows(actions: &[&str]) -> Vec<String> {
    vec![statement("Allow", &[], actions, "")]
}

/// The path of `A:user/u` to Decrypt, as actions.
fn path(world: &World, short: &str) -> Option<Vec<String>> {
    let found = escalations(world, world.the_key(), KmsAction::Decrypt).unwrap();
    assert!(found.is_complete);
    let wanted = crate::testing::arn(short);
    let one = found.escalations.into_iter().find(|escalation| *escalation.who.name == *wanted)?;
    Some(one.path.into_iter().map(|step| step.action).collect())
}

fn only(statements: &[String], key_statements: &[String], more: Vec<Entity>) -> World {
    let user = entity("A:user/u").with(statements);
    world(std::iter::once(user).chain(more).collect(), key(key_statements))
}

fn of_admin() -> Vec<String> {
    vec![statement("Allow", &["A:user/admin", "A:role/r"], &["kms:*"], "")]
}

#[test]
fn each_step_on_the_key_is_found() {
    let delegate = |actions: &[&str]| {
        vec![
            statement("Allow", &["A:user/admin"], &["kms:*"], ""),
            statement("Allow", &["A:root"], actions, ""),
        ]
    };
    for (action, purpose) in [("kms:PutKeyPolicy", Purpose::KeyPolicy), ("kms:CreateGrant", Purpose::Grant)] {
        let world = only(&allows(&[action]), &delegate(&[action]), vec![entity("A:user/admin")]);
        let found = escalations(&world, world.the_key(), KmsAction::Decrypt).unwrap();
        let one = found.escalations.iter().find(|e| e.who.name.ends_with("user/u")).unwrap();
        assert_eq!((one.path[0].action.as_str(), one.path[0].to), (action, purpose));
    }
    let harmless =
        only(&allows(&["kms:TagResource"]), &delegate(&["kms:TagResource"]), vec![entity("A:user/admin")]);
    assert_eq!(path(&harmless, "A:user/u"), None, "no policy looks at tags");
    let tagged = r#""Condition":{"StringEquals":{"aws:ResourceTag/open":"yes"}}"#;
    let by_tag = [
        statement("Allow", &["A:root"], &["kms:TagResource"], ""),
        statement("Allow", &["A:user/u"], &["kms:Decrypt"], tagged),
    ];
    assert_eq!(
        path(&only(&allows(&["kms:TagResource"]), &by_tag, vec![]), "A:user/u"),
        Some(vec!["kms:TagResource".to_owned()])
    );
}

#[test]
fn a_deny_that_a_step_does_not_lift_keeps_the_right_away() {
    let denied = [
        statement("Allow", &["A:root"], &["kms:CreateGrant"], ""),
        statement("Deny", &["A:user/u"], &["kms:Decrypt"], ""),
    ];
    assert_eq!(
        path(&only(&allows(&["kms:CreateGrant"]), &denied, vec![]), "A:user/u"),
        None,
        "a Deny beats grants"
    );
    let own = [allows(&["kms:PutKeyPolicy"]), vec![statement("Deny", &[], &["kms:Decrypt"], "")]].concat();
    let open = [statement("Allow", &["A:root"], &["kms:PutKeyPolicy"], "")];
    assert_eq!(path(&only(&own, &open, vec![]), "A:user/u"), None);
}

#[test]
fn whoever_can_change_their_own_policies_gets_what_the_key_leaves_to_the_account() {
    let open = [statement("Allow", &["A:root"], &["kms:*"], "")];
    for action in ["iam:PutUserPolicy", "iam:AttachUserPolicy"] {
        assert_eq!(path(&only(&allows(&[action]), &open, vec![]), "A:user/u"), Some(vec![action.to_owned()]));
    }
    let shut = [statement("Allow", &["A:user/admin"], &["kms:*"], "")];
    assert_eq!(
        path(&only(&allows(&["iam:PutUserPolicy"]), &shut, vec![]), "A:user/u"),
        None,
        "the key does not delegate"
    );

    let mut bounded = only(&allows(&["iam:DeleteUserPermissionsBoundary", "kms:Decrypt"]), &open, vec![]);
    let account = bounded.of_account(crate::testing::A);
    account.entities[0].boundary = Some(inline(&allows(&["iam:*"])));
    assert_eq!(path(&bounded, "A:user/u"), Some(vec!["iam:DeleteUserPermissionsBoundary".to_owned()]));
}

#[test]
fn groups_and_managed_policies_are_ways_too() {
    let open = [statement("Allow", &["A:root"], &["kms:*"], "")];
    let mut grouped = only(&allows(&["iam:AddUserToGroup"]), &open, vec![]);
    let arn = "arn:aws:iam::111122223333:group/readers".parse().unwrap();
    grouped
        .of_account(crate::testing::A)
        .groups
        .push(Group { arn, policies: Arc::new([inline(&allows(&["kms:*"]))]) });
    assert_eq!(path(&grouped, "A:user/u"), Some(vec!["iam:AddUserToGroup".to_owned()]));

    let arn = "arn:aws:iam::111122223333:policy/own".parse().unwrap();
    let managed = Attachment::managed(&arn, policy(Kind::Identity, &allows(&["iam:CreatePolicyVersion"])));
    let user = Entity { identity: Arc::new([managed]), ..entity("A:user/u") };
    assert_eq!(
        path(&world(vec![user], key(&open)), "A:user/u"),
        Some(vec!["iam:CreatePolicyVersion".to_owned()])
    );
}

#[test]
fn acting_as_a_holder_is_a_path_and_chains_of_roles_are_followed_shortest_first() {
    let mut r = entity("A:role/r");
    r.trust = Some(policy(Kind::Trust, &[trust_statement(&["A:role/q"])]));
    let mut q = entity("A:role/q");
    q.trust = Some(policy(Kind::Trust, &[trust_statement(&["A:user/u"])]));
    let world =
        only(&[statement("Allow", &[], &["s3:*"], "")], &of_admin(), vec![r, q, entity("A:user/admin")]);
    assert_eq!(path(&world, "A:user/u"), Some(vec!["sts:AssumeRole".to_owned(); 2]));
    assert_eq!(path(&world, "A:role/q"), Some(vec!["sts:AssumeRole".to_owned()]));

    for action in ["iam:CreateAccessKey", "iam:UpdateLoginProfile", "iam:UpdateAssumeRolePolicy"] {
        let world = only(&allows(&[action]), &of_admin(), vec![entity("A:role/r"), entity("A:user/admin")]);
        assert_eq!(path(&world, "A:user/u"), Some(vec![action.to_owned()]));
    }
}

#[test]
fn handing_a_role_to_a_service_needs_a_role_that_trusts_one() {
    let passes = |trusted: &str| {
        let mut role = entity("A:role/r");
        role.trust = Some(policy(Kind::Trust, &[trust_statement(&[trusted])]));
        path(&only(&allows(&["iam:PassRole"]), &of_admin(), vec![role, entity("A:user/admin")]), "A:user/u")
    };
    assert_eq!(passes("lambda.amazonaws.com"), Some(vec!["iam:PassRole".to_owned()]));
    assert_eq!(passes("A:user/admin"), None);
}

#[test]
fn what_a_step_depends_on_is_told_and_holders_are_not_listed() {
    let mfa = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let open = [
        statement("Allow", &["A:user/u"], &["kms:PutKeyPolicy"], mfa),
        statement("Allow", &["A:user/admin"], &["kms:*"], ""),
    ];
    let world = world(vec![entity("A:user/u"), entity("A:user/admin")], key(&open));
    let found = escalations(&world, world.the_key(), KmsAction::Decrypt).unwrap();
    let [root, one] = found.escalations.as_slice() else { panic!("{:?}", found.escalations) };
    assert!(
        root.who.name.ends_with(":root") && one.who.name.ends_with("user/u"),
        "the root user can act as any user"
    );
    assert_eq!(one.path[0].condition, "only with MFA");
    assert_eq!(root.holder, "arn:aws:iam::111122223333:user/admin");
}

#[test]
fn a_grant_of_a_grant_gives_no_more_than_there_is() {
    let mut key = key(&of_admin());
    key.grants.insert(Arc::new(grant(1, "A:user/u", &[KmsAction::Encrypt, KmsAction::CreateGrant], None)));
    let world = world(vec![entity("A:user/u"), entity("A:user/admin")], key);
    assert_eq!(path(&world, "A:user/u"), None);
}
