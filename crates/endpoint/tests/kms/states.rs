//! The key-state table (AWS's, for the operations that are served): operation x state -> what comes of it.

use crate::{import, world::World};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// What a cell of the table says.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Cell {
    /// It works.
    Ok,
    /// `<ARN> is disabled.`
    Disabled,
    /// `<ARN> is pending deletion.`
    Pending,
    /// `<ARN> is not pending deletion.`
    NotPending,
    /// `<ARN> is pending import.`
    PendingImport,
}

use Cell::{Disabled, NotPending, Ok, Pending, PendingImport};

/// Operation, then enabled, disabled, pending deletion.
const TABLE: &[(&str, [Cell; 3])] = &[
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

fn input(operation: &str, key: &str, blob: &str, grant: &str) -> Value {
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
                PendingImport => ("KMSInvalidStateException", format!("{arn} is pending import.")),
            };
            assert_eq!(
                (reply.code(), reply.message()),
                (expected.0, expected.1.as_str()),
                "{operation} when {state}"
            );
        }
    }
}

/// The same for keys whose material is imported: operation, then with its material, disabled, pending deletion, and without its
/// material (`None` where `<ARN> origin is EXTERNAL which is not valid for this operation.`).
const IMPORTED: &[(&str, [Option<Cell>; 4])] = &[
    ("CreateAlias", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
    ("CreateGrant", [Some(Ok), Some(Disabled), Some(Pending), Some(PendingImport)]),
    ("DeleteImportedKeyMaterial", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
    ("DescribeKey", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
    ("DisableKey", [Some(Ok), Some(Ok), Some(Pending), Some(PendingImport)]),
    ("DisableKeyRotation", [None, Some(Disabled), Some(Pending), None]),
    ("EnableKey", [Some(Ok), Some(Ok), Some(Pending), Some(PendingImport)]),
    ("EnableKeyRotation", [None, Some(Disabled), Some(Pending), None]),
    ("Encrypt", [Some(Ok), Some(Disabled), Some(Pending), Some(PendingImport)]),
    ("GenerateDataKey", [Some(Ok), Some(Disabled), Some(Pending), Some(PendingImport)]),
    ("GetKeyPolicy", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
    ("GetKeyRotationStatus", [None, None, None, None]),
    ("GetParametersForImport", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
    ("ImportKeyMaterial", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
    ("ListKeyRotations", [Some(Ok), Some(Ok), Some(Ok), Some(Ok)]),
    ("RotateKeyOnDemand", [Some(Ok), Some(Disabled), Some(Pending), Some(PendingImport)]),
    ("ScheduleKeyDeletion", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
    ("TagResource", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
    ("UpdateKeyDescription", [Some(Ok), Some(Ok), Some(Pending), Some(Ok)]),
];

#[tokio::test]
async fn the_key_state_table_holds_for_imported_material() {
    let world = World::new().await;
    for (operation, cells) in IMPORTED {
        for (state, cell) in
            ["Enabled", "Disabled", "PendingDeletion", "PendingImport"].into_iter().zip(cells)
        {
            let key = import::symmetric(&world).await;
            let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{key}");
            let parameters = import::parameters(&world, &key).await;
            import::submit(&world, &key, &parameters, &parameters.wrap(&[1; 32]), json!({})).await.ok();
            let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
            import::submit(&world, &key, &parameters, &parameters.wrap(&[2; 32]), new).await.ok();
            match state {
                "Disabled" => drop(world.call("DisableKey", json!({"KeyId": key})).await.ok()),
                "PendingDeletion" => {
                    drop(world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok())
                }
                "PendingImport" => {
                    drop(world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok())
                }
                _ => {}
            }
            let input = match *operation {
                "GetParametersForImport" => json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
                    "WrappingKeySpec": "RSA_2048"}),
                "ImportKeyMaterial" => json!({"KeyId": key, "ImportToken": parameters.token,
                    "EncryptedKeyMaterial": parameters.wrap(&[1; 32]),
                    "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
                _ => input(operation, &key, "", ""),
            };
            let reply = world.call(operation, input).await;
            let external = format!("{arn} origin is EXTERNAL which is not valid for this operation.");
            let expected = match cell {
                None => ("UnsupportedOperationException", external),
                Some(Ok) => ("ok", String::new()),
                Some(Disabled) => ("DisabledException", format!("{arn} is disabled.")),
                Some(PendingImport) => ("KMSInvalidStateException", format!("{arn} is pending import.")),
                Some(_) => ("KMSInvalidStateException", format!("{arn} is pending deletion.")),
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
            || IMPORTED.iter().any(|(listed, _)| *listed == name)
            || crate::multi_region::STATES.iter().any(|(listed, _)| *listed == name);
        assert!(listed || without_a_key.contains(&name), "{name}");
    }
}
