//! What a replay says of a call is what happens when the call is made again under the new policy: in random small worlds, whose
//! identity policies and grants change after the calls were recorded.

use crate::{
    remembered::{Session, world},
    world::{A, B, World, policy},
};
use gatekey_testkit::{Dice, Signer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ROOT: &str = "arn:aws:iam::111122223333:root";
const WORLDS: u64 = 60;
const CALLS: usize = 16;

/// Who calls.
enum Who {
    Key(Signer),
    Session(Session),
}

/// A call that was made, and how it went.
struct Made {
    who: usize,
    operation: &'static str,
    input: Value,
    event: String,
    allowed: bool,
}

fn pick<'a, T: ?Sized>(dice: &mut Dice, all: &[&'a T]) -> &'a T {
    all[usize::try_from(dice.roll()).unwrap_or(usize::MAX) % all.len()]
}

fn chance(dice: &mut Dice, one_in: u64) -> bool {
    dice.roll().is_multiple_of(one_in)
}

const PRINCIPALS: [&str; 8] = [
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/worker",
    "arn:aws:sts::111122223333:assumed-role/worker/ss",
    "arn:aws:iam::444455556666:user/far",
    ROOT,
    B,
    "*",
];

const ACTIONS: [&str; 9] = [
    "kms:*",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    "kms:Describe*",
    "kms:List*",
    "kms:CreateGrant",
    "kms:*Tag*",
];

const CONDITIONS: [&str; 22] = [
    r#"{"StringEquals":{"kms:EncryptionContext:tenant":"acme"}}"#,
    r#"{"StringNotEquals":{"kms:EncryptionContext:tenant":"acme"}}"#,
    r#"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["tenant"]}}"#,
    r#"{"Null":{"kms:EncryptionContext:tenant":"true"}}"#,
    r#"{"StringEquals":{"kms:RequestAlias":"alias/walk"}}"#,
    r#"{"Null":{"kms:RequestAlias":"false"}}"#,
    r#"{"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#,
    r#"{"Null":{"kms:ViaService":"true"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#,
    r#"{"Null":{"aws:UserAgent":"true"}}"#,
    r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
    r#"{"StringEquals":{"aws:PrincipalTag/team":"a"}}"#,
    r#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#,
    r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#,
    r#"{"StringLike":{"aws:userid":"*:ss"}}"#,
    r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
    r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}"#,
    r#"{"StringEquals":{"kms:GranteePrincipal":"arn:aws:iam::111122223333:user/bob"}}"#,
    r#"{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}"#,
    r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#,
    r#"{"Bool":{"kms:ReEncryptOnSameKey":"true"}}"#,
    r#"{"StringEquals":{"aws:RequestTag/team":"a"}}"#,
];

fn statement(dice: &mut Dice, names_principals: bool) -> Value {
    let effect = if chance(dice, 4) { "Deny" } else { "Allow" };
    let mut statement = json!({"Effect": effect, "Action": pick(dice, &ACTIONS), "Resource": "*"});
    if names_principals {
        let who = pick(dice, &PRINCIPALS);
        statement["Principal"] = if who == "*" { "*".into() } else { json!({"AWS": who}) };
    }
    if chance(dice, 2) {
        statement["Condition"] = serde_json::from_str(pick(dice, &CONDITIONS)).unwrap();
    }
    statement
}

fn statements(dice: &mut Dice, names_principals: bool) -> Vec<Value> {
    let count = 1 + dice.roll() % 3;
    (0..count).map(|_| statement(dice, names_principals)).collect()
}

/// A key policy under which its account's root user can always put another.
fn key_policy(dice: &mut Dice) -> Value {
    let keeper = if chance(dice, 2) { "kms:*" } else { "kms:PutKeyPolicy" };
    let mut all =
        vec![json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": keeper, "Resource": "*"})];
    all.extend(statements(dice, true));
    // The key must stay in hand.
    for statement in all.iter_mut().filter(|statement| statement["Effect"] == "Deny") {
        statement.as_object_mut().unwrap().remove("Action");
        statement["NotAction"] = json!(["kms:PutKeyPolicy", pick(dice, &ACTIONS[1..])]);
    }
    all.into()
}

struct Walk {
    world: World,
    dice: Dice,
    key: String,
    blob: Value,
    callers: Vec<Who>,
}

impl Walk {
    async fn new(seed: u64) -> Self {
        let (world, mut dice) = (world().await, Dice::new(seed));
        let key = world.key(A, None).await;
        let root = world.root(A);
        world.kms(&root, "CreateAlias", json!({"AliasName": "alias/walk", "TargetKeyId": key})).await.ok();
        let input = json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": {"tenant": "acme"}});
        let sealed = world.kms(&root, "Encrypt", input).await.ok();
        let mut callers = Vec::new();
        for (account, name) in [(A, "ann"), (A, "bob"), (B, "far")] {
            let rights = statements(&mut dice, false).into();
            callers.push(Who::Key(world.user(account, name, rights).await));
        }
        let role = world.role("worker", statements(&mut dice, false).into()).await;
        let user =
            world.user(A, "assumer", json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}])).await;
        let own = policy(statements(&mut dice, false).into());
        let named = [("RoleArn", role.as_str()), ("RoleSessionName", "ss")];
        let limited = [("RoleArn", role.as_str()), ("RoleSessionName", "tt"), ("Policy", own.as_str())];
        callers.push(Who::Session(world.session(&user, "AssumeRole", &named).await));
        callers.push(Who::Session(world.session(&user, "AssumeRole", &limited).await));
        callers.push(Who::Key(root));
        Self { world, dice, key, blob: sealed["CiphertextBlob"].clone(), callers }
    }

    /// A grant for one of the users.
    async fn grant(&mut self) -> Value {
        let grantee = pick(&mut self.dice, &PRINCIPALS[..4]);
        let mut input = json!({"KeyId": self.key, "GranteePrincipal": grantee,
            "Operations": ["Encrypt", "Decrypt", "DescribeKey", "CreateGrant"]});
        if chance(&mut self.dice, 2) {
            input["Constraints"] = json!({"EncryptionContextSubset": {"tenant": "acme"}});
        }
        self.world.kms(&self.world.root(A), "CreateGrant", input).await.body.clone()
    }

    fn call(&mut self) -> (&'static str, Value) {
        let dice = &mut self.dice;
        let key = if chance(dice, 3) { "alias/walk" } else { self.key.as_str() };
        let context = match dice.roll() % 4 {
            0 => json!({}),
            1 => json!({"tenant": "acme"}),
            2 => json!({"tenant": "other"}),
            _ => json!({"tenant": "acme", "more": "x"}),
        };
        let blob = &self.blob;
        match dice.roll() % 8 {
            0 | 1 => ("Encrypt", json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": context})),
            2 => ("Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": {"tenant": "acme"}})),
            3 => {
                ("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context}))
            }
            4 => ("DescribeKey", json!({"KeyId": key})),
            5 => (
                "ReEncrypt",
                json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"tenant": "acme"},
                    "DestinationKeyId": key, "DestinationEncryptionContext": context}),
            ),
            6 => ("ListGrants", json!({"KeyId": self.key})),
            _ => ("TagResource", json!({"KeyId": self.key, "Tags": [{"TagKey": "team", "TagValue": "a"}]})),
        }
    }

    /// Makes a call; whether it was allowed, unless it failed for another reason or was no question of the key.
    async fn make(&self, who: usize, operation: &'static str, input: &Value) -> Option<bool> {
        let (status, code) = match &self.callers[who] {
            Who::Key(signer) => {
                let reply = self.world.kms(signer, operation, input.clone()).await;
                (reply.status, reply.code().to_owned())
            }
            Who::Session(session) => {
                let reply = self.world.kms_in(session, operation, input).await;
                (reply.status, reply.code().to_owned())
            }
        };
        (status == 200 || code == "AccessDeniedException").then_some(status == 200)
    }

    async fn record(&mut self) -> Vec<Made> {
        let mut all = Vec::new();
        for _ in 0..CALLS {
            let who = usize::try_from(self.dice.roll() % 6).unwrap();
            let (operation, mut input) = self.call();
            if who == 2 && input["KeyId"] == "alias/walk" {
                // Another account's alias is another alias.
                input["KeyId"] = self.key.clone().into();
            }
            let Some(allowed) = self.make(who, operation, &input).await else { continue };
            let event = self.world.events.all().pop().unwrap();
            let is_of_key = event["resources"].to_string().contains(&self.key);
            let event = event["eventID"].as_str().unwrap().to_owned();
            if is_of_key {
                all.push(Made { who, operation, input, event, allowed });
            }
        }
        all
    }

    /// Something is not any more as it was.
    async fn change(&mut self, grant: &Value) {
        let root = self.world.root(A);
        if chance(&mut self.dice, 2) {
            let document = policy(statements(&mut self.dice, false).into());
            let put = [("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
            self.world.form(&root, "iam", "PutUserPolicy", &put).await;
        }
        if chance(&mut self.dice, 2) && !grant["GrantId"].is_null() {
            let gone = json!({"KeyId": self.key, "GrantId": grant["GrantId"]});
            self.world.kms(&root, "RevokeGrant", gone).await;
        }
    }

    /// What the replay says of each call that it does not call unchanged.
    async fn replay(&self, new: &Value) -> BTreeMap<String, String> {
        let answer = self.world.replay(&self.key, new).await;
        let mut all = BTreeMap::new();
        for effect in answer["Effects"].as_array().unwrap() {
            let name = effect["Effect"].as_str().unwrap();
            for call in effect["Newest"].as_array().into_iter().flatten() {
                all.insert(call["EventId"].as_str().unwrap().to_owned(), name.to_owned());
            }
        }
        all
    }
}

#[tokio::test]
async fn a_replay_says_what_happens_when_the_calls_are_made_again_under_the_new_policy() {
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..WORLDS {
        let mut walk = Walk::new(seed).await;
        let grant = walk.grant().await;
        let (old, new) = (key_policy(&mut walk.dice), key_policy(&mut walk.dice));
        walk.world.put(&walk.key, &old).await.ok();
        let made = walk.record().await;
        walk.change(&grant).await;
        let said = walk.replay(&new).await;
        walk.world.put(&walk.key, &new).await.ok();
        for one in made {
            let said = said.get(&one.event).map_or("UNCHANGED", String::as_str);
            *told.entry(said.to_owned()).or_default() += 1;
            let Some(now) = walk.make(one.who, one.operation, &one.input).await else {
                panic!("{}", one.operation)
            };
            let expected = match said {
                "WOULD_DENY" | "DENIED_TODAY" => one.allowed && !now,
                "WOULD_ALLOW" | "ALLOWED_TODAY" => !one.allowed && now,
                "UNCHANGED" => one.allowed == now,
                "UNTOLD" => true,
                other => panic!("{other}"),
            };
            let Made { who, operation, input, allowed, .. } = one;
            assert!(
                expected,
                "world {seed}: {operation} by {who} was {allowed} and is {now}, and the replay says {said}: {input}\n{old:#}\n{new:#}"
            );
        }
    }
    for kind in ["WOULD_DENY", "WOULD_ALLOW", "UNCHANGED", "UNTOLD"] {
        assert!(told.get(kind).is_some_and(|count| *count > 10), "{told:?}");
    }
    let untold = told["UNTOLD"];
    assert!(untold * 3 < told.values().sum::<usize>(), "most can be told: {told:?}");
}
