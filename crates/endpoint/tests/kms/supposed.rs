//! What the policy simulator supposes is what a real request is answered: the same users, keys and policies are asked both
//! ways.

use crate::world::{A, B, World};
use gatekey_directory::{Header, NewAccessKey, Owner, Permissions, User, UserRecord, insert};
use gatekey_gate::{About, On, Passage, Supposed};
use gatekey_model::{iam, kms};
use gatekey_policy::{Action, Context, KeyName, KmsAction};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const ACTIONS: [KmsAction; 5] = [
    KmsAction::Decrypt,
    KmsAction::DescribeKey,
    KmsAction::GetKeyPolicy,
    KmsAction::PutKeyPolicy,
    KmsAction::ScheduleKeyDeletion,
];

fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A user of an account with one inline policy, and an access key to sign with.
pub(crate) async fn user(world: &World, account: &str, name: &str, document: &str) -> NewAccessKey {
    let mut permissions = Permissions::default();
    permissions.inline.insert("p".into(), document.into());
    user_with(world, account, name, permissions).await
}

/// A user of an account with these permissions, and an access key to sign with.
pub(crate) async fn user_with(
    world: &World,
    account: &str,
    name: &str,
    permissions: Permissions,
) -> NewAccessKey {
    let arrival = world.arrival(account, "TrentService.ListKeys");
    let mut passage = world.gate.enter(&arrival, iam::Operation::CreateUser.info(), false).unwrap();
    let allowed = passage.authorize_other("iam:CreateUser", On::default(), Context::new()).unwrap();
    let header = Header::new::<UserRecord>(name, "/", passage.now(), passage.entropy());
    let owner = Owner::User(passage.account(), header.id.clone());
    let key = NewAccessKey::long_term(owner, passage.now(), passage.entropy());
    let record =
        UserRecord { header, permissions, groups: BTreeSet::new(), login: None, password_last_used: None };
    let edits = vec![insert(passage.account(), &record), key.change()];
    passage.commit(&allowed, edits, ()).await.unwrap();
    key
}

/// Whether a request of the user is allowed.
fn really(world: &World, signer: &NewAccessKey, arn: &str, action: KmsAction) -> bool {
    let arrival = world.arrival_of(signer);
    let mut passage = world.gate.enter(&arrival, kms::Operation::DescribeKey.info(), true).unwrap();
    let found = passage.find(arn, action).unwrap();
    passage.authorize(action, &found, Context::new()).is_ok()
}

/// Whether the simulator, asked by the root user of the user's account, says that it would be.
fn supposedly(passage: &Passage<'_>, user: &User, arn: &str, action: KmsAction) -> bool {
    let snapshot = passage.snapshot();
    let key = snapshot.keyring.key(&arn.parse().unwrap(), passage.now()).unwrap();
    let caller = snapshot.directory.as_user(user).unwrap();
    let mut context = Context::new();
    context.set(KeyName::AwsSecureTransport, false).set(KeyName::AwsSourceIp, "127.0.0.1");
    let (action, on) = (Action::from(action), On::resource(&key.name));
    let supposed = Supposed {
        caller: &caller,
        action: &action,
        on,
        key: Some(key),
        about: About::Nothing,
        context,
        without: &[],
    };
    passage.suppose(&supposed).verdict.is_allowed()
}

#[tokio::test]
async fn what_is_supposed_of_a_key_is_what_a_request_is_answered() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let tags = json!([{"TagKey": "env", "TagValue": "dev"}]);
    world.call("TagResource", json!({"KeyId": key, "Tags": tags})).await.ok();
    let all = policy(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]));
    let few = policy(json!([{"Effect": "Allow", "Action": "kms:Describe*", "Resource": arn,
        "Condition": {"StringEquals": {"aws:ResourceTag/env": "dev"}}}]));
    let denied = policy(json!([{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]));
    let mut users = Vec::new();
    for (account, name, document) in
        [(A, "all", &all), (A, "few", &few), (A, "denied", &denied), (B, "foreign", &all)]
    {
        users.push((account, name, user(&world, account, name, document).await));
    }
    let own = json!({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"});
    let named = |account: &str, name: &str, action: &str| {
        json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:user/{name}")},
            "Action": action, "Resource": "*"})
    };
    let only_over_tls = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    let keep =
        json!({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:PutKeyPolicy", "Resource": "*"});
    let mut answers = BTreeSet::new();
    for statements in [
        json!([own]),
        json!([keep, named(A, "denied", "kms:*"), named(A, "few", "kms:Decrypt")]),
        json!([own, named(B, "foreign", "kms:*"), only_over_tls]),
        json!([own, named(B, "foreign", "kms:Decrypt")]),
    ] {
        world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy(statements)})).await.ok();
        for (account, name, signer) in &users {
            let arrival = world.arrival(account, "TrentService.ListKeys");
            let operation = iam::Operation::SimulatePrincipalPolicy.info();
            let passage = world.gate.enter(&arrival, operation, true).unwrap();
            let users = &passage.snapshot().directory.users;
            let user = Arc::clone(users.get(account.parse().unwrap(), name).unwrap());
            for action in ACTIONS {
                let real = really(&world, signer, &arn, action);
                assert_eq!(supposedly(&passage, &user, &arn, action), real, "{name} {action:?}");
                answers.insert((*name, real));
            }
        }
    }
    assert_eq!(answers.len(), 8, "each user was allowed something and denied something: {answers:?}");
}
