//! What becomes of keys whose material is imported: rotation, deletion, refusals, policies, events, replicas.

use crate::{
    import::{
        DAY, START, arn, decrypt, encrypt, external, import, materials, metadata, parameters, state, submit,
        symmetric,
    },
    world::{A, World},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_testkit::wrapped;
use serde_json::{Value, json};

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
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ListKeyRotations"] {
        let reply = world.call(operation, json!({"KeyId": pair})).await;
        assert_eq!((reply.code(), reply.message()), ("UnsupportedOperationException", ""), "{operation}");
    }
    let status = world.call("GetKeyRotationStatus", json!({"KeyId": pair})).await.ok();
    assert_eq!(status["KeyRotationEnabled"], json!(false), "Terraform reads it of every key");
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
async fn inferred_is_imported_material_of_every_kind_of_key_but_those_that_encapsulate() {
    let world = World::new().await;
    for (spec, usage, code) in [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "ok"),
        ("HMAC_384", "GENERATE_VERIFY_MAC", "ok"),
        ("RSA_3072", "ENCRYPT_DECRYPT", "ok"),
        ("ECC_NIST_P384", "KEY_AGREEMENT", "ok"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "ok"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "ok"),
        ("ML_DSA_87", "SIGN_VERIFY", "ok"),
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "UnsupportedOperationException"),
        ("ML_KEM_1024", "ENCAPSULATE_DECAPSULATE", "UnsupportedOperationException"),
    ] {
        let key = external(&world, spec, usage).await;
        let algorithm = json!({"KeyId": key, "WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256",
            "WrappingKeySpec": "RSA_2048"});
        assert_eq!(world.call("GetParametersForImport", algorithm).await.code(), code, "{spec}");
    }
}

#[tokio::test]
async fn inferred_unsuited_wrapping_algorithms_are_unsupported() {
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
