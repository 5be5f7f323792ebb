//! Imported key material: taken over, kept to, expired, rotated.

use crate::world::{A, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_testkit::wrapped;
use gatekey_types::Clock;
use serde_json::{Value, json};

pub(crate) const DAY: f64 = 86_400.0;
pub(crate) const START: f64 = 1_800_000_000.0;

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

pub(crate) async fn external(world: &World, spec: &str, usage: &str) -> String {
    let input = json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage});
    let made = world.call("CreateKey", input).await.ok();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

pub(crate) async fn symmetric(world: &World) -> String {
    external(world, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT").await
}

pub(crate) async fn parameters_with(world: &World, key: &str, algorithm: &'static str) -> Parameters {
    let input = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
    let answer = world.call("GetParametersForImport", input).await.ok();
    let public_key = STANDARD.decode(answer["PublicKey"].as_str().unwrap()).unwrap();
    Parameters { algorithm, token: answer["ImportToken"].as_str().unwrap().to_owned(), public_key }
}

pub(crate) async fn parameters(world: &World, key: &str) -> Parameters {
    parameters_with(world, key, "RSAES_OAEP_SHA_256").await
}

/// Imports material that does not expire, or whatever `more` says.
pub(crate) async fn import(world: &World, key: &str, material: &[u8], more: Value) -> Reply {
    let parameters = parameters(world, key).await;
    submit(world, key, &parameters, &parameters.wrap(material), more).await
}

pub(crate) async fn submit(
    world: &World,
    key: &str,
    parameters: &Parameters,
    material: &str,
    more: Value,
) -> Reply {
    let mut input = json!({"KeyId": key, "ImportToken": parameters.token, "EncryptedKeyMaterial": material});
    if more.get("ValidTo").is_none() && more.get("ExpirationModel").is_none() {
        input["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE".into();
    }
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("ImportKeyMaterial", input).await
}

pub(crate) async fn metadata(world: &World, key: &str) -> Value {
    world.call("DescribeKey", json!({"KeyId": key})).await.ok()["KeyMetadata"].clone()
}

pub(crate) async fn state(world: &World, key: &str) -> String {
    metadata(world, key).await["KeyState"].as_str().unwrap().to_owned()
}

pub(crate) async fn materials(world: &World, key: &str) -> Vec<Value> {
    let input = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    world.call("ListKeyRotations", input).await.ok()["Rotations"].as_array().unwrap().clone()
}

pub(crate) async fn encrypt(world: &World, key: &str) -> Reply {
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await
}

pub(crate) async fn decrypt(world: &World, blob: &Value) -> Reply {
    world.call("Decrypt", json!({"CiphertextBlob": blob})).await
}

pub(crate) fn arn(key: &str) -> String {
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
