//! A trail that fails now and then: no answer leaves without its record, and every change is told in the end.

use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn of_a_thousand_faults_of_the_trail_none_lets_an_answer_go_unrecorded() {
    let world = World::new().await;
    let key = world.key().await;
    let encrypted = world.call("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await.ok();
    let reads = [
        ("Decrypt", json!({"CiphertextBlob": encrypted["CiphertextBlob"]})),
        ("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})),
        ("DescribeKey", json!({"KeyId": key})),
        ("Encrypt", json!({"KeyId": "alias/not-there", "Plaintext": "c2VjcmV0"})),
    ];
    let (mut told, mut withheld, mut made) = (0, 0, BTreeSet::new());
    world.events.fail_at_random(Some(1));
    for round in 0_u64.. {
        if world.events.faults() >= 1_000 {
            break;
        }
        let (name, input) = &reads[usize::try_from(round).unwrap() % reads.len()];
        let before = world.events.count();
        let reply = world.call(name, input.clone()).await;
        if reply.status == 500 {
            assert_eq!(reply.body, json!({"__type": "KMSInternalException"}));
            withheld += 1;
        } else {
            let recorded = world.events.names_since(before);
            assert!(
                recorded.iter().any(|recorded| recorded == name),
                "{name} was answered, and not recorded"
            );
            told += 1;
        }
        if round % 8 == 0 {
            let description = round.to_string();
            let change = json!({"KeyId": key, "Description": description});
            if world.call("UpdateKeyDescription", change).await.status == 200 {
                made.insert(description);
            }
        }
    }
    world.events.fail_at_random(None);
    assert!(told > 200 && withheld > 200, "{told} told, {withheld} withheld");
    world.call("UpdateKeyDescription", json!({"KeyId": key, "Description": "last"})).await.ok();
    let recorded: BTreeSet<String> = (world.events.all().iter())
        .filter(|event| event["eventName"] == "UpdateKeyDescription" && event["errorCode"] == Value::Null)
        .map(|event| event["requestParameters"]["description"].as_str().unwrap().to_owned())
        .collect();
    assert!(made.len() > 20 && made.is_subset(&recorded), "{} changes were made", made.len());
}
