//! awsJson1.1 against texts recorded from AWS, on the shapes of KMS.

use gatekey_model::kms::{
    CreateAliasRequest, CreateGrantRequest, CreateKeyRequest, DecryptRequest, DescribeKeyRequest,
    EncryptRequest, GenerateDataKeyRequest, GenerateRandomRequest, ImportKeyMaterialRequest, KeySpec,
    ListKeysRequest, NotFoundException, Operation, PutKeyPolicyRequest, SERVICE, TagResourceRequest, shapes,
};
use gatekey_model::{ApiError, CommonError, Shape};
use gatekey_wire::{WireError, json};
use serde::de::DeserializeOwned;

fn refusal<T: DeserializeOwned>(body: &str, shape: &'static Shape) -> String {
    match json::decode::<T>(body.as_bytes(), shape).err() {
        Some(WireError::Validation { text, .. }) => text,
        Some(WireError::Serialization(text)) => format!("S: {}", text.unwrap_or_default()),
        other => format!("not refused: {other:?}"),
    }
}

fn encrypt(body: &str) -> String {
    refusal::<EncryptRequest>(body, &shapes::ENCRYPT_REQUEST)
}

#[test]
fn an_input_is_read_with_its_unknown_members_skipped_and_its_nulls_absent() {
    let body =
        br#"{"KeyId":"alias/a","Plaintext":"aGk=","EncryptionContext":{"b":"2","a":"1"},"GrantTokens":null,
        "Later":{"deep":[[{"x":[1,2,{}]}]]},"EncryptionAlgorithm":"SYMMETRIC_DEFAULT","DryRun":false}"#;
    let input: EncryptRequest = json::decode(body, &shapes::ENCRYPT_REQUEST).unwrap();
    assert_eq!(input.key_id, "alias/a");
    assert_eq!(input.plaintext.expose().as_slice(), b"hi");
    assert_eq!(
        input.encryption_context.unwrap().into_iter().collect::<Vec<_>>(),
        [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]
    );
    assert_eq!((input.grant_tokens, input.dry_run), (None, Some(false)));
}

#[test]
fn what_is_no_utf8_is_refused_unless_it_is_skipped_or_something_else_is_wrong_before() {
    let read = |body: &[u8]| json::decode::<DescribeKeyRequest>(body, &shapes::DESCRIBE_KEY_REQUEST);
    let skipped = read(b"{\"KeyId\":\"a\",\"Later\":\"\xff\"}");
    assert_eq!(skipped.map(|input| input.key_id), Ok("a".to_owned()));
    for body in
        [&b"{\"KeyId\":\"\xff\"}"[..], b"{\"KeyId\":\"a\"}\xff", b"{\"\xff\":1,\"KeyId\":\"a\"}", b"\xff"]
    {
        assert_eq!(read(body), Err(WireError::Serialization(None)), "{body:?}");
    }
    let Err(WireError::Serialization(Some(text))) = read(b"{\"KeyId\":{},\"GrantTokens\":[\"\xff\"]}") else {
        panic!("not refused for what comes first")
    };
    assert_eq!(text, "Start of structure or map found where not expected.");
}

#[test]
fn the_last_of_a_member_given_twice_counts() {
    let input: DescribeKeyRequest =
        json::decode(br#"{"KeyId":"a","KeyId":"b"}"#, &shapes::DESCRIBE_KEY_REQUEST).unwrap();
    assert_eq!(input.key_id, "b");
    let text = refusal::<DescribeKeyRequest>(r#"{"KeyId":"a","KeyId":null}"#, &shapes::DESCRIBE_KEY_REQUEST);
    assert!(text.contains("Value null at 'keyId'"), "{text}");
}

#[test]
fn what_is_no_json_object_gets_aws_error_without_a_text() {
    for body in
        ["", " ", "{", "nul", "{\"KeyId\":\"a\"} x", "{'KeyId':1}", "\u{feff}{}", "{\"KeyId\":\"\\ud800\"}"]
    {
        let error = json::decode::<EncryptRequest>(body.as_bytes(), &shapes::ENCRYPT_REQUEST).err();
        assert_eq!(error, Some(WireError::Serialization(None)), "{body}");
    }
    assert_eq!(
        json::decode::<EncryptRequest>(b"null", &shapes::ENCRYPT_REQUEST),
        Err(WireError::Serialization(None))
    );
    assert_eq!(
        json::decode::<EncryptRequest>(b"{\"KeyId\":\"\xff\"}", &shapes::ENCRYPT_REQUEST),
        Err(WireError::Serialization(None))
    );
}

#[test]
fn values_of_the_wrong_type_get_aws_texts() {
    for (body, text) in [
        (r#"{"KeyId":1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"KeyId":1.5}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"KeyId":true}"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{"KeyId":[]}"#, "Start of list found where not expected"),
        (r#"{"KeyId":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"Plaintext":false}"#, "FALSE_VALUE can not be converted to a Blob"),
        (r#"{"DryRun":"true"}"#, "STRING_VALUE can not be converted to a Boolean"),
        (r#"{"GrantTokens":"x"}"#, "Expected list or null"),
        (r#"{"GrantTokens":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"EncryptionContext":7}"#, "Expected map or null"),
        (r#"{"EncryptionContext":[]}"#, "Start of list found where not expected"),
        (r#"{"EncryptionContext":{"a":1}}"#, "NUMBER_VALUE can not be converted to a String"),
        ("[]", "Start of list found where not expected"),
        ("\"x\"", "Expected null"),
    ] {
        assert_eq!(encrypt(body), format!("S: {text}"), "{body}");
    }
    let number = r#"{"NumberOfBytes":"32"}"#;
    let text = refusal::<GenerateRandomRequest>(number, &shapes::GENERATE_RANDOM_REQUEST);
    assert_eq!(text, "S: STRING_VALUE can not be converted to an Integer");
    let recipient = r#"{"Recipient":5}"#;
    assert_eq!(refusal::<DecryptRequest>(recipient, &shapes::DECRYPT_REQUEST), "S: Expected null");
    let moment = r#"{"ValidTo":"2027-01-01"}"#;
    let text = refusal::<ImportKeyMaterialRequest>(moment, &shapes::IMPORT_KEY_MATERIAL_REQUEST);
    assert_eq!(text, "S: STRING_VALUE can not be converted to milliseconds since epoch");
}

#[test]
fn broken_base64_is_named_but_a_secret_is_not_repeated() {
    let text = encrypt(r#"{"KeyId":"k","Plaintext":"hunter2"}"#);
    assert_eq!(
        text,
        "S: can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 7"
    );
    let text = refusal::<DecryptRequest>(r#"{"CiphertextBlob":"a-bc"}"#, &shapes::DECRYPT_REQUEST);
    assert_eq!(text, "S: 'a-bc' can not be converted to a Blob: Invalid Base64 character: '-'");
}

#[test]
fn every_absent_required_member_is_reported_and_a_sensitive_one_without_its_value() {
    assert_eq!(
        encrypt("{}"),
        "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; \
         Value at 'plaintext' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn numbers_out_of_range_get_aws_text() {
    let random = |body| refusal::<GenerateRandomRequest>(body, &shapes::GENERATE_RANDOM_REQUEST);
    assert_eq!(
        random(r#"{"NumberOfBytes":0}"#),
        "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: \
         Member must have value greater than or equal to 1"
    );
    assert_eq!(
        random(r#"{"NumberOfBytes":1025}"#),
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: \
         Member must have value less than or equal to 1024"
    );
    assert!(random(r#"{"NumberOfBytes":1e40}"#).contains("Value '2147483647' at 'numberOfBytes'"));
    let input: GenerateRandomRequest =
        json::decode(br#"{"NumberOfBytes":32.7}"#, &shapes::GENERATE_RANDOM_REQUEST).unwrap();
    assert_eq!(input.number_of_bytes, Some(32));
}

#[test]
fn lengths_are_of_characters_and_of_bytes() {
    let base64 = |bytes: usize| "AAAA".repeat(bytes / 3) + ["", "AA==", "AAA="][bytes % 3];
    let ok = format!(r#"{{"KeyId":"k","Plaintext":"{}"}}"#, base64(4096));
    assert!(json::decode::<EncryptRequest>(ok.as_bytes(), &shapes::ENCRYPT_REQUEST).is_ok());
    assert_eq!(
        encrypt(&format!(r#"{{"KeyId":"k","Plaintext":"{}"}}"#, base64(4097))),
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: \
         Member must have length less than or equal to 4096"
    );
    assert_eq!(
        encrypt(r#"{"KeyId":"","Plaintext":"AA=="}"#),
        "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    );
    let blob = format!(r#"{{"CiphertextBlob":"{}"}}"#, base64(6145));
    assert_eq!(
        refusal::<DecryptRequest>(&blob, &shapes::DECRYPT_REQUEST),
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=6145 cap=6145]' at 'ciphertextBlob' \
         failed to satisfy constraint: Member must have length less than or equal to 6144"
    );
    let description = "é".repeat(8192);
    let body = format!(r#"{{"Description":"{description}"}}"#);
    assert!(json::decode::<CreateKeyRequest>(body.as_bytes(), &shapes::CREATE_KEY_REQUEST).is_ok());
}

#[test]
fn enums_are_reported_with_the_whole_set() {
    let body = r#"{"KeyId":"k","KeySpec":"AES_512"}"#;
    assert_eq!(
        refusal::<GenerateDataKeyRequest>(body, &shapes::GENERATE_DATA_KEY_REQUEST),
        "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: \
         Member must satisfy enum value set: [AES_256, AES_128]"
    );
    let input: CreateKeyRequest =
        json::decode(br#"{"KeySpec":"ECC_SECG_P256K1"}"#, &shapes::CREATE_KEY_REQUEST).unwrap();
    assert_eq!(input.key_spec, Some(KeySpec::EccSecgP256K1));
}

#[test]
fn patterns_are_reported_with_their_source_beside_other_broken_constraints() {
    let text = refusal::<CreateAliasRequest>(
        r#"{"AliasName":"alias/a b","TargetKeyId":""}"#,
        &shapes::CREATE_ALIAS_REQUEST,
    );
    assert_eq!(
        text,
        "2 validation errors detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$; \
         Value '' at 'targetKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
    let policy = "{\"KeyId\":\"k\",\"Policy\":\"a\\u0100\"}";
    let text = refusal::<PutKeyPolicyRequest>(policy, &shapes::PUT_KEY_POLICY_REQUEST);
    assert!(
        text.ends_with(r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"),
        "{text}"
    );
}

#[test]
fn members_of_listed_structures_are_named_by_their_number() {
    let long = "v".repeat(257);
    let body = format!(
        r#"{{"KeyId":"k","Tags":[{{"TagKey":"a","TagValue":"{long}"}},{{"TagKey":"","TagValue":""}},{{"TagValue":"x"}}]}}"#
    );
    assert_eq!(
        refusal::<TagResourceRequest>(&body, &shapes::TAG_RESOURCE_REQUEST),
        format!(
            "3 validation errors detected: Value '{long}' at 'tags.1.member.tagValue' failed to satisfy constraint: \
             Member must have length less than or equal to 256; \
             Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: \
             Member must have length greater than or equal to 1; \
             Value null at 'tags.3.member.tagKey' failed to satisfy constraint: Member must not be null"
        )
    );
}

#[test]
fn listed_scalars_are_reported_at_their_list_with_every_constraint() {
    let body = r#"{"KeyId":"k","GranteePrincipal":"p","Operations":["Decrypt","Fly"]}"#;
    let text = refusal::<CreateGrantRequest>(body, &shapes::CREATE_GRANT_REQUEST);
    assert!(
        text.starts_with(
            "1 validation error detected: Value '[Decrypt, Fly]' at 'operations' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must satisfy enum value set: [Decrypt, Encrypt, "
        ),
        "{text}"
    );
    assert!(text.ends_with("]]"), "{text}");
    let body = r#"{"KeyId":"k","Plaintext":"AA==","GrantTokens":["a",""]}"#;
    assert_eq!(
        encrypt(body),
        "1 validation error detected: Value '[a, ]' at 'grantTokens' failed to satisfy constraint: \
         Member must satisfy constraint: [Member must have length less than or equal to 8192, \
         Member must have length greater than or equal to 1]"
    );
    let tokens = ["\"t\""; 11].join(",");
    let text = encrypt(&format!(r#"{{"KeyId":"k","Plaintext":"AA==","GrantTokens":[{tokens}]}}"#));
    assert!(text.ends_with(
        "at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10"
    ));
}

#[test]
fn a_null_element_is_dropped_and_a_null_entry_is_refused() {
    let body = br#"{"KeyId":"k","Plaintext":"AA==","GrantTokens":[null,"t"]}"#;
    let input: EncryptRequest = json::decode(body, &shapes::ENCRYPT_REQUEST).unwrap();
    assert_eq!(input.grant_tokens, Some(vec!["t".to_owned()]));
    let text = encrypt(r#"{"KeyId":"k","Plaintext":"AA==","EncryptionContext":{"a":null}}"#);
    assert!(
        text.contains("Value '{a=null}' at 'encryptionContext' failed to satisfy constraint: Map value must"),
        "{text}"
    );
}

#[test]
fn ten_errors_are_listed_at_most_and_long_values_are_cut() {
    let tags = [r#"{"TagKey":""}"#; 50].join(",");
    let text = refusal::<TagResourceRequest>(
        &format!(r#"{{"KeyId":"k","Tags":[{tags}]}}"#),
        &shapes::TAG_RESOURCE_REQUEST,
    );
    assert!(text.starts_with("10 validation errors detected: "), "{text}");
    let key = "k".repeat(1_000_000);
    let text =
        refusal::<DescribeKeyRequest>(&format!(r#"{{"KeyId":"{key}"}}"#), &shapes::DESCRIBE_KEY_REQUEST);
    assert!(text.len() < 20_000, "{}", text.len());
}

#[test]
fn endless_nesting_and_endless_lists_are_refused() {
    for opening in ["[", "{\"a\":", "{\"KeyId\":{\"a\":", "{\"EncryptionContext\":{\"a\":"] {
        let body = opening.repeat(300_000);
        assert!(json::decode::<EncryptRequest>(body.as_bytes(), &shapes::ENCRYPT_REQUEST).is_err());
    }
    let unknown = format!("{{\"Unknown\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(encrypt(&unknown).starts_with("2 validation errors"), "what is unknown is skipped however deep");
    let tokens = ["\"t\""; 200_000].join(",");
    let text = encrypt(&format!(r#"{{"GrantTokens":[{tokens}]}}"#));
    assert_eq!(text, "S: The request has too many values");
}

#[test]
fn operations_are_found_by_their_target() {
    assert_eq!(Operation::from_target("TrentService.Encrypt"), Some(Operation::Encrypt));
    for target in
        ["Encrypt", "TrentService.encrypt", "Trent.Encrypt", "TrentService.Encrypt.", ".Encrypt", ""]
    {
        assert_eq!(Operation::from_target(target), None, "{target}");
    }
    assert_eq!(Operation::ALL.len(), 56);
    assert!(
        Operation::ALL.iter().all(|operation| Operation::from_name(operation.name()) == Some(*operation))
    );
}

#[test]
fn an_error_carries_its_type_and_its_text_and_no_empty_text() {
    let answer = json::error_answer(&SERVICE, &NotFoundException::new("Key 'x' does not exist"));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.content_type, "application/x-amz-json-1.1");
    assert_eq!(answer.headers, [("x-amzn-ErrorType".to_owned(), "NotFoundException".to_owned())]);
    assert_eq!(answer.body, br#"{"__type":"NotFoundException","message":"Key 'x' does not exist"}"#);
    let unknown: CommonError = WireError::UnknownOperation(None).into();
    assert_eq!(json::error_answer(&SERVICE, &unknown).body, br#"{"__type":"UnknownOperationException"}"#);
    let empty = NotFoundException::new("");
    assert_eq!(json::error_answer(&SERVICE, &empty).body, br#"{"__type":"NotFoundException"}"#);
}

#[test]
fn the_services_own_faults_are_5xx_and_all_else_is_400() {
    let faults: Vec<&str> = Operation::ALL
        .iter()
        .flat_map(|operation| operation.info().errors)
        .filter(|error| error.fault)
        .map(|error| error.json.code)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(faults, ["DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException"]);
    for error in Operation::ALL.iter().flat_map(|operation| operation.info().errors) {
        assert_eq!(error.json.status, if error.fault { 500 } else { 400 }, "{}", error.json.code);
    }
}

#[test]
fn an_output_omits_what_is_absent_and_writes_moments_as_seconds() {
    use gatekey_model::kms::{DescribeKeyResponse, KeyMetadata, KeyState};
    let metadata = KeyMetadata {
        key_id: "k".to_owned(),
        creation_date: Some(gatekey_model::EpochSeconds::from_millis(1_572_216_195_000)),
        key_state: Some(KeyState::Enabled),
        ..KeyMetadata::default()
    };
    let answer =
        json::answer(Operation::DescribeKey.info(), &DescribeKeyResponse { key_metadata: Some(metadata) })
            .unwrap();
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(text, r#"{"KeyMetadata":{"KeyId":"k","CreationDate":1572216195.0,"KeyState":"Enabled"}}"#);
    let empty = json::answer(Operation::EnableKey.info(), &gatekey_model::NoOutput {}).unwrap();
    assert_eq!(empty.body, b"");
}

#[test]
fn common_errors_have_the_names_that_each_protocol_gives_them() {
    let error: CommonError = WireError::Validation { text: "text".to_owned(), kept: String::new() }.into();
    assert_eq!((error.code(), error.status(), error.message()), ("ValidationException", 400, Some("text")));
    assert_eq!((error.info().query.code, error.info().query.status), ("ValidationError", 400));
}

#[test]
fn list_keys_takes_an_empty_object() {
    assert!(json::decode::<ListKeysRequest>(b"{}", &shapes::LIST_KEYS_REQUEST).is_ok());
}
