//! Which error comes first: every operation on a key, asked by four callers in three states of the key. The table is written to
//! `docs/error-precedence.md`; GATEKEY_UPDATE_DOCS writes it anew after a change that is meant.

use crate::{
    states::{self, Cell, Subject},
    world::{A, B, Reply, World},
};
use serde_json::{Value, json};

/// Who asks.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Caller {
    /// The key's account, allowed by the key policy.
    Owner,
    /// The key's account, not allowed.
    Denied,
    /// Another account that the key policy allows.
    Guest,
    /// Another account that it does not name.
    Stranger,
}

const CALLERS: [Caller; 4] = [Caller::Owner, Caller::Denied, Caller::Guest, Caller::Stranger];

/// The operations that AWS lets be used on another account's key.
const ACROSS_ACCOUNTS: &[&str] = &[
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncrypt",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

const DENIED: &str = "AccessDenied";

/// What each state of the key is told as, where the caller is allowed.
fn by_state(cells: &[Cell; 3]) -> [&'static str; 3] {
    cells.map(|cell| match cell {
        Cell::Ok => "ok",
        Cell::Disabled => "Disabled",
        Cell::Pending | Cell::NotPending | Cell::PendingImport => "KMSInvalidState",
    })
}

/// What the rules say, for the three states.
fn expected(operation: &str, cells: &[Cell; 3], caller: Caller) -> [&'static str; 3] {
    let has_no_alias_there = ["DeleteAlias", "UpdateAlias"].contains(&operation);
    match (caller, operation) {
        (Caller::Owner, _) => by_state(cells),
        // Identity policies alone decide the one; the other is the right of the account that made the grant.
        (Caller::Denied, "ListAliases" | "RetireGrant") => by_state(cells),
        // Aliases are looked up in the caller's own account.
        (Caller::Guest | Caller::Stranger, _) if has_no_alias_there => ["NotFound"; 3],
        (Caller::Guest, _) if ACROSS_ACCOUNTS.contains(&operation) => by_state(cells),
        _ => [DENIED; 3],
    }
}

fn policy(caller: Caller) -> String {
    let account = |account: &str| json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"});
    let statements = match caller {
        Caller::Owner | Caller::Stranger => json!([account(A)]),
        // The root user of the account that may only read the policy.
        Caller::Denied => {
            json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:SynchronizeMultiRegionKey", "Resource": "*"}])
        }
        Caller::Guest => json!([account(A), account(B)]),
    };
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Names the key by its ARN wherever the request names it by its id.
fn by_arn(mut input: Value, key: &str, arn: &str) -> Value {
    for value in input.as_object_mut().unwrap().values_mut().filter(|value| *value == key) {
        *value = arn.into();
    }
    input
}

async fn asked(world: &World, operation: &str, state: &str, caller: Caller) -> Reply {
    let subject = Subject::new(world, operation, state).await;
    let key = &subject.key;
    let shut = json!({"KeyId": key, "Policy": policy(caller), "BypassPolicyLockoutSafetyCheck": true});
    world.call("PutKeyPolicy", shut).await.ok();
    let input = by_arn(subject.input(operation), key, &subject.arn());
    let account = if matches!(caller, Caller::Owner | Caller::Denied) { A } else { B };
    world.call_as(account, operation, input).await
}

/// Three answers as one cell of the page.
fn cell(answers: [&str; 3]) -> String {
    let [enabled, disabled, pending] = answers;
    if enabled == disabled && disabled == pending {
        return enabled.to_owned();
    }
    format!("{enabled}, {disabled}, {pending}")
}

/// The part of the page that this test writes.
fn written() -> String {
    let mut table = String::from(
        "| operation | own account, allowed | own account, not allowed | other account, allowed | other account, not allowed |\n\
         |---|---|---|---|---|\n",
    );
    for (operation, cells) in states::TABLE {
        let answers = CALLERS.map(|caller| cell(expected(operation, cells, caller)));
        table += &format!("| {operation} | {} |\n", answers.join(" | "));
    }
    table
}

#[tokio::test]
async fn every_operation_caller_and_state_is_answered_as_the_rules_say() {
    let world = World::new().await;
    for (operation, cells) in states::TABLE {
        for caller in CALLERS {
            let expected = expected(operation, cells, caller);
            for (state, expected) in ["Enabled", "Disabled", "PendingDeletion"].into_iter().zip(expected) {
                let reply = asked(&world, operation, state, caller).await;
                let code = reply.code().trim_end_matches("Exception");
                assert_eq!(
                    code, expected,
                    "{operation} of a key that is {state}, by {caller:?}: {}",
                    reply.body
                );
            }
        }
    }
}

#[test]
fn the_page_has_the_table() {
    let holds = gatekey_testkit::page::holds("error-precedence.md", "every operation", &written());
    assert!(holds.unwrap(), "GATEKEY_UPDATE_DOCS=1 writes it anew");
}
