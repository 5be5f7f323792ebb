//! The key-state table (AWS's, for the operations that are served): operation x state -> what comes of it.

use crate::world::World;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// What a cell of the table says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Cell {
    /// It works.
    Ok,
    /// `<ARN> is disabled.`
    Disabled,
    /// `<ARN> is pending deletion.`
    Pending,
    /// `<ARN> is not pending deletion.`
    NotPending,
}

use Cell::{Disabled, NotPending, Ok, Pending};

/// Operation, then enabled, disabled, pending deletion.
pub(crate) const TABLE: &[(&str, [Cell; 3])] = &[
    ("CancelKeyDeletion", [NotPending, NotPending, Ok]),
    ("CreateAlias", [Ok, Ok, Pending]),
    ("CreateGrant", [Ok, Disabled, Pending]),
    ("Decrypt", [Ok, Disabled, Pending]),
    ("DeleteAlias", [Ok, Ok, Ok]),
    ("DescribeKey", [Ok, Ok, Ok]),
    ("DisableKey", [Ok, Ok, Pending]),
    ("DisableKeyRotation", [Ok, Disabled, Pending]),
    ("EnableKey", [Ok, Ok, Pending]),
    ("EnableKeyRotation", [Ok, Disabled, Pending]),
    ("Encrypt", [Ok, Disabled, Pending]),
    ("GenerateDataKey", [Ok, Disabled, Pending]),
    ("GenerateDataKeyWithoutPlaintext", [Ok, Disabled, Pending]),
    ("GetKeyPolicy", [Ok, Ok, Ok]),
    ("GetKeyRotationStatus", [Ok, Ok, Ok]),
    ("ListAliases", [Ok, Ok, Ok]),
    ("ListGrants", [Ok, Ok, Ok]),
    ("ListKeyPolicies", [Ok, Ok, Ok]),
    ("ListKeyRotations", [Ok, Ok, Ok]),
    ("ListResourceTags", [Ok, Ok, Ok]),
    ("PutKeyPolicy", [Ok, Ok, Ok]),
    ("ReEncrypt", [Ok, Disabled, Pending]),
    ("RetireGrant", [Ok, Ok, Ok]),
    ("RevokeGrant", [Ok, Ok, Ok]),
    ("RotateKeyOnDemand", [Ok, Disabled, Pending]),
    ("ScheduleKeyDeletion", [Ok, Ok, Pending]),
    ("TagResource", [Ok, Ok, Pending]),
    ("UntagResource", [Ok, Ok, Pending]),
    ("UpdateAlias", [Ok, Ok, Pending]),
    ("UpdateKeyDescription", [Ok, Ok, Pending]),
];

pub(crate) fn input(operation: &str, key: &str, blob: &str, grant: &str) -> Value {
    let mut input = json!({"KeyId": key});
    let more = match operation {
        "CreateAlias" => return json!({"AliasName": format!("alias/new-{key}"), "TargetKeyId": key}),
        "UpdateAlias" => return json!({"AliasName": format!("alias/{key}"), "TargetKeyId": key}),
        "DeleteAlias" => return json!({"AliasName": format!("alias/{key}")}),
        "ReEncrypt" => return json!({"CiphertextBlob": blob, "DestinationKeyId": key}),
        "Decrypt" => json!({"CiphertextBlob": blob}),
        "Encrypt" => json!({"Plaintext": "YQ=="}),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => json!({"KeySpec": "AES_256"}),
        "PutKeyPolicy" => {
            json!({"Policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#})
        }
        "CreateGrant" => {
            json!({"GranteePrincipal": "arn:aws:iam::444455556666:root", "Operations": ["Decrypt"]})
        }
        "RetireGrant" | "RevokeGrant" => json!({"GrantId": grant}),
        "TagResource" => json!({"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        "UntagResource" => json!({"TagKeys": ["a"]}),
        "UpdateKeyDescription" => json!({"Description": "d"}),
        _ => json!({}),
    };
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn the_key_state_table_holds_for_every_operation_and_state() {
    let world = World::new().await;
    for (operation, cells) in TABLE {
        for (state, cell) in ["Enabled", "Disabled", "PendingDeletion"].into_iter().zip(cells) {
            let key = world.key().await;
            let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{key}");
            let made =
                world.call("Encrypt", json!({"KeyId": key, "Plaintext": STANDARD.encode("x")})).await.ok();
            world
                .call("CreateAlias", json!({"AliasName": format!("alias/{key}"), "TargetKeyId": key}))
                .await
                .ok();
            let grant = world.call("CreateGrant", input("CreateGrant", &key, "", "")).await.ok();
            match state {
                "Disabled" => drop(world.call("DisableKey", json!({"KeyId": key})).await.ok()),
                "PendingDeletion" => {
                    drop(world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok())
                }
                _ => {}
            }
            let blob = made["CiphertextBlob"].as_str().unwrap();
            let reply =
                world.call(operation, input(operation, &key, blob, grant["GrantId"].as_str().unwrap())).await;
            let expected = match cell {
                Ok => ("ok", String::new()),
                Disabled => ("DisabledException", format!("{arn} is disabled.")),
                Pending => ("KMSInvalidStateException", format!("{arn} is pending deletion.")),
                NotPending => ("KMSInvalidStateException", format!("{arn} is not pending deletion.")),
            };
            assert_eq!(
                (reply.code(), reply.message()),
                (expected.0, expected.1.as_str()),
                "{operation} when {state}"
            );
        }
    }
}

/// Every served operation on a key is in the table: a new one must say how it behaves in each state.
#[test]
fn no_operation_on_a_key_is_missing_from_the_table() {
    let without_a_key = ["CreateKey", "GenerateRandom", "ListKeys", "ListRetirableGrants"];
    for operation in gatekey_kms::served() {
        let name = operation.info().name;
        let listed = TABLE.iter().any(|(listed, _)| *listed == name)
            || crate::multi_region::STATES.iter().any(|(listed, _)| *listed == name);
        assert!(listed || without_a_key.contains(&name), "{name}");
    }
}
