//! The key-state table (AWS's, for the operations that are served): operation x state -> what comes of it.

use crate::{import, world::World};
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
    /// `<ARN> is pending import.`
    PendingImport,
}

use Cell::{Disabled, NotPending, Ok, Pending, PendingImport};

impl Cell {
    /// As `docs/key-states.md` has it.
    const fn told(self) -> &'static str {
        match self {
            Ok => "ok",
            Disabled => "`DisabledException`: ARN is disabled.",
            Pending => "`KMSInvalidStateException`: ARN is pending deletion.",
            NotPending => "`KMSInvalidStateException`: ARN is not pending deletion.",
            PendingImport => "`KMSInvalidStateException`: ARN is pending import.",
        }
    }
}

/// Operation, then enabled, disabled, pending deletion.
pub(crate) const TABLE: &[(&str, [Cell; 3])] = &[
    ("CancelKeyDeletion", [NotPending, NotPending, Ok]),
    ("CreateAlias", [Ok, Ok, Pending]),
    ("CreateGrant", [Ok, Disabled, Pending]),
    ("Decapsulate", [Ok, Disabled, Pending]),
    ("Decrypt", [Ok, Disabled, Pending]),
    ("DeleteAlias", [Ok, Ok, Ok]),
    ("DeriveSharedSecret", [Ok, Disabled, Pending]),
    ("DescribeKey", [Ok, Ok, Ok]),
    ("DisableKey", [Ok, Ok, Pending]),
    ("DisableKeyRotation", [Ok, Disabled, Pending]),
    ("EnableKey", [Ok, Ok, Pending]),
    ("EnableKeyRotation", [Ok, Disabled, Pending]),
    ("Encapsulate", [Ok, Disabled, Pending]),
    ("Encrypt", [Ok, Disabled, Pending]),
    ("GenerateDataKey", [Ok, Disabled, Pending]),
    ("GenerateDataKeyPair", [Ok, Disabled, Pending]),
    ("GenerateDataKeyPairWithoutPlaintext", [Ok, Disabled, Pending]),
    ("GenerateDataKeyWithoutPlaintext", [Ok, Disabled, Pending]),
    ("GetKeyLastUsage", [Ok, Ok, Ok]),
    ("GenerateMac", [Ok, Disabled, Pending]),
    ("GetKeyPolicy", [Ok, Ok, Ok]),
    ("GetKeyRotationStatus", [Ok, Ok, Ok]),
    ("GetPublicKey", [Ok, Ok, Pending]),
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
    ("Sign", [Ok, Disabled, Pending]),
    ("TagResource", [Ok, Ok, Pending]),
    ("UntagResource", [Ok, Ok, Pending]),
    ("UpdateAlias", [Ok, Ok, Pending]),
    ("UpdateKeyDescription", [Ok, Ok, Pending]),
    ("Verify", [Ok, Disabled, Pending]),
    ("VerifyMac", [Ok, Disabled, Pending]),
];

/// The key that an operation is for, where that is no symmetric encryption key.
fn special(operation: &str) -> Option<Value> {
    match operation {
        "DeriveSharedSecret" => Some(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"})),
        "Decapsulate" | "Encapsulate" => {
            Some(json!({"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}))
        }
        "GetPublicKey" | "Sign" | "Verify" => {
            Some(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}))
        }
        "GenerateMac" | "VerifyMac" => {
            Some(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}))
        }
        _ => None,
    }
}

/// What the operation takes that is made before the key changes its state: a ciphertext, a signature, a MAC, a public key.
async fn product(world: &World, operation: &str, key: &str) -> String {
    let (maker, input, part) = match operation {
        "Encapsulate" | "GetPublicKey" | "Sign" | "GenerateMac" => return String::new(),
        "Verify" => ("Sign", input("Sign", key, "", ""), "Signature"),
        "VerifyMac" => ("GenerateMac", input("GenerateMac", key, "", ""), "Mac"),
        "DeriveSharedSecret" => (
            "GenerateDataKeyPair",
            json!({"KeyId": world.key().await, "KeyPairSpec": "ECC_NIST_P256"}),
            "PublicKey",
        ),
        "Decapsulate" => ("Encapsulate", input("Encapsulate", key, "", ""), "SharedSecretCiphertextBlob"),
        _ => ("Encrypt", json!({"KeyId": key, "Plaintext": STANDARD.encode("x")}), "CiphertextBlob"),
    };
    world.call(maker, input).await.ok()[part].as_str().unwrap().to_owned()
}

/// A key in one state, with what was made of it before.
pub(crate) struct Subject {
    pub(crate) key: String,
    blob: String,
    grant: String,
}

impl Subject {
    /// A key that the operation is for, with an alias, and a grant where that is what the operation is about.
    pub(crate) async fn new(world: &World, operation: &str, state: &str) -> Self {
        let made = world.call("CreateKey", special(operation).unwrap_or(json!({}))).await.ok();
        let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        let blob = product(world, operation, &key).await;
        let alias = json!({"AliasName": format!("alias/{key}"), "TargetKeyId": key});
        world.call("CreateAlias", alias).await.ok();
        let grant = match operation {
            "RetireGrant" | "RevokeGrant" => {
                let made = world.call("CreateGrant", input("CreateGrant", &key, "", "")).await.ok();
                made["GrantId"].as_str().unwrap().to_owned()
            }
            _ => String::new(),
        };
        match state {
            "Disabled" => drop(world.call("DisableKey", json!({"KeyId": key})).await.ok()),
            "PendingDeletion" => drop(world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok()),
            _ => {}
        }
        Self { key, blob, grant }
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:kms:us-east-1:111122223333:key/{}", self.key)
    }

    pub(crate) fn input(&self, operation: &str) -> Value {
        input(operation, &self.key, &self.blob, &self.grant)
    }
}

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
        "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => {
            json!({"KeyPairSpec": "ECC_NIST_P256"})
        }
        "DeriveSharedSecret" => json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": blob}),
        "Encapsulate" => json!({"EncapsulationAlgorithm": "ML_KEM"}),
        "Decapsulate" => json!({"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": blob}),
        "Sign" => json!({"SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="}),
        "Verify" => json!({"SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ==", "Signature": blob}),
        "GenerateMac" => json!({"MacAlgorithm": "HMAC_SHA_256", "Message": "YQ=="}),
        "VerifyMac" => json!({"MacAlgorithm": "HMAC_SHA_256", "Message": "YQ==", "Mac": blob}),
        "PutKeyPolicy" => {
            json!({"Policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#})
        }
        "CreateGrant" => {
            json!({"GranteePrincipal": "arn:aws:iam::444455556666:root", "Operations": ["DescribeKey"]})
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
            let asked = Subject::new(&world, operation, state).await;
            let arn = asked.arn();
            let reply = world.call(operation, asked.input(operation)).await;
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

/// Two keys of which the one with this number was put into a state.
async fn two(world: &World, which: usize, operation: &str) -> ([String; 2], String) {
    let keys = [world.key().await, world.key().await];
    let blob = product(world, "Decrypt", &keys[0]).await;
    let alias = json!({"AliasName": format!("alias/{}", keys[0]), "TargetKeyId": keys[0]});
    world.call("CreateAlias", alias).await.ok();
    world.call(operation, json!({"KeyId": keys[which]})).await.ok();
    (keys, blob)
}

#[tokio::test]
async fn of_two_keys_either_can_be_in_the_way_of_re_encrypt_and_the_new_one_in_that_of_an_alias() {
    let world = World::new().await;
    for (operation, code, text) in [
        ("DisableKey", "DisabledException", "is disabled."),
        ("ScheduleKeyDeletion", "KMSInvalidStateException", "is pending deletion."),
    ] {
        for which in [0, 1] {
            let (keys, blob) = two(&world, which, operation).await;
            let told = format!("{} {text}", import::arn(&keys[which]));
            let input = json!({"CiphertextBlob": blob, "DestinationKeyId": keys[1]});
            let reply = world.call("ReEncrypt", input).await;
            assert_eq!((reply.code(), reply.message()), (code, told.as_str()), "key {which}");
            let input = json!({"AliasName": format!("alias/{}", keys[0]), "TargetKeyId": keys[1]});
            let reply = world.call("UpdateAlias", input).await;
            let in_the_way = which == 1 && operation == "ScheduleKeyDeletion";
            let expected = if in_the_way { (code, told.as_str()) } else { ("ok", "") };
            assert_eq!((reply.code(), reply.message()), expected, "key {which} after {operation}");
        }
    }
}

/// Every served operation on a key is in the table: a new one must say how it behaves in each state.
#[test]
fn no_operation_on_a_key_is_missing_from_the_table() {
    let without_a_key = ["CreateKey", "GenerateRandom", "ListKeys", "ListRetirableGrants"];
    for operation in gatekey_kms::served() {
        let name = operation.info().name;
        let of_store = name.contains("CustomKeyStore");
        let listed = of_store
            || TABLE.iter().any(|(listed, _)| *listed == name)
            || IMPORTED.iter().any(|(listed, _)| *listed == name)
            || crate::multi_region::STATES.iter().any(|(listed, _)| *listed == name);
        assert!(listed || without_a_key.contains(&name), "{name}");
    }
}

/// One row of the page.
fn row<'c>(operation: &str, cells: impl IntoIterator<Item = &'c str>) -> String {
    let cells: Vec<&str> = cells.into_iter().collect();
    format!("| {operation} | {} |\n", cells.join(" | "))
}

fn table<'c, C: IntoIterator<Item = &'c str>>(
    states: &[&str],
    rows: impl Iterator<Item = (&'c str, C)>,
) -> String {
    let lines = "|---".repeat(states.len() + 1);
    let head = format!("{}{lines}|\n", row("operation", states.iter().copied()));
    head + &rows.map(|(operation, cells)| row(operation, cells)).collect::<String>()
}

/// Insists that the page has this table.
fn holds(part: &str, table: &str) {
    let holds = gatekey_testkit::page::holds("key-states.md", part, table);
    assert!(holds.unwrap(), "{part}: GATEKEY_UPDATE_DOCS=1 writes it anew");
}

#[test]
fn the_page_of_key_states_has_the_tables() {
    let own = TABLE.iter().map(|(operation, cells)| (*operation, cells.map(Cell::told)));
    holds("keys with material of AWS_KMS", &table(&["Enabled", "Disabled", "PendingDeletion"], own));
    let external =
        "`UnsupportedOperationException`: ARN origin is EXTERNAL which is not valid for this operation.";
    let imported = IMPORTED
        .iter()
        .map(|(operation, cells)| (*operation, cells.map(|cell| cell.map_or(external, Cell::told))));
    let states = ["Enabled", "Disabled", "PendingDeletion", "PendingImport"];
    holds("keys with imported material", &table(&states, imported));
    let primary = crate::multi_region::STATES.iter().map(|(operation, cells)| (*operation, *cells));
    holds("primary keys", &table(&["Enabled", "Disabled", "PendingReplicaDeletion"], primary));
}
