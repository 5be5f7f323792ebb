//! A root session for `KMSUnlockKeyPolicy`: what it opens, for whom, for how long, and what it must leave behind.

use crate::{
    MAY_DO_ALL,
    world::{A, B, Credentials, Reply, World},
};
use gatekey_directory::{Claims, NewAccessKey, Subject};
use gatekey_types::{AccountId, Arn};
use serde_json::{Value, json};

const TASK: &str = "arn:aws:iam::aws:policy/root-task/KMSUnlockKeyPolicy";
const LOST: &str = "The new key policy will not allow you to update the key policy in the future.";

/// `A` manages an organization of both accounts and may have root sessions of `B`.
struct Story {
    world: World,
    operator: Credentials,
    admin: Credentials,
}

fn number(account: &str) -> AccountId {
    account.parse().unwrap()
}

fn text(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_default()
}

fn ok(reply: Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    text(&reply)
}

/// The code and the text of a refusal.
fn refusal(reply: &Reply) -> (String, String) {
    let body = text(reply);
    let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default().to_owned();
    (body["__type"].as_str().unwrap_or("ok").to_owned(), message)
}

fn code(reply: &Reply) -> String {
    refusal(reply).0
}

fn statement(effect: &str, principal: &Value, action: &str) -> Value {
    json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"})
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn root_of(account: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{account}:root")})
}

fn locked() -> String {
    document(&[statement("Deny", &json!("*"), "kms:*")])
}

impl Story {
    async fn begin() -> Self {
        let world = World::new().await;
        world.gate.found_organization(number(A), &[number(A), number(B)]).await.unwrap();
        let access = r#"{"ServicePrincipal":"iam.amazonaws.com"}"#;
        assert_eq!(world.organize(&world.root, "EnableAWSServiceAccess", access).await.status, 200);
        assert_eq!(world.iam(&world.root, "EnableOrganizationsRootSessions", &[]).await.status, 200);
        let operator = world.user(A, "operator", MAY_DO_ALL).await;
        let admin = world.user(B, "admin", MAY_DO_ALL).await;
        Self { world, operator, admin }
    }

    async fn session(&self, task: &str) -> Credentials {
        let asked = [("TargetPrincipal", B), ("TaskPolicyArn.arn", task)];
        let reply = self.world.sts(&self.operator, "AssumeRoot", &asked).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.credentials()
    }

    async fn key(&self, who: &Credentials, policy: &str) -> String {
        let input = json!({"Policy": policy, "BypassPolicyLockoutSafetyCheck": true}).to_string();
        let made = ok(self.world.kms(who, "CreateKey", &input).await);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    async fn on(&self, who: &Credentials, operation: &str, key: &str) -> Reply {
        self.world.kms(who, operation, &json!({"KeyId": key}).to_string()).await
    }

    async fn put(&self, who: &Credentials, key: &str, policy: &str) -> Reply {
        self.world.kms(who, "PutKeyPolicy", &json!({"KeyId": key, "Policy": policy}).to_string()).await
    }

    /// Seals what AssumeRoot would, changed in one thing: as nobody can who does not hold the server's keys.
    fn forged(&self, change: impl FnOnce(&mut Claims)) -> Credentials {
        let (access_key, secret) = NewAccessKey::temporary(number(B), self.world.gate.entropy());
        let by: Arn = format!("arn:aws:iam::{A}:user/operator").parse().unwrap();
        let issued = self.world.gate.now();
        let mut claims = Claims {
            access_key,
            secret,
            subject: Subject::AssumedRoot { account: number(B), task: TASK.parse().unwrap(), by },
            issued,
            expires: issued.plus_millis(900_000),
            mfa: None,
            policy: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            federated_provider: None,
            chained: false,
        };
        change(&mut claims);
        let token = self.world.gate.seal_session(&claims).unwrap();
        let (id, secret) = (claims.access_key.to_string(), claims.secret.expose().to_owned());
        Credentials { id, secret, token: Some(token) }
    }
}

#[tokio::test]
async fn it_lets_the_owners_of_a_key_back_in_that_denies_everybody() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    assert_eq!(code(&story.on(&story.admin, "GetKeyPolicy", &key).await), "AccessDeniedException");
    let unlock = story.session(TASK).await;
    ok(story.on(&unlock, "DescribeKey", &key).await);
    let shown = ok(story.on(&unlock, "GetKeyPolicy", &key).await);
    assert!(shown["Policy"].as_str().unwrap().contains("Deny"));
    let open = document(&[statement("Allow", &root_of(B), "kms:*")]);
    assert_eq!(story.put(&unlock, &key, &open).await.status, 200);
    ok(story.on(&story.admin, "GetKeyPolicy", &key).await);
}

#[tokio::test]
async fn what_it_puts_must_leave_a_principal_of_the_account_in_control() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    let unlock = story.session(TASK).await;
    story.world.role(B, "keeper", "", "").await;
    story.world.user(B, "plain", "").await;
    let named = |name: &str| json!({"AWS": format!("arn:aws:iam::{B}:{name}")});
    let to_account = |condition: Value| {
        let mut allow = statement("Allow", &root_of(B), "kms:PutKeyPolicy");
        allow["Condition"] = condition;
        document(&[allow])
    };
    let everybody_but = |arn: &str| {
        let mut deny = statement("Deny", &json!("*"), "kms:PutKeyPolicy");
        deny["Condition"] = json!({"ArnNotEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{B}:{arn}")}});
        document(&[statement("Allow", &root_of(B), "kms:*"), deny])
    };
    let of_type = |kind: &str| json!({"StringEquals": {"aws:PrincipalType": kind}});
    for lost in [
        locked(),
        document(&[statement("Allow", &root_of(A), "kms:*")]),
        document(&[statement("Allow", &root_of(B), "kms:DescribeKey")]),
        document(&[statement("Allow", &named("user/admin"), "kms:GetKeyPolicy")]),
        // The session itself is the root user, and like nobody else.
        to_account(json!({"Bool": {"aws:AssumedRoot": "true"}})),
        to_account(
            json!({"StringEquals": {"aws:PrincipalType": "Account"}, "DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        ),
        everybody_but("user/nobody"),
        // Its identity policies give this one nothing.
        everybody_but("user/plain"),
    ] {
        assert_eq!(
            refusal(&story.put(&unlock, &key, &lost).await),
            ("MalformedPolicyDocumentException".to_owned(), LOST.to_owned()),
            "{lost}"
        );
    }
    for kept in [
        document(&[statement("Allow", &named("user/plain"), "kms:PutKeyPolicy")]),
        document(&[statement("Allow", &named("role/keeper"), "kms:*")]),
        to_account(of_type("Account")),
        to_account(of_type("User")),
        everybody_but("user/admin"),
        everybody_but("root"),
    ] {
        let reply = story.put(&unlock, &key, &kept).await;
        assert_eq!(reply.status, 200, "{kept}: {}", reply.body);
    }
    let gone = document(&[statement("Allow", &named("role/gone"), "kms:*")]);
    assert_eq!(code(&story.put(&unlock, &key, &gone).await), "MalformedPolicyDocumentException");
}

#[tokio::test]
async fn inferred_no_bypass_while_unlocking() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    let unlock = story.session(TASK).await;
    let open = document(&[statement("Allow", &root_of(B), "kms:*")]);
    for policy in [locked(), open] {
        let input = json!({"KeyId": key, "Policy": policy, "BypassPolicyLockoutSafetyCheck": true});
        let (code, told) = refusal(&story.world.kms(&unlock, "PutKeyPolicy", &input.to_string()).await);
        assert_eq!(code, "ValidationException");
        assert_eq!(
            told,
            "BypassPolicyLockoutSafetyCheck cannot be used by a root session for KMSUnlockKeyPolicy."
        );
    }
}

#[tokio::test]
async fn it_can_do_nothing_else_to_the_key_and_nothing_to_others() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &document(&[statement("Allow", &root_of(B), "kms:*")])).await;
    let unlock = story.session(TASK).await;
    let grantee = format!("arn:aws:iam::{B}:root");
    for (operation, more) in [
        ("Encrypt", json!({"Plaintext": "YQ=="})),
        ("GenerateDataKey", json!({"KeySpec": "AES_256"})),
        ("CreateGrant", json!({"GranteePrincipal": grantee, "Operations": ["Decrypt"]})),
        ("ListGrants", json!({})),
        ("ListKeyPolicies", json!({})),
        ("ScheduleKeyDeletion", json!({})),
        ("DisableKey", json!({})),
        ("TagResource", json!({"Tags": [{"TagKey": "a", "TagValue": "b"}]})),
        ("UpdateKeyDescription", json!({"Description": "x"})),
        ("GetKeyRotationStatus", json!({})),
    ] {
        let mut input = more;
        input["KeyId"] = key.clone().into();
        let reply = story.world.kms(&unlock, operation, &input.to_string()).await;
        assert_eq!(code(&reply), "AccessDeniedException", "{operation}");
    }
    for operation in ["ListKeys", "ListAliases", "CreateKey"] {
        assert_eq!(
            code(&story.world.kms(&unlock, operation, "{}").await),
            "AccessDeniedException",
            "{operation}"
        );
    }
    // A grant to the root user, which is who the session is.
    let grant = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Encrypt"]}).to_string();
    ok(story.world.kms(&story.admin, "CreateGrant", &grant).await);
    let input = json!({"KeyId": key, "Plaintext": "YQ=="}).to_string();
    assert_eq!(code(&story.world.kms(&unlock, "Encrypt", &input).await), "AccessDeniedException");
    // Another account's key, open to everybody.
    let foreign = story.key(&story.operator, &document(&[statement("Allow", &json!("*"), "kms:*")])).await;
    for operation in ["DescribeKey", "GetKeyPolicy"] {
        assert_eq!(
            code(&story.on(&unlock, operation, &foreign).await),
            "AccessDeniedException",
            "{operation}"
        );
    }
    let open = document(&[statement("Allow", &root_of(A), "kms:*")]);
    assert_eq!(code(&story.put(&unlock, &foreign, &open).await), "AccessDeniedException");
    // Another Region's, and a service's.
    let elsewhere = key.replace("us-east-1", "eu-west-1");
    assert_eq!(code(&story.on(&unlock, "DescribeKey", &elsewhere).await), "NotFoundException");
    let managed = ok(story.on(&story.admin, "DescribeKey", "alias/aws/ssm").await);
    let managed = managed["KeyMetadata"]["Arn"].as_str().unwrap();
    for operation in ["DescribeKey", "GetKeyPolicy"] {
        assert_eq!(
            code(&story.on(&unlock, operation, managed).await),
            "AccessDeniedException",
            "{operation}"
        );
    }
}

#[tokio::test]
async fn it_ends_after_a_quarter_of_an_hour_and_with_the_right_to_have_it() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    let unlock = story.session(TASK).await;
    story.world.clock.advance_seconds(899);
    ok(story.on(&unlock, "DescribeKey", &key).await);
    story.world.clock.advance_seconds(1);
    assert_eq!(code(&story.on(&unlock, "DescribeKey", &key).await), "ExpiredTokenException");
    let unlock = story.session(TASK).await;
    ok(story.on(&unlock, "DescribeKey", &key).await);
    let root = &story.world.root;
    assert_eq!(story.world.iam(root, "DisableOrganizationsRootSessions", &[]).await.status, 200);
    let ended = story.on(&unlock, "DescribeKey", &key).await;
    assert_ne!(ended.status, 200, "{}", ended.body);
}

#[tokio::test]
async fn no_other_session_has_it() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    ok(story.on(&story.forged(|_| ()), "DescribeKey", &key).await);
    let of = |arn: String| {
        move |claims: &mut Claims| {
            let task = TASK.parse().unwrap();
            claims.subject = Subject::AssumedRoot { account: number(B), task, by: arn.parse().unwrap() };
        }
    };
    let of_task = |task: &'static str| {
        move |claims: &mut Claims| {
            let by = format!("arn:aws:iam::{A}:user/operator").parse().unwrap();
            claims.subject = Subject::AssumedRoot { account: number(B), task: task.parse().unwrap(), by };
        }
    };
    let mut others = vec![
        ("a root session by the member itself", story.forged(of(format!("arn:aws:iam::{B}:user/admin")))),
        ("by nobody's account", story.forged(of("arn:aws:iam::999999999999:user/x".to_owned()))),
        ("by no account", story.forged(of("arn:aws:s3:::bucket".to_owned()))),
        ("another task", story.forged(of_task("arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"))),
        ("a task that is none", story.forged(of_task("arn:aws:iam::aws:policy/AdministratorAccess"))),
        (
            "a namesake",
            story.forged(of_task("arn:aws:iam::444455556666:policy/root-task/KMSUnlockKeyPolicy")),
        ),
        ("with a session policy", story.forged(|claims| claims.policy = Some(MAY_DO_ALL.to_owned()))),
        (
            "with managed session policies",
            story.forged(|claims| {
                claims.policy_arns = vec!["arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap()];
            }),
        ),
        ("the root user", story.forged(|claims| claims.subject = Subject::Root(number(B)))),
        (
            "of the management account itself",
            story.forged(|claims| {
                let by = format!("arn:aws:iam::{A}:user/operator").parse().unwrap();
                claims.subject = Subject::AssumedRoot { account: number(A), task: TASK.parse().unwrap(), by };
            }),
        ),
    ];
    let mut torn = story.session(TASK).await;
    let token = torn.token.take().unwrap();
    let middle = token.len() / 2;
    let letter = if token.as_bytes()[middle] == b'A' { "B" } else { "A" };
    torn.token = Some([&token[..middle], letter, &token[middle + 1..]].concat());
    others.push(("a token that was changed", torn));
    for (what, who) in others {
        for operation in ["DescribeKey", "GetKeyPolicy"] {
            let reply = story.on(&who, operation, &key).await;
            assert_ne!(reply.status, 200, "{what}: {operation}");
        }
        let open = document(&[statement("Allow", &root_of(B), "kms:*")]);
        assert_ne!(story.put(&who, &key, &open).await.status, 200, "{what}");
    }
}

#[tokio::test]
async fn control_policies_bind_it() {
    let story = Story::begin().await;
    let key = story.key(&story.admin, &locked()).await;
    let unlock = story.session(TASK).await;
    let root = &story.world.root;
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        let mut deny = json!({"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"});
        if kind == "RESOURCE_CONTROL_POLICY" {
            deny["Principal"] = "*".into();
        }
        let input = json!({"Name": kind, "Description": "", "Type": kind, "Content": document(&[deny])});
        let made = ok(story.world.organize(root, "CreatePolicy", &input.to_string()).await);
        let id = made["Policy"]["PolicySummary"]["Id"].as_str().unwrap();
        let target = json!({"PolicyId": id, "TargetId": B}).to_string();
        ok(story.world.organize(root, "AttachPolicy", &target).await);
        let open = document(&[statement("Allow", &root_of(B), "kms:*")]);
        let (code, told) = refusal(&story.put(&unlock, &key, &open).await);
        let layer = if kind == "SERVICE_CONTROL_POLICY" { "service" } else { "resource" };
        assert_eq!(code, "AccessDeniedException");
        assert!(told.contains(&format!("with an explicit deny in a {layer} control policy")), "{told}");
        ok(story.world.organize(root, "DetachPolicy", &target).await);
    }
}
