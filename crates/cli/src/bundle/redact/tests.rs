use super::*;
use proptest::prelude::*;
use serde_json::json;

fn redacted(text: &str) -> String {
    Redactor::default().text(text)
}

#[test]
fn times_versions_actions_and_ids_of_keys_stay() {
    for text in [
        "2026-11-27T03:54:05Z",
        "12:34:56",
        "2012-10-17",
        "aws-cli/2.19.1",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "because no resource-based policy allows the kms:Decrypt action",
        "kms.us-east-1.amazonaws.com",
        "secretsmanager:GetSecretValue",
        "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.",
        "0a1b2c3d-0000-4000-8000-000000000001",
        "key/0a1b2c3d-0000-4000-8000-111122223333",
        "mrk-0a1b2c3d000040008000000000000001",
        "RSASSA_PKCS1_V1_5_SHA_256",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn arns_keep_what_they_are_and_lose_whose_they_are() {
    for (text, told) in [
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::account-1:root"),
        ("arn:aws:iam::111122223333:user/division/alice", "arn:aws:iam::account-1:user/user-1"),
        (
            "arn:aws:sts::111122223333:assumed-role/Ops/alice@corp.example",
            "arn:aws:sts::account-1:assumed-role/role-1/session-1",
        ),
        (
            "arn:aws:kms:us-east-1:111122223333:alias/payments",
            "arn:aws:kms:us-east-1:account-1:alias/alias-1",
        ),
        ("arn:aws:kms:us-east-1:111122223333:alias/aws/ssm", "arn:aws:kms:us-east-1:account-1:alias/aws/ssm"),
        (
            "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001",
            "arn:aws:kms:us-east-1:account-1:key/0a1b2c3d-0000-4000-8000-000000000001",
        ),
        ("arn:aws:kms:us-east-1:111122223333:key/alice", "arn:aws:kms:us-east-1:account-1:resource-1"),
        ("arn:aws:s3:::bucket/alice", "arn:aws:s3:::resource-1"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess"),
        (
            "User: arn:aws:iam::111122223333:user/alice is not",
            "User: arn:aws:iam::account-1:user/user-1 is not",
        ),
        ("(arn:aws:iam::111122223333:role/r).", "(arn:aws:iam::account-1:role/role-1)."),
    ] {
        assert_eq!(redacted(text), told, "{text}");
    }
}

#[test]
fn whoever_could_get_in_with_it_and_where_they_are_is_taken_out() {
    for (text, gone) in [
        ("AKIAIOSFODNN7EXAMPLE", "AKIA"),
        ("keyASIAIOSFODNN7EXAMPLEx", "ASIAIOSF"),
        ("AROAIOSFODNN7EXAMPLE:session", "AROA"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalr"),
        ("password=hunter2&x=1", "hunter2"),
        ("\"password\": \"hunter2\"", "hunter2"),
        ("client_secret: hunter2", "hunter2"),
        ("Authorization: Bearer abc.def", "abc"),
        ("bearer abcdef", "abcdef"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("mail alice.b+c@mail.corp.example now", "alice"),
        ("acct111122223333x", "1111"),
        ("1111-2222-3333", "2222"),
        ("v10.0.0.1:443", "10.0.0.1"),
        ("[2001:db8::1]:4599", "2001:db8"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
    ] {
        let told = redacted(text);
        assert!(!told.contains(gone), "{text}: {told}");
    }
    assert_eq!(
        redacted("from 10.0.0.1:443 to 10.0.0.2, 10.0.0.1"),
        "from address-1:443 to address-2, address-1"
    );
}

#[test]
fn a_policy_keeps_awss_words_and_whoever_is_meant_is_the_same_everywhere() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Let Ops in", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:Get*"], "Resource": "*",
        "Principal": {"AWS": ["arn:aws:iam::111122223333:role/Ops", "444455556666", "mallory"], "Service": "logs.amazonaws.com"},
        "Condition": {"StringEquals": {"kms:EncryptionContext:patient": "Bob Smith", "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            "aws:PrincipalTag/team": ["Ops", "blue"]}, "Bool": {"aws:SecureTransport": true}, "NumericEquals": {"x": 7731}},
        "Conditoin": {"StringEquals": {"x": "hidden"}}}]});
    let mut redactor = Redactor::default();
    redactor.policy(&policy.to_string());
    let told: Value = serde_json::from_str(&redactor.policy(&policy.to_string())).unwrap();
    let statement = &told["Statement"][0];
    assert_eq!(statement["Sid"], "Let role-1 in");
    assert_eq!(statement["Action"], json!(["kms:Decrypt", "kms:Get*"]));
    assert_eq!(statement["Principal"]["AWS"][0], "arn:aws:iam::account-1:role/role-1");
    assert_eq!(statement["Principal"]["AWS"][1], "account-2");
    assert_eq!(statement["Principal"]["AWS"][2], "name-1");
    assert_eq!(statement["Principal"]["Service"], "logs.amazonaws.com");
    let condition = &statement["Condition"];
    assert_eq!(condition["StringEquals"]["kms:ViaService"], "ssm.us-east-1.amazonaws.com");
    assert_eq!(condition["StringEquals"]["aws:PrincipalTag/team"][0], "role-1");
    assert_eq!(condition["Bool"]["aws:SecureTransport"], true);
    for gone in ["Bob", "Ops", "blue", "hidden", "7731", "mallory", "111122223333", "444455556666"] {
        assert!(!told.to_string().contains(gone), "{gone}: {told}");
    }
    let listed = redactor.listing();
    assert!(listed.contains(&("role-1", "the name of a role")), "{listed:?}");
}

#[test]
fn a_policy_that_cannot_be_read_keeps_its_form() {
    let told = Redactor::default().policy("{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Principal\": \"bob\", \"Action\": \"kms:*\" \"tenant:acme\": hush}");
    let wanted = "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Principal\": \"value-1\", \"Action\": \"kms:*\" \"value-2\": value-3}";
    assert_eq!(told, wanted);
}

#[test]
fn what_an_answer_says_of_conditions_is_taken_out_by_their_keys() {
    let answer = json!({
        "Conditions": [{"Key": "kms:EncryptionContext:patient", "Operator": "StringEquals", "Wanted": ["Bob"], "Seen": ["Eve"]},
            "only with the encryption context patient=Bob", "only with MFA"],
        "DependsOn": ["an address: aws:SourceIp IpAddress \"10.0.0.0/8\"", "being the only one who can"],
        "Name": "inline", "Why": "RollbackKeyPolicy to version 1: Bob has left", "Description": "of Bob", "Line": 3});
    let told = Redactor::default().json(&answer, Source::Answer);
    let wanted = json!({
        "Conditions": [{"Key": "kms:EncryptionContext:patient", "Operator": "StringEquals", "Wanted": ["value-2"], "Seen": ["value-1"]},
            "condition-1", "only with MFA"],
        "DependsOn": ["an address: condition-2", "being the only one who can"],
        "Name": "policy-1", "Why": "RollbackKeyPolicy to version 1: value-4", "Description": "value-3", "Line": 3});
    assert_eq!(told, wanted);
}

#[test]
fn of_parameters_only_those_stay_that_hold_no_more_than_awss_words() {
    let parameters = json!({"keyId": "alias/payments", "keySpec": "AES_256", "description": "of Bob", "tags": [{"tagValue": "Bob"}],
        "encryptionContext": {"patient": "Bob"}, "constraints": {"encryptionContextSubset": {"patient": "Bob"}}});
    let told = Redactor::default().json(&parameters, Source::Parameters);
    assert_eq!(told["keyId"], "alias/alias-1");
    assert_eq!(told["keySpec"], "AES_256");
    assert_eq!(told["encryptionContext"], told["constraints"]["encryptionContextSubset"]);
    assert!(!told.to_string().contains("Bob"), "{told}");
}

/// What stands around something in a log: nothing that would make another number or address of it.
fn around() -> impl Strategy<Value = String> {
    prop_oneof![
        "",
        "[ -~&&[^0-9.:%A-Fa-f-]]{0,12}",
        "[a-zA-Z =;,\"'(\\[{<|\\\\]{0,8}[ =;,\"'(\\[{<|\\\\]",
        "\\PC{0,6} "
    ]
}

fn account() -> impl Strategy<Value = String> {
    "[1-9][0-9]{11}"
}

fn access_key() -> impl Strategy<Value = String> {
    "(AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}"
}

fn address() -> impl Strategy<Value = String> {
    any::<std::net::IpAddr>()
        .prop_map(|address| address.to_string())
        .prop_filter("written out", |text| text.len() > 6)
}

/// Thirty bytes as AWS writes secret keys; those that are all zeros are no secret.
fn secret_key() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9+/]{39}[A-Z0-9]"
}

proptest! {
    #[test]
    fn no_account_access_key_address_or_secret_survives_whatever_stands_around_it(
        before in around(), after in around(), secret in prop_oneof![account(), access_key(), address(), secret_key()],
    ) {
        let text = format!("{before}{secret}{after}");
        let told = redacted(&text);
        prop_assert!(!told.contains(&secret), "{}", told);
        for source in [Source::Answer, Source::Policy, Source::Parameters] {
            let told = Redactor::default().json(&json!({"m": [text], text.clone(): 1}), source).to_string();
            prop_assert!(!told.contains(&secret), "{}", told);
        }
        prop_assert!(!Redactor::default().policy(&text).contains(&secret));
    }

    #[test]
    fn no_name_in_an_arn_survives(before in around(), account in account(), after in around(),
        kind in "(user|role|group)/([a-z]{1,5}/)?", name in "qz[a-zA-Z0-9+=,.@_-]{3,20}") {
        prop_assume!(!before.contains("qz") && !after.contains("qz"));
        let told = redacted(&format!("{before}arn:aws:iam::{account}:{kind}{name}{after}"));
        prop_assert!(!told.contains(&account) && !told.contains("qz"), "{}", told);
    }

    #[test]
    fn no_value_of_a_condition_or_a_context_survives(value in "qz[ -~]{0,20}", key in "[a-pA-P:/]{1,20}", operator in "[a-pA-P:]{1,20}") {
        let policy = json!({"Statement": {"Condition": {operator: {format!("kms:EncryptionContext:{key}"): [value]}}}});
        prop_assert!(!Redactor::default().policy(&policy.to_string()).contains("qz"));
        let broken = format!("{}{{", policy);
        prop_assert!(!Redactor::default().policy(&broken).contains("qz"));
        let context = json!({"encryptionContext": {key: value}});
        prop_assert!(!Redactor::default().json(&context, Source::Parameters).to_string().contains("qz"));
    }

    #[test]
    fn the_same_text_gets_the_same_mark_and_others_another(one in access_key(), other in access_key()) {
        let mut redactor = Redactor::default();
        let (first, again) = (redactor.text(&one), redactor.text(&format!("({one})")));
        prop_assert_eq!(format!("({first})"), again);
        prop_assert_eq!(one == other, first == redactor.text(&other));
    }

    #[test]
    fn any_text_and_any_json_is_redacted_without_panic(text in "\\PC*", number in any::<f64>()) {
        redacted(&text);
        Redactor::default().policy(&text);
        Redactor::default().json(&json!({text.clone(): [text, number]}), Source::Policy);
    }
}
