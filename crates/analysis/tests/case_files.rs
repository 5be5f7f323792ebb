//! Files of cases: three formats, one meaning; and nothing wrong goes unseen.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as tests do")]

use gatekey_analysis::cases::{self, CaseError, Format, Reading};
use proptest::prelude::*;

const JSON: &str = r#"[{
  "name": "the user whom the key policy names needs no IAM policy",
  "request": {
    "principal": "arn:aws:iam::111122223333:user/ann",
    "action": "kms:Decrypt",
    "resource": "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001",
    "context": {"kms:EncryptionContext:app": "shop", "aws:TagKeys": ["a", "b"], "aws:MultiFactorAuthPresent": true}
  },
  "resourcePolicy": {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "kms:Decrypt", "Resource": "*",
                   "Condition": {"StringEquals": {"kms:EncryptionContext:app": "shop"}}}]
  },
  "expect": {"decision": "allow", "layer": "resource-based"}
}]"#;

const YAML: &str = r"
- name: the user whom the key policy names needs no IAM policy
  request:
    principal: arn:aws:iam::111122223333:user/ann
    action: kms:Decrypt
    resource: arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001
    context:
      kms:EncryptionContext:app: shop
      aws:TagKeys: [a, b]
      aws:MultiFactorAuthPresent: true
  resourcePolicy:
    Version: 2012-10-17
    Statement:
      - Effect: Allow
        Principal: {AWS: 'arn:aws:iam::111122223333:user/ann'}
        Action: kms:Decrypt
        Resource: '*'
        Condition: {StringEquals: {'kms:EncryptionContext:app': shop}}
  expect: {decision: allow, layer: resource-based}
";

const TOML: &str = r#"
[[cases]]
name = "the user whom the key policy names needs no IAM policy"
expect = { decision = "allow", layer = "resource-based" }

[cases.request]
principal = "arn:aws:iam::111122223333:user/ann"
action = "kms:Decrypt"
resource = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
context = { "kms:EncryptionContext:app" = "shop", "aws:TagKeys" = ["a", "b"], "aws:MultiFactorAuthPresent" = true }

[cases.resourcePolicy]
Version = 2012-10-17

[[cases.resourcePolicy.Statement]]
Effect = "Allow"
Principal = { AWS = "arn:aws:iam::111122223333:user/ann" }
Action = "kms:Decrypt"
Resource = "*"
Condition = { StringEquals = { "kms:EncryptionContext:app" = "shop" } }
"#;

#[test]
fn three_formats_give_the_same_case_and_result() {
    let outcome = |text, format| {
        let cases = cases::load(text, format, Reading::AsWritten).unwrap();
        assert_eq!(cases.len(), 1);
        let result = cases[0].run();
        assert!(result.passed(), "{format:?}: {:?}", result.mismatches);
        format!("{:?}", cases[0])
    };
    // All that differs is nothing: the cases are equal to the last policy statement.
    let json = outcome(JSON, Format::Json);
    assert_eq!(json, outcome(YAML, Format::Yaml));
    assert_eq!(json, outcome(TOML, Format::Toml));
}

fn error(text: &str, format: Format) -> CaseError {
    cases::load(text, format, Reading::AsWritten).unwrap_err()
}

/// The first case of [`JSON`] with one text replaced by another.
fn changed(from: &str, to: &str) -> CaseError {
    assert!(JSON.contains(from), "{from}");
    error(&JSON.replacen(from, to, 1), Format::Json)
}

#[test]
fn a_misspelt_member_is_refused_with_its_place_and_what_was_meant() {
    let wrong = changed("\"action\"", "\"acton\"");
    assert_eq!(wrong.pointer, "/0/request/acton");
    assert_eq!(wrong.message, "unknown member \"acton\" (did you mean \"action\"?)");
    assert_eq!(wrong.position.map(|at| at.line), Some(5));
    for (from, to) in [
        ("\"resourcePolicy\"", "\"keyPolicy\""),
        ("\"expect\"", "\"expected\""),
        ("\"layer\": \"resource-based\"", "\"why\": \"x\""),
    ] {
        assert!(changed(from, to).message.starts_with("unknown member"), "{to}");
    }
}

#[test]
fn unlawful_values_are_refused_by_name() {
    for (from, to, says) in [
        ("kms:Decrypt", "kms:Decript", "KMS has no action \"Decript\" (did you mean \"Decrypt\"?)"),
        (":user/ann", ":group/ann", "is not the ARN of"),
        ("\"decision\": \"allow\"", "\"decision\": \"alow\"", "(did you mean \"allow\"?)"),
        ("\"layer\": \"resource-based\"", "\"layer\": \"key-policy\"", "is no layer"),
        ("arn:aws:kms:us-east-1", "kms", "is not an ARN"),
        ("true", "{}", "a value of the context"),
    ] {
        let message = changed(from, to).message;
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_policy_that_aws_refuses_is_refused_at_its_place() {
    let wrong = changed("\"Effect\": \"Allow\"", "\"Effect\": \"allow\"");
    assert_eq!(wrong.pointer, "/0/resourcePolicy/Statement/0/Effect");
    assert_eq!(wrong.position.map(|at| at.line), Some(11), "{wrong}");
}

#[test]
fn what_was_stored_once_is_read_and_what_aws_would_refuse_in_it_never_allows() {
    let text = JSON.replace(
        "\"AWS\": \"arn:aws:iam::111122223333:user/ann\"",
        "\"AWS\": [\"arn:aws:iam::111122223333:user/*\", \"arn:aws:iam::111122223333:user/ann\"]",
    );
    assert!(cases::load(&text, Format::Json, Reading::AsWritten).is_err());
    let cases = cases::load(&text, Format::Json, Reading::AsStored).unwrap();
    assert_eq!(cases[0].run().decision, cases::Decision::ImplicitDeny);
    let one = text.replacen("\"name\":", "\"stored\": true, \"name\":", 1);
    let cases = cases::load(&one, Format::Json, Reading::AsWritten).unwrap();
    assert_eq!(cases[0].run().decision, cases::Decision::ImplicitDeny, "the case itself can say so");
}

#[test]
fn what_is_no_case_is_an_error() {
    for (text, format) in [
        ("", Format::Json),
        ("7", Format::Json),
        ("{}", Format::Json),
        ("[{}]", Format::Json),
        ("{\"cases\": [], \"other\": 1}", Format::Json),
        ("", Format::Yaml),
        ("- 1", Format::Yaml),
        ("a: !tag x", Format::Yaml),
        ("", Format::Toml),
        ("x = ", Format::Toml),
    ] {
        assert!(cases::load(text, format, Reading::AsWritten).is_err(), "{text:?}");
    }
    assert_eq!(cases::load("[]", Format::Json, Reading::AsWritten).map(|cases| cases.len()).ok(), Some(0));
}

proptest! {
    #[test]
    fn any_text_gives_an_answer(text in "\\PC{0,200}") {
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            let _ = cases::load(&text, format, Reading::AsWritten);
        }
    }

    #[test]
    fn a_case_cut_off_or_with_a_byte_changed_gives_an_answer(at in 0..JSON.len(), byte in 32_u8..127) {
        let mut bytes = JSON.as_bytes().to_vec();
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        for text in [&JSON[..at], &changed] {
            let _ = cases::load(text, Format::Json, Reading::AsWritten).map(|cases| cases.iter().map(cases::Case::run).count());
        }
    }
}
