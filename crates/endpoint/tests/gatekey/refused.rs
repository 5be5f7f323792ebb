//! Every operation: whoever may not ask is told the same of what there is and of what there is not.

use crate::world::{A, World, policy};
use gatekey_model::gatekey::Operation;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/app";
const NOBODY: &str = "arn:aws:iam::111122223333:user/nobody";

/// Pairs of questions, about what there is and about what there is not. An operation without a row here fails the test.
fn questions(operation: Operation, key: &str, decision: &str, case: &str) -> Vec<[Value; 2]> {
    let none = key.replace(&key[key.len() - 12..], "000000000000");
    let document =
        policy(json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"}]));
    let of_key = |rest: Value| {
        let question = |id: &str| {
            let mut question = rest.clone();
            question["KeyId"] = id.into();
            question
        };
        [question(key), question(&none)]
    };
    let of_principal = |member: &str, rest: Value| {
        let question = |arn: &str| {
            let mut question = rest.clone();
            question[member] = arn.into();
            question
        };
        [question(USER), question(NOBODY)]
    };
    let of_case = |rest: Value| {
        let question = |id: &str| {
            let mut question = rest.clone();
            question["CaseId"] = id.into();
            question
        };
        vec![[question(case), question("1234abcd-12ab-34cd-56ef-1234567890ab")]]
    };
    let decrypt = json!({"Action": "kms:Decrypt"});
    match operation {
        Operation::ApproveRecoveryCase => of_case(json!({"Code": "12345678", "Share": "GKRS1-x"})),
        Operation::CompleteRecoveryCase | Operation::DescribeRecoveryCase | Operation::VetoRecoveryCase => {
            of_case(json!({}))
        }
        Operation::DescribeRecovery | Operation::ListRecoveryCases => vec![[json!({}), json!({})]],
        Operation::InitRecovery => {
            let deal = |other: &str| json!({"Custodians": [USER, other], "Threshold": 2});
            vec![[deal("arn:aws:iam::111122223333:user/curious"), deal(NOBODY)]]
        }
        Operation::OpenRecoveryCase => vec![of_key(json!({"Reason": "lost", "Goal": "DEFAULT_POLICY"}))],
        Operation::PlanRecovery => vec![of_key(json!({}))],
        Operation::AccessMatrix | Operation::ListKeyPolicyVersions => vec![of_key(json!({}))],
        Operation::DiffPolicy => vec![of_key(json!({"NewPolicy": document}))],
        Operation::Escalations | Operation::WhoCan => vec![of_key(decrypt)],
        Operation::ExplainDecision => {
            let other = "1234abcd-12ab-34cd-56ef-1234567890ab";
            vec![[json!({"DecisionId": decision}), json!({"DecisionId": other})]]
        }
        Operation::ForecastChange => vec![
            of_key(json!({"Policy": document})),
            of_principal("DeletePrincipal", json!({})),
            of_principal("DetachFrom", json!({"DetachPolicyArn": "arn:aws:iam::111122223333:policy/p"})),
        ],
        Operation::GetKeyPolicyVersion | Operation::RollbackKeyPolicy => {
            vec![of_key(json!({"Number": 1})), of_key(json!({"Number": 9}))]
        }
        Operation::KeyHealth => vec![[json!({}), json!({})]],
        Operation::Prove => vec![
            of_key(json!({"Action": "kms:Decrypt", "Principal": USER})),
            of_principal("Principal", json!({"Action": "kms:Decrypt", "KeyId": key})),
        ],
        Operation::ListOrphans => vec![of_key(json!({}))],
        Operation::RebindPrincipal => vec![
            of_key(json!({"From": NOBODY, "To": USER})),
            of_principal("From", json!({"KeyId": key, "To": USER})),
            of_principal("To", json!({"KeyId": key, "From": NOBODY})),
        ],
        Operation::ReplayPolicy => vec![of_key(json!({"Policy": document}))],
        Operation::SimulateDecision => vec![
            of_key(json!({"Action": "kms:Decrypt", "Principal": USER})),
            of_principal("Principal", json!({"Action": "kms:Decrypt", "KeyId": key})),
        ],
        Operation::SimulateService => vec![of_key(json!({"Scenario": "logs"}))],
        Operation::WhatCan => vec![of_principal("Principal", json!({}))],
    }
}

#[tokio::test]
async fn whoever_may_not_ask_is_told_the_same_of_what_there_is_and_of_what_there_is_not() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    world.user(A, "app", json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}])).await;
    // Whoever can change the key's policy may veto.
    let rights = json!([
        {"Effect": "Allow", "Action": ["kms:*", "iam:*", "cloudtrail:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"},
    ]);
    let curious = world.user(A, "curious", rights).await;
    let decision = world.kms(&world.root(A), "DescribeKey", json!({"KeyId": key})).await.decision;
    let deal = json!({"Custodians": [USER, "arn:aws:iam::111122223333:user/curious"], "Threshold": 2});
    world.call("InitRecovery", deal).await.ok();
    let plea = json!({"KeyId": key, "Reason": "lost", "Goal": "DEFAULT_POLICY"});
    let opened = world.call("OpenRecoveryCase", plea).await.ok();
    let case = opened["Case"]["CaseId"].as_str().unwrap();
    for operation in Operation::ALL {
        let name = operation.info().name;
        for pair in questions(*operation, &key, &decision, case) {
            let [there, not_there] = pair.each_ref().map(|question| (question.clone(), named(question)));
            let mut told = Vec::new();
            for (question, names) in [there, not_there] {
                let reply = world.by(&curious, name, question).await;
                reply.fails("AccessDeniedException", &format!("gatekey:{name}"));
                let text =
                    names.iter().fold(reply.message().to_owned(), |text, name| text.replace(name, "IT"));
                told.push(text);
            }
            assert_eq!(told[0], told[1], "{name}");
        }
    }
}

/// What a question names, which a refusal may repeat.
fn named(question: &Value) -> Vec<String> {
    question.as_object().unwrap().values().filter_map(Value::as_str).map(str::to_owned).collect()
}
