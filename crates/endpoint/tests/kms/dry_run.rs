//! DryRun: every served operation whose model has it answers that it would have succeeded, and does nothing.

use crate::world::World;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// What a call of each operation needs.
struct Things {
    symmetric: String,
    hmac: String,
    signing: String,
    agreement: String,
    encapsulation: String,
    blob: String,
}

async fn key(world: &World, spec: &str, usage: &str) -> String {
    let made = world.call("CreateKey", json!({"KeySpec": spec, "KeyUsage": usage})).await.ok();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

impl Things {
    async fn new(world: &World) -> Self {
        let symmetric = world.key().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let sealed = world.call("Encrypt", json!({"KeyId": symmetric, "Plaintext": "YQ=="})).await.ok();
        Self {
            blob: text(&sealed["CiphertextBlob"]),
            symmetric,
            hmac: key(world, "HMAC_256", "GENERATE_VERIFY_MAC").await,
            signing: key(world, "ECC_NIST_P256", "SIGN_VERIFY").await,
            agreement: key(world, "ECC_NIST_P256", "KEY_AGREEMENT").await,
            encapsulation: key(world, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE").await,
        }
    }

    async fn grant(&self, world: &World) -> Value {
        let grant = json!({"KeyId": self.symmetric, "GranteePrincipal": "arn:aws:iam::444455556666:root",
            "RetiringPrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt"]});
        world.call("CreateGrant", grant).await.ok()
    }

    /// The input of a call that would succeed.
    async fn input(&self, world: &World, operation: &str) -> Option<Value> {
        let (symmetric, signing, hmac) = (&self.symmetric, &self.signing, &self.hmac);
        let answer = |operation: &'static str, input: Value, member: &'static str| async move {
            world.call(operation, input).await.ok()[member].take()
        };
        let sign = json!({"KeyId": signing, "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"});
        let mac = json!({"KeyId": hmac, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_256"});
        Some(match operation {
            "CreateGrant" => json!({"KeyId": symmetric, "Operations": ["DescribeKey"],
                "GranteePrincipal": "arn:aws:iam::444455556666:root"}),
            "RetireGrant" => json!({"GrantToken": self.grant(world).await["GrantToken"]}),
            "RevokeGrant" => json!({"KeyId": symmetric, "GrantId": self.grant(world).await["GrantId"]}),
            "Decrypt" => json!({"CiphertextBlob": self.blob}),
            "ReEncrypt" => json!({"CiphertextBlob": self.blob, "DestinationKeyId": symmetric}),
            "Encrypt" => json!({"KeyId": symmetric, "Plaintext": STANDARD.encode("x")}),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                json!({"KeyId": symmetric, "KeySpec": "AES_256"})
            }
            "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => {
                json!({"KeyId": symmetric, "KeyPairSpec": "ECC_NIST_P256"})
            }
            "Sign" => sign,
            "Verify" => {
                let mut input = sign.clone();
                input["Signature"] = answer("Sign", sign, "Signature").await;
                input
            }
            "GenerateMac" => mac,
            "VerifyMac" => {
                let mut input = mac.clone();
                input["Mac"] = answer("GenerateMac", mac, "Mac").await;
                input
            }
            "DeriveSharedSecret" => {
                let public = answer("GetPublicKey", json!({"KeyId": self.agreement}), "PublicKey").await;
                json!({"KeyId": self.agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public})
            }
            "Encapsulate" => json!({"KeyId": self.encapsulation, "EncapsulationAlgorithm": "ML_KEM"}),
            "Decapsulate" => {
                let input = json!({"KeyId": self.encapsulation, "EncapsulationAlgorithm": "ML_KEM"});
                let mut made = world.call("Encapsulate", input.clone()).await.ok();
                let mut input = input;
                input["SharedSecretCiphertextBlob"] = made["SharedSecretCiphertextBlob"].take();
                input
            }
            _ => return None,
        })
    }
}

fn has(operation: gatekey_model::kms::Operation, member: &str) -> bool {
    operation.info().input.members().iter().any(|one| one.name == member)
}

#[tokio::test]
async fn every_served_operation_that_the_model_gives_a_dry_run_honours_it() {
    let world = World::new().await;
    let things = Things::new(&world).await;
    let mut tried = 0;
    for operation in gatekey_kms::served().iter().filter(|operation| has(**operation, "DryRun")) {
        let name = operation.info().name;
        let Some(mut input) = things.input(&world, name).await else {
            panic!("{name} has a DryRun: give this test an input for it");
        };
        let before = world.gate.snapshot().revision;
        input["DryRun"] = true.into();
        let reply = world.call(name, input.clone()).await;
        let told = "The request would have succeeded, but the DryRun option is set.";
        assert_eq!((reply.code(), reply.message()), ("DryRunOperationException", told), "{name}");
        assert_eq!(world.gate.snapshot().revision, before, "{name} changed something");
        if input.get("KeyId").is_some() {
            let mut denied = input.clone();
            let key = input["KeyId"].as_str().unwrap();
            denied["KeyId"] = format!("arn:aws:kms:us-east-1:111122223333:key/{key}").into();
            let reply = world.call_as(crate::world::B, name, denied).await;
            assert_eq!(reply.code(), "AccessDeniedException", "{name} tells a stranger");
        }
        input["DryRun"] = false.into();
        world.call(name, input).await.ok();
        tried += 1;
    }
    assert!(tried > 0);
}

/// The modifiers exist on the operations that open a ciphertext.
#[tokio::test]
async fn every_served_operation_that_the_model_gives_modifiers_of_a_dry_run_honours_them() {
    let world = World::new().await;
    let things = Things::new(&world).await;
    for operation in gatekey_kms::served().iter().filter(|operation| has(**operation, "DryRunModifiers")) {
        let name = operation.info().name;
        let mut input = things.input(&world, name).await.unwrap();
        input.as_object_mut().unwrap().remove("CiphertextBlob");
        let source = if name == "ReEncrypt" { "SourceKeyId" } else { "KeyId" };
        input[source] = things.symmetric.as_str().into();
        input["DryRunModifiers"] = json!(["IGNORE_CIPHERTEXT"]);
        assert_eq!(world.call(name, input.clone()).await.code(), "ValidationException", "{name}");
        input["DryRun"] = true.into();
        assert_eq!(world.call(name, input).await.code(), "DryRunOperationException", "{name}");
    }
}
