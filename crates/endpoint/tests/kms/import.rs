//! Imported key material: taken over, kept to, expired, rotated.

use crate::world::{A, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_testkit::wrapped;
use gatekey_types::Clock;
use serde_json::{Value, json};

const DAY: f64 = 86_400.0;
const START: f64 = 1_800_000_000.0;

/// A token and the public key that goes with it.
pub(crate) struct Parameters {
    algorithm: &'static str,
    pub(crate) token: String,
    public_key: Vec<u8>,
}

impl Parameters {
    pub(crate) fn wrap(&self, material: &[u8]) -> String {
        STANDARD.encode(wrapped(self.algorithm, &self.public_key, material, &[9; 32]).unwrap())
    }
}

async fn external(world: &World, spec: &str, usage: &str) -> String {
    let input = json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage});
    let made = world.call("CreateKey", input).await.ok();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

pub(crate) async fn symmetric(world: &World) -> String {
    external(world, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT").await
}

async fn parameters_with(world: &World, key: &str, algorithm: &'static str) -> Parameters {
    let input = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
    let answer = world.call("GetParametersForImport", input).await.ok();
    let public_key = STANDARD.decode(answer["PublicKey"].as_str().unwrap()).unwrap();
    Parameters { algorithm, token: answer["ImportToken"].as_str().unwrap().to_owned(), public_key }
}

pub(crate) async fn parameters(world: &World, key: &str) -> Parameters {
    parameters_with(world, key, "RSAES_OAEP_SHA_256").await
}

/// Imports material that does not expire, or whatever `more` says.
async fn import(world: &World, key: &str, material: &[u8], more: Value) -> Reply {
    let parameters = parameters(world, key).await;
    submit(world, key, &parameters, &parameters.wrap(material), more).await
}

pub(crate) async fn submit(world: &World, key: &str, parameters: &Parameters, material: &str, more: Value) -> Reply {
    let mut input = json!({"KeyId": key, "ImportToken": parameters.token, "EncryptedKeyMaterial": material});
    if more.get("ValidTo").is_none() && more.get("ExpirationModel").is_none() {
        input["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE".into();
    }
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("ImportKeyMaterial", input).await
}

async fn metadata(world: &World, key: &str) -> Value {
    world.call("DescribeKey", json!({"KeyId": key})).await.ok()["KeyMetadata"].clone()
}

async fn state(world: &World, key: &str) -> String {
    metadata(world, key).await["KeyState"].as_str().unwrap().to_owned()
}

async fn materials(world: &World, key: &str) -> Vec<Value> {
    let input = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    world.call("ListKeyRotations", input).await.ok()["Rotations"].as_array().unwrap().clone()
}

async fn encrypt(world: &World, key: &str) -> Reply {
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await
}

async fn decrypt(world: &World, blob: &Value) -> Reply {
    world.call("Decrypt", json!({"CiphertextBlob": blob})).await
}

fn arn(key: &str) -> String {
    format!("arn:aws:kms:us-east-1:{A}:key/{key}")
}

#[tokio::test]
async fn material_is_imported_by_every_algorithm_and_the_key_is_enabled() {
    let world = World::new().await;
    for algorithm in
        ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]
    {
        let key = symmetric(&world).await;
        let parameters = parameters_with(&world, &key, algorithm).await;
        let imported = submit(&world, &key, &parameters, &parameters.wrap(&[7; 32]), json!({})).await.ok();
        let told = metadata(&world, &key).await;
        assert_eq!(imported, json!({"KeyId": arn(&key), "KeyMaterialId": told["CurrentKeyMaterialId"]}));
        assert_eq!((&told["KeyState"], &told["Enabled"]), (&json!("Enabled"), &json!(true)), "{algorithm}");
        assert_eq!(told["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
        assert_eq!(told["ValidTo"], Value::Null);
        let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
        assert_eq!(decrypt(&world, &blob).await.ok()["Plaintext"], "c2VjcmV0");
    }
}

#[tokio::test]
async fn the_parameters_are_for_one_key_and_last_a_day() {
    let world = World::new().await;
    let (key, other) = (symmetric(&world).await, symmetric(&world).await);
    let input =
        json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_3072"});
    let answer = world.call("GetParametersForImport", input).await.ok();
    assert_eq!(answer["KeyId"], arn(&key));
    assert_eq!(answer["ParametersValidTo"], json!(START + DAY));
    let parameters = parameters(&world, &key).await;
    let material = parameters.wrap(&[7; 32]);
    let reply = submit(&world, &other, &parameters, &material, json!({})).await;
    assert_eq!((reply.code(), reply.message()), ("InvalidImportTokenException", ""), "another key's");
    let token = STANDARD.decode(&parameters.token).unwrap();
    for at in [0, 1, 5, 10, token.len() / 2, token.len() - 1] {
        let mut edited = token.clone();
        edited[at] ^= 1;
        let edited = Parameters { token: STANDARD.encode(edited), ..parameters_of(&parameters) };
        let reply = submit(&world, &key, &edited, &material, json!({})).await;
        assert_eq!(reply.code(), "InvalidImportTokenException", "byte {at}");
    }
    for length in [1, 9, 10, 11, token.len() - 1] {
        let cut = Parameters { token: STANDARD.encode(&token[..length]), ..parameters_of(&parameters) };
        let reply = submit(&world, &key, &cut, &material, json!({})).await;
        assert_eq!(reply.code(), "InvalidImportTokenException", "{length} bytes");
    }
    world.clock.advance_days(1);
    let reply = submit(&world, &key, &parameters, &material, json!({})).await;
    assert_eq!((reply.code(), reply.message()), ("ExpiredImportTokenException", ""));
    world.clock.advance_millis(-1);
    submit(&world, &key, &parameters, &material, json!({})).await.ok();
}

fn parameters_of(other: &Parameters) -> Parameters {
    Parameters {
        algorithm: other.algorithm,
        token: other.token.clone(),
        public_key: other.public_key.clone(),
    }
}

#[tokio::test]
async fn what_was_not_wrapped_as_agreed_is_an_invalid_ciphertext_and_leaves_the_key_as_it_was() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let (one, two) = (parameters(&world, &key).await, parameters(&world, &key).await);
    let sha1 = parameters_with(&world, &key, "RSAES_OAEP_SHA_1").await;
    let hybrid = parameters_with(&world, &key, "RSA_AES_KEY_WRAP_SHA_256").await;
    let mut edited = STANDARD.decode(one.wrap(&[7; 32])).unwrap();
    edited[20] ^= 1;
    for material in [
        two.wrap(&[7; 32]),
        STANDARD.encode(edited),
        STANDARD.encode([7; 32]),
        STANDARD.encode(wrapped(sha1.algorithm, &one.public_key, &[7; 32], &[9; 32]).unwrap()),
        STANDARD.encode(wrapped(hybrid.algorithm, &one.public_key, &[7; 32], &[9; 32]).unwrap()),
    ] {
        let reply = submit(&world, &key, &one, &material, json!({})).await;
        assert_eq!((reply.code(), reply.message()), ("InvalidCiphertextException", ""));
    }
    assert_eq!(state(&world, &key).await, "PendingImport");
}

#[tokio::test]
async fn material_of_the_wrong_kind_is_incorrect() {
    let world = World::new().await;
    for (spec, usage, material) in [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", vec![7; 31]),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", vec![7; 33]),
        ("HMAC_256", "GENERATE_VERIFY_MAC", vec![7; 31]),
        ("ECC_NIST_P256", "SIGN_VERIFY", vec![7; 32]),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", vec![7; 48]),
    ] {
        let key = external(&world, spec, usage).await;
        let reply = import(&world, &key, &material, json!({})).await;
        assert_eq!(reply.code(), "IncorrectKeyMaterialException", "{spec}: {}", reply.message());
        assert_eq!(state(&world, &key).await, "PendingImport", "{spec}");
    }
}

#[tokio::test]
async fn a_key_takes_its_own_material_again_and_no_other() {
    let world = World::new().await;
    for (spec, usage) in [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")] {
        let key = external(&world, spec, usage).await;
        import(&world, &key, &[7; 32], json!({})).await.ok();
        assert_eq!(import(&world, &key, &[8; 32], json!({})).await.code(), "IncorrectKeyMaterialException");
        world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
        assert_eq!(state(&world, &key).await, "PendingImport");
        assert_eq!(import(&world, &key, &[8; 32], json!({})).await.code(), "IncorrectKeyMaterialException");
        assert_eq!(state(&world, &key).await, "PendingImport", "{spec}");
        import(&world, &key, &[7; 32], json!({})).await.ok();
        assert_eq!(state(&world, &key).await, "Enabled", "{spec}");
    }
}

#[tokio::test]
async fn deleted_material_decrypts_nothing_until_it_is_imported_again() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let first = import(&world, &key, &[7; 32], json!({})).await.ok();
    let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    let deleted = world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
    assert_eq!(deleted, first, "the current material, if none is named");
    let told = metadata(&world, &key).await;
    assert_eq!((&told["KeyState"], &told["ExpirationModel"]), (&json!("PendingImport"), &Value::Null));
    assert_eq!(told["CurrentKeyMaterialId"], first["KeyMaterialId"], "it stays known");
    let text = format!("{} is pending import.", arn(&key));
    for reply in [encrypt(&world, &key).await, decrypt(&world, &blob).await] {
        assert_eq!((reply.code(), reply.message()), ("KMSInvalidStateException", text.as_str()));
    }
    assert_eq!(world.call("EnableKey", json!({"KeyId": key})).await.code(), "KMSInvalidStateException");
    world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
    import(&world, &key, &[7; 32], json!({})).await.ok();
    assert_eq!(decrypt(&world, &blob).await.ok()["Plaintext"], "c2VjcmV0");
}

#[tokio::test]
async fn material_expires_by_the_clock_and_is_erased() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let valid_to = START + 10.0 * DAY;
    import(&world, &key, &[7; 32], json!({"ValidTo": valid_to})).await.ok();
    let told = metadata(&world, &key).await;
    assert_eq!(
        (&told["ExpirationModel"], &told["ValidTo"]),
        (&json!("KEY_MATERIAL_EXPIRES"), &json!(valid_to))
    );
    let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    world.clock.set(world.clock.now().plus_days(10).plus_millis(-1));
    decrypt(&world, &blob).await.ok();
    world.clock.advance_millis(1);
    assert_eq!(decrypt(&world, &blob).await.code(), "KMSInvalidStateException", "before the sweep has come");
    assert_eq!(state(&world, &key).await, "PendingImport");
    assert_eq!(world.turn().await, (0, 1));
    assert_eq!(world.turn().await, (0, 0));
    let event = world.events.last();
    assert_eq!(event["eventName"], "DeleteExpiredKeyMaterial");
    assert_eq!(event["serviceEventDetails"]["keyId"], key.as_str());
    assert_eq!(materials(&world, &key).await[0]["ImportState"], "PENDING_IMPORT");
    import(&world, &key, &[7; 32], json!({})).await.ok();
    assert_eq!(decrypt(&world, &blob).await.ok()["Plaintext"], "c2VjcmV0");
    let told = metadata(&world, &key).await;
    assert_eq!(
        (&told["ExpirationModel"], &told["ValidTo"]),
        (&json!("KEY_MATERIAL_DOES_NOT_EXPIRE"), &Value::Null)
    );
}

#[tokio::test]
async fn the_expiry_must_be_said_and_lawful() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let none = import(&world, &key, &[7; 32], json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES"})).await;
    let text = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES";
    assert_eq!((none.code(), none.message()), ("ValidationException", text));
    for more in [
        json!({"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "ValidTo": START + DAY}),
        json!({"ValidTo": START}),
        json!({"ValidTo": START - DAY}),
        json!({"ValidTo": START + 365.0 * DAY + 1.0}),
    ] {
        assert_eq!(
            import(&world, &key, &[7; 32], more.clone()).await.code(),
            "ValidationException",
            "{more}"
        );
    }
    import(&world, &key, &[7; 32], json!({"ValidTo": START + 365.0 * DAY})).await.ok();
}

#[tokio::test]
async fn a_second_material_waits_for_its_rotation() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let first = import(&world, &key, &[1; 32], json!({"KeyMaterialDescription": "one"})).await.ok();
    let first = first["KeyMaterialId"].as_str().unwrap().to_owned();
    let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    let none = world.call("RotateKeyOnDemand", json!({"KeyId": key})).await;
    let text = format!("No available key material pending rotation for the key: {}.", arn(&key));
    assert_eq!((none.code(), none.message()), ("KMSInvalidStateException", text.as_str()));

    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(
        import(&world, &key, &[1; 32], new.clone()).await.code(),
        "IncorrectKeyMaterialException",
        "it is not new"
    );
    let second = import(&world, &key, &[2; 32], new.clone()).await.ok();
    let second = second["KeyMaterialId"].as_str().unwrap().to_owned();
    assert_eq!(metadata(&world, &key).await["CurrentKeyMaterialId"], first.as_str());
    let third = import(&world, &key, &[3; 32], new).await;
    assert_eq!(third.code(), "KMSInvalidStateException");
    assert!(third.message().ends_with(&format!(
        "cannot be imported into KMS key {}, because another key material (id: {second}) is pending rotation.",
        arn(&key)
    )));
    let listed = materials(&world, &key).await;
    let entry = json!({"KeyId": key, "KeyMaterialId": first, "KeyMaterialDescription": "one",
        "ImportState": "IMPORTED", "KeyMaterialState": "CURRENT",
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
    assert_eq!(listed[0], entry);
    assert_eq!(
        (&listed[1]["KeyMaterialId"], &listed[1]["KeyMaterialState"]),
        (&json!(second), &json!("PENDING_ROTATION"))
    );

    world.clock.advance_days(1);
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    assert_eq!(metadata(&world, &key).await["CurrentKeyMaterialId"], second.as_str());
    assert_eq!(decrypt(&world, &blob).await.ok()["KeyMaterialId"], first.as_str());
    let newer = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    assert_eq!(decrypt(&world, &newer).await.ok()["KeyMaterialId"], second.as_str());
    let listed = materials(&world, &key).await;
    let states: Vec<_> = listed.iter().map(|entry| entry["KeyMaterialState"].as_str().unwrap()).collect();
    assert_eq!(states, ["NON_CURRENT", "CURRENT"]);
    assert_eq!(
        (&listed[1]["RotationType"], &listed[1]["RotationDate"]),
        (&json!("ON_DEMAND"), &json!(START + DAY))
    );

    // Every material is needed now.
    world.call("DeleteImportedKeyMaterial", json!({"KeyId": key, "KeyMaterialId": first})).await.ok();
    assert_eq!(state(&world, &key).await, "PendingImport");
    assert_eq!(encrypt(&world, &key).await.code(), "KMSInvalidStateException");
    world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
    import(&world, &key, &[1; 32], json!({"KeyMaterialId": first})).await.ok();
    assert_eq!(state(&world, &key).await, "PendingImport", "the other is missing still");
    let wrong = import(&world, &key, &[2; 32], json!({"KeyMaterialId": first})).await;
    assert_eq!(wrong.code(), "IncorrectKeyMaterialException", "not the one that was named");
    import(&world, &key, &[2; 32], json!({"KeyMaterialId": second})).await.ok();
    assert_eq!(state(&world, &key).await, "Enabled");
    assert_eq!(
        materials(&world, &key).await[0]["KeyMaterialDescription"],
        "one",
        "what was said of it stays"
    );
}

#[tokio::test]
async fn what_waits_for_its_rotation_can_be_deleted_or_expire_and_makes_room() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    import(&world, &key, &[1; 32], json!({})).await.ok();
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    let second = import(&world, &key, &[2; 32], new.clone()).await.ok();
    let named = json!({"KeyId": key, "KeyMaterialId": second["KeyMaterialId"]});
    world.call("DeleteImportedKeyMaterial", named.clone()).await.ok();
    assert_eq!(state(&world, &key).await, "Enabled", "nothing that is needed is missing");
    assert_eq!(materials(&world, &key).await.len(), 1);
    assert_eq!(world.call("DeleteImportedKeyMaterial", named).await.code(), "NotFoundException");
    let expiring = json!({"ImportType": "NEW_KEY_MATERIAL", "ValidTo": START + DAY});
    import(&world, &key, &[3; 32], expiring).await.ok();
    world.clock.advance_days(1);
    assert_eq!(state(&world, &key).await, "Enabled");
    assert_eq!(
        world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.code(),
        "KMSInvalidStateException"
    );
    import(&world, &key, &[4; 32], new).await.ok();
    assert_eq!(world.turn().await, (0, 0), "it is gone already");
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    assert_eq!(materials(&world, &key).await.len(), 2);
}

#[tokio::test]
async fn a_disabled_key_stays_disabled_unless_it_waited_for_its_import() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    import(&world, &key, &[1; 32], json!({})).await.ok();
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    import(&world, &key, &[1; 32], json!({"ValidTo": START + DAY})).await.ok();
    assert_eq!(state(&world, &key).await, "Disabled");
    world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "PendingImport");
    import(&world, &key, &[1; 32], json!({})).await.ok();
    assert_eq!(state(&world, &key).await, "Enabled", "as AWS documents of every import");
}

#[tokio::test]
async fn a_key_that_waits_for_its_deletion_takes_nothing_and_gives_its_material_up() {
    let world = World::new().await;
    let (key, empty) = (symmetric(&world).await, symmetric(&world).await);
    let parameters = parameters(&world, &key).await;
    import(&world, &key, &[1; 32], json!({})).await.ok();
    world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok();
    let text = format!("{} is pending deletion.", arn(&key));
    let again = submit(&world, &key, &parameters, &parameters.wrap(&[1; 32]), json!({})).await;
    assert_eq!((again.code(), again.message()), ("KMSInvalidStateException", text.as_str()));
    let input =
        json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    let more = world.call("GetParametersForImport", input).await;
    assert_eq!((more.code(), more.message()), ("KMSInvalidStateException", text.as_str()));
    world.call("DeleteImportedKeyMaterial", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "PendingDeletion");
    world.call("CancelKeyDeletion", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "PendingImport");
    // One that never had any is no better off.
    world.call("ScheduleKeyDeletion", json!({"KeyId": empty})).await.ok();
    world.call("CancelKeyDeletion", json!({"KeyId": empty})).await.ok();
    assert_eq!(state(&world, &empty).await, "PendingImport");
    assert_eq!(world.call("EnableKey", json!({"KeyId": empty})).await.code(), "KMSInvalidStateException");
    import(&world, &empty, &[1; 32], json!({})).await.ok();
    assert_eq!(state(&world, &empty).await, "Enabled");
}

#[tokio::test]
async fn keys_whose_material_is_not_imported_are_refused() {
    let world = World::new().await;
    let (own, external) = (world.key().await, symmetric(&world).await);
    let parameters = parameters(&world, &external).await;
    let text = format!("{} origin is AWS_KMS which is not valid for this operation.", arn(&own));
    let asked =
        json!({"KeyId": own, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    for reply in [
        world.call("GetParametersForImport", asked).await,
        submit(&world, &own, &parameters, &parameters.wrap(&[1; 32]), json!({})).await,
        world.call("DeleteImportedKeyMaterial", json!({"KeyId": own})).await,
    ] {
        assert_eq!((reply.code(), reply.message()), ("UnsupportedOperationException", text.as_str()));
    }
    import(&world, &external, &[1; 32], json!({})).await.ok();
    let text = format!("{} origin is EXTERNAL which is not valid for this operation.", arn(&external));
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus"] {
        let reply = world.call(operation, json!({"KeyId": external})).await;
        assert_eq!(
            (reply.code(), reply.message()),
            ("UnsupportedOperationException", text.as_str()),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn keys_of_other_specs_cannot_be_rotated_and_their_materials_have_no_names() {
    let world = World::new().await;
    let made = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
    let pair = world.call("CreateKey", made).await.ok()["KeyMetadata"]["KeyId"].clone();
    let mac = external(&world, "HMAC_256", "GENERATE_VERIFY_MAC").await;
    for operation in [
        "EnableKeyRotation",
        "DisableKeyRotation",
        "GetKeyRotationStatus",
        "RotateKeyOnDemand",
        "ListKeyRotations",
    ] {
        let reply = world.call(operation, json!({"KeyId": pair})).await;
        assert_eq!((reply.code(), reply.message()), ("UnsupportedOperationException", ""), "{operation}");
    }
    for more in [
        json!({"ImportType": "NEW_KEY_MATERIAL"}),
        json!({"KeyMaterialDescription": "d"}),
        json!({"KeyMaterialId": "0".repeat(64)}),
    ] {
        let reply = import(&world, &mac, &[1; 32], more.clone()).await;
        assert_eq!(reply.code(), "UnsupportedOperationException", "{more}");
    }
    assert_eq!(import(&world, &mac, &[1; 32], json!({})).await.ok(), json!({"KeyId": arn(&mac)}));
    assert_eq!(state(&world, &mac).await, "Enabled");
    assert_eq!(metadata(&world, &mac).await["CurrentKeyMaterialId"], Value::Null);
}

#[tokio::test]
async fn inferred_a_wrapping_algorithm_that_does_not_suit_the_key_is_unsupported() {
    let world = World::new().await;
    let symmetric = symmetric(&world).await;
    let rsa = external(&world, "RSA_2048", "SIGN_VERIFY").await;
    let p521 = external(&world, "ECC_NIST_P521", "SIGN_VERIFY").await;
    for (key, algorithm, spec, code) in [
        (&symmetric, "RSAES_PKCS1_V1_5", "RSA_2048", "UnsupportedOperationException"),
        (&symmetric, "SM2PKE", "SM2", "UnsupportedOperationException"),
        (&symmetric, "RSAES_OAEP_SHA_256", "SM2", "UnsupportedOperationException"),
        (&rsa, "RSAES_OAEP_SHA_256", "RSA_4096", "UnsupportedOperationException"),
        (&rsa, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", "ok"),
        (&p521, "RSAES_OAEP_SHA_1", "RSA_2048", "UnsupportedOperationException"),
        (&p521, "RSAES_OAEP_SHA_1", "RSA_3072", "ok"),
        (&p521, "RSA_AES_KEY_WRAP_SHA_1", "RSA_2048", "ok"),
    ] {
        let input = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec});
        let reply = world.call("GetParametersForImport", input).await;
        assert_eq!(reply.code(), code, "{algorithm} {spec}");
    }
}

#[tokio::test]
async fn policies_see_what_is_asked_for_and_only_the_expiry_that_was_sent() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let deny = |action: &str, condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        deny("kms:GetParametersForImport", json!({"StringEquals": {"kms:WrappingAlgorithm": "RSAES_OAEP_SHA_1"}})),
        deny("kms:GetParametersForImport", json!({"StringEquals": {"kms:WrappingKeySpec": "RSA_4096"}})),
        deny("kms:ImportKeyMaterial", json!({"Null": {"kms:ExpirationModel": "true"}})),
        deny("kms:ImportKeyMaterial", json!({"DateGreaterThan": {"kms:ValidTo": "2027-01-20T00:00:00Z"}}))]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    for (algorithm, spec) in [("RSAES_OAEP_SHA_1", "RSA_2048"), ("RSAES_OAEP_SHA_256", "RSA_4096")] {
        let input = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec});
        let reply = world.call("GetParametersForImport", input).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{algorithm} {spec}");
    }
    let expires = |on: f64| json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": on});
    for (more, code) in [
        (json!({"ValidTo": START + DAY}), "AccessDeniedException"),
        (expires(START + 30.0 * DAY), "AccessDeniedException"),
        (expires(START + DAY), "ok"),
        (json!({}), "ok"),
    ] {
        assert_eq!(import(&world, &key, &[1; 32], more.clone()).await.code(), code, "{more}");
    }
}

#[tokio::test]
async fn neither_token_nor_material_is_in_any_event() {
    let world = World::new().await;
    let key = symmetric(&world).await;
    let parameters = parameters(&world, &key).await;
    let material = parameters.wrap(&[0x41; 32]);
    let more =
        json!({"ValidTo": START + DAY, "KeyMaterialDescription": "mine", "ImportType": "NEW_KEY_MATERIAL"});
    let imported = submit(&world, &key, &parameters, &material, more).await.ok();
    let event = world.events.last();
    assert_eq!(event["eventName"], "ImportKeyMaterial");
    assert_eq!(event["requestParameters"]["importType"], "NEW_KEY_MATERIAL");
    let told = json!({"keyId": arn(&key), "keyMaterialId": imported["KeyMaterialId"]});
    assert_eq!(event["responseElements"], told);
    let all = Value::from(world.events.all()).to_string();
    let secret = [STANDARD.encode([0x41; 32]), "A".repeat(32), "41".repeat(32)];
    for text in secret.iter().chain([&material, &parameters.token]) {
        assert!(!all.contains(text.as_str()));
    }
}

#[tokio::test]
async fn imported_material_and_its_expiry_are_there_after_a_restart_and_tokens_still_open() {
    let store = std::sync::Arc::new(gatekey_store::MemoryStore::new());
    let world = World::on(store.clone(), gatekey_keyring::Quotas::default()).await;
    let key = symmetric(&world).await;
    import(&world, &key, &[1; 32], json!({"ValidTo": START + DAY})).await.ok();
    let parameters = parameters(&world, &key).await;
    let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    let world = world.reopened(store).await;
    decrypt(&world, &blob).await.ok();
    let later = json!({"ValidTo": START + 2.0 * DAY});
    submit(&world, &key, &parameters, &parameters.wrap(&[1; 32]), later).await.ok();
    world.clock.advance_days(1);
    decrypt(&world, &blob).await.ok();
    world.clock.advance_days(1);
    assert_eq!(world.turn().await, (0, 1));
}

/// Replicas get their material from their owner too, and are rotated with their primary key when all have it.
#[tokio::test]
async fn a_multi_region_key_is_rotated_when_every_replica_has_the_new_material() {
    let world = World::new().await;
    let made = json!({"Origin": "EXTERNAL", "MultiRegion": true});
    let made = world.call("CreateKey", made).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    import(&world, &key, &[1; 32], json!({})).await.ok();
    let blob = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    world.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"})).await.ok();
    let there = |operation: &'static str, input: Value| {
        let world = &world;
        let target = format!("TrentService.{operation}");
        async move { world.send(A, "eu-west-1", &target, input.to_string().into()).await }
    };
    let supply = |material: [u8; 32], more: Value| {
        let key = key.clone();
        async move {
            let asked = json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
            let answer = there("GetParametersForImport", asked).await.ok();
            let public_key = STANDARD.decode(answer["PublicKey"].as_str().unwrap()).unwrap();
            let material = wrapped("RSAES_OAEP_SHA_256", &public_key, &material, &[9; 32]).unwrap();
            let mut input = json!({"KeyId": key, "ImportToken": answer["ImportToken"],
                "EncryptedKeyMaterial": STANDARD.encode(material),
                "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            there("ImportKeyMaterial", input).await
        }
    };
    assert_eq!(there("Decrypt", json!({"CiphertextBlob": blob})).await.code(), "KMSInvalidStateException");
    let other = supply([2; 32], json!({})).await;
    assert_eq!(other.code(), "IncorrectKeyMaterialException", "not what its primary key has");
    supply([1; 32], json!({})).await.ok();
    assert_eq!(there("Decrypt", json!({"CiphertextBlob": blob})).await.ok()["Plaintext"], "c2VjcmV0");

    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    let refused = supply([2; 32], new.clone()).await;
    assert_eq!(
        refused.code(),
        "UnsupportedOperationException",
        "new material comes to the primary key first"
    );
    import(&world, &key, &[2; 32], new).await.ok();
    let waiting = materials(&world, &key).await[1].clone();
    assert_eq!(waiting["KeyMaterialState"], "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
    assert_eq!(
        world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.code(),
        "KMSInvalidStateException"
    );
    supply([2; 32], json!({"ImportType": "EXISTING_KEY_MATERIAL"})).await.ok();
    assert_eq!(materials(&world, &key).await[1]["KeyMaterialState"], "PENDING_ROTATION");
    assert_eq!(
        there("RotateKeyOnDemand", json!({"KeyId": key})).await.code(),
        "UnsupportedOperationException",
        "its primary key rotates it"
    );
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    let newer = encrypt(&world, &key).await.ok()["CiphertextBlob"].clone();
    for blob in [&blob, &newer] {
        assert_eq!(there("Decrypt", json!({"CiphertextBlob": blob})).await.ok()["Plaintext"], "c2VjcmV0");
    }
    let made = there("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await.ok();
    let opened = decrypt(&world, &made["CiphertextBlob"]).await.ok();
    assert_eq!(opened["KeyMaterialId"], waiting["KeyMaterialId"]);
}
