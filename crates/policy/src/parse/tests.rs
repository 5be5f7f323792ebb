use super::*;
use crate::named::{Named, PrincipalMember};
use proptest::prelude::*;

fn key(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text, Kind::Key)
}

fn statement(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

const GOOD: &str = r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#;

#[track_caller]
fn refused(kind: Kind, text: &str, pointer: &str, words: &str) -> PolicyError {
    let error = Policy::parse(text, kind).expect_err(text);
    let all = format!("{} {} {}", error.message, error.detail, error.hint.clone().unwrap_or_default());
    assert!(all.contains(words), "{all}");
    assert_eq!(error.at.pointer, pointer, "{all}");
    error
}

#[test]
fn a_lawful_document_is_read_with_all_its_parts() {
    let text = statement(
        r#""Sid":"Allow use of the key","Effect":"Deny","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/r"],"Service":"ec2.amazonaws.com"},
        "NotAction":["kms:Get*","kms:List*"],"NotResource":"*","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":3600},"Bool":{"aws:SecureTransport":[true,"false"]}}"#,
    );
    let policy = key(&text).unwrap();
    let only = &policy.statements()[0];
    assert_eq!((only.effect, &*only.sid.as_ref().unwrap().text), (Effect::Deny, "Allow use of the key"));
    let block = only.principal.as_ref().unwrap();
    assert!(block.negated);
    assert!(matches!(block.elements[0].named, Named::Account(_)));
    assert_eq!(block.elements[2].member, PrincipalMember::Service);
    assert!(only.action.as_ref().unwrap().negated && only.resource.as_ref().unwrap().negated);
    assert_eq!(only.conditions.len(), 2);
    assert_eq!(&*only.conditions[0].values[0].text, "3600");
    assert_eq!(only.conditions[1].values[1].span.of(&text), "\"false\"");
}

#[test]
fn a_single_statement_may_stand_without_a_list() {
    assert_eq!(key(&format!(r#"{{"Statement":{{{GOOD}}}}}"#)).unwrap().statements().len(), 1);
}

#[test]
fn without_a_version_the_old_one_is_meant() {
    assert_eq!(key(&format!(r#"{{"Statement":[{{{GOOD}}}]}}"#)).unwrap().version(), Version::V2008);
    assert_eq!(key(&statement(GOOD)).unwrap().version(), Version::V2012);
    refused(
        Kind::Key,
        &format!(r#"{{"Version":"2012-10-18","Statement":[{{{GOOD}}}]}}"#),
        "/Version",
        "2012-10-17",
    );
}

#[test]
fn faults_of_form_are_placed_by_line_column_and_pointer() {
    let error = refused(
        Kind::Key,
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [ }\n",
        "",
        "value was expected",
    );
    assert_eq!((error.class, error.at.line, error.at.column), (ErrorClass::Malformed, 3, 18));
    refused(Kind::Key, "[]", "", "JSON object");
    refused(Kind::Key, "{}", "", "no `Statement`");
    refused(Kind::Key, r#"{"Statement":[]}"#, "/Statement", "empty");
    refused(Kind::Key, r#"{"Statement":[1]}"#, "/Statement/0", "JSON object");
    refused(
        Kind::Key,
        &format!(r#"{{"Statment":1,"Statement":{{{GOOD}}}}}"#),
        "/Statment",
        "no element is called",
    );
    refused(
        Kind::Key,
        &statement(&format!("{GOOD},\"effect\":\"Deny\"")),
        "/Statement/0/effect",
        "write `Effect`",
    );
    refused(Kind::Key, &statement(&format!("{GOOD},\"Effect\":\"Allow\"")), "/Statement/0/Effect", "twice");
    refused(
        Kind::Key,
        &statement(&GOOD.replace("Allow", "allow")),
        "/Statement/0/Effect",
        "`Allow` or `Deny`",
    );
    refused(
        Kind::Key,
        &statement(&format!("{GOOD},\"NotAction\":\"kms:*\"")),
        "/Statement/0/NotAction",
        "not both",
    );
    refused(
        Kind::Key,
        &statement(&format!("{GOOD},\"NotResource\":\"*\"")),
        "/Statement/0/NotResource",
        "not both",
    );
    refused(
        Kind::Key,
        &statement(&format!("{GOOD},\"NotPrincipal\":\"*\"")),
        "/Statement/0/NotPrincipal",
        "not both",
    );
    refused(Kind::Key, &statement(&GOOD.replace("\"kms:*\"", "[]")), "/Statement/0/Action", "empty");
    refused(Kind::Key, &statement(&GOOD.replace("\"kms:*\"", "[1]")), "/Statement/0/Action/0", "text");
    refused(Kind::Key, &statement(&GOOD.replace("kms:*", "Decrypt")), "/Statement/0/Action", "`kms:Decrypt`");
}

#[test]
fn kms_takes_a_statement_without_action_or_resource_and_iam_does_not() {
    for lacking in [
        r#""Effect":"Allow","Principal":"*","Action":"kms:*""#,
        r#""Effect":"Allow","Principal":"*","Resource":"*""#,
    ] {
        assert!(key(&statement(lacking)).is_ok());
    }
    refused(
        Kind::Identity,
        &statement(r#""Effect":"Allow","Resource":"*""#),
        "/Statement/0",
        "must contain actions",
    );
    refused(
        Kind::Identity,
        &statement(r#""Effect":"Allow","Action":"*""#),
        "/Statement/0",
        "must contain resources",
    );
}

#[test]
fn principals_that_can_be_nobody_are_refused_with_the_words_of_kms() {
    for bad in [
        r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:group/g"}"#,
        r#"{"AWS":"arn:aws:iam::${ACCOUNT}:root"}"#,
        r#"{"AWS":"alice"}"#,
        r#"{"AWS":["*","nobody"]}"#,
        r#"{"Service":"ec2"}"#,
        r#"{"Service":"*"}"#,
        r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        r#""alice""#,
        r#"{}"#,
    ] {
        let error = key(&statement(&GOOD.replace("\"Principal\":\"*\"", &format!("\"Principal\":{bad}"))))
            .unwrap_err();
        assert_eq!(error.message, INVALID_PRINCIPALS, "{bad}");
        assert!(error.at.pointer.starts_with("/Statement/0/Principal"), "{bad} {}", error.at.pointer);
    }
    let none = statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#);
    assert_eq!(key(&none).unwrap_err().message, INVALID_PRINCIPALS);
    let typo = statement(&GOOD.replace("\"Principal\":\"*\"", "\"Principal\":{\"aws\":\"*\"}"));
    refused(Kind::Key, &typo, "/Statement/0/Principal/aws", "write `AWS`");
}

#[test]
fn conditions_are_checked() {
    let with = |condition: &str| statement(&format!("{GOOD},\"Condition\":{condition}"));
    let at = "/Statement/0/Condition";
    refused(Kind::Key, &with("[]"), at, "object");
    refused(
        Kind::Key,
        &with(r#"{"stringEquals":{"a:b":"c"}}"#),
        &format!("{at}/stringEquals"),
        "write `StringEquals`",
    );
    refused(
        Kind::Key,
        &with(r#"{"NullIfExists":{"a:b":"c"}}"#),
        &format!("{at}/NullIfExists"),
        "Invalid Condition type",
    );
    refused(Kind::Key, &with(r#"{"StringEquals":"x"}"#), &format!("{at}/StringEquals"), "object");
    refused(Kind::Key, &with(r#"{"StringEquals":{"ab":"c"}}"#), &format!("{at}/StringEquals/ab"), "vendor");
    refused(
        Kind::Key,
        &with(r#"{"StringEquals":{"a:b/c":null}}"#),
        &format!("{at}/StringEquals/a:b~1c"),
        "texts",
    );
    refused(
        Kind::Key,
        &with(r#"{"StringEquals":{"a:b":[{}]}}"#),
        &format!("{at}/StringEquals/a:b/0"),
        "texts",
    );
    refused(
        Kind::Key,
        &with(r#"{"StringEquals":{"a:b":"c","a:b":"d"}}"#),
        &format!("{at}/StringEquals/a:b"),
        "twice",
    );
    assert!(key(&with("{}")).is_ok() && key(&with(r#"{"StringEquals":{"x:y":[]}}"#)).is_ok());
    assert!(key(&with(r#"{"StringEquals":{"made:up":"c"}}"#)).is_ok(), "unknown keys are taken");
}

#[test]
fn inferred_is_overly_permissive_whatever_the_effect() {
    for (lacking, name) in [("encryption context", "kms:EncryptionContext:a"), ("tag", "aws:RequestTag/a")] {
        for effect in ["Allow", "Deny"] {
            let condition = format!(r#""Condition":{{"ForAllValues:StringEquals":{{"{name}":"1"}}}}"#);
            let text = statement(&format!("{},{condition}", GOOD.replace("Allow", effect)));
            let error = key(&text).unwrap_err();
            assert!(
                error.message.starts_with("OverlyPermissiveCondition: ") && error.message.contains(lacking),
                "{error}"
            );
        }
    }
    let many = r#""Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}}"#;
    assert!(key(&statement(&format!("{GOOD},{many}"))).is_ok());
}

#[test]
fn each_kind_has_its_grammar() {
    let identity = statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#);
    for kind in [Kind::Identity, Kind::Session, Kind::ServiceControl] {
        assert!(Policy::parse(&identity, kind).is_ok());
        refused(kind, &statement(GOOD), "/Statement/0/Principal", "should not specify a principal");
    }
    refused(
        Kind::Identity,
        &statement(r#""Effect":"Allow","Action":"kms:*","Resource":"alias/a""#),
        "/Statement/0/Resource",
        "ARN format",
    );
    refused(
        Kind::Identity,
        &statement(r#""Sid":"a b","Effect":"Allow","Action":"kms:*","Resource":"*""#),
        "/Statement/0/Sid",
        "alpha-numeric",
    );
    let twice = format!(
        r#"{{"Statement":[{s},{s}]}}"#,
        s = r#"{"Sid":"a","Effect":"Allow","Action":"kms:*","Resource":"*"}"#
    );
    refused(Kind::Identity, &twice, "/Statement/1/Sid", "must be unique");
    let trust = r#""Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRole""#;
    assert!(Policy::parse(&statement(trust), Kind::Trust).is_ok());
    refused(
        Kind::Trust,
        &statement(&format!("{trust},\"Resource\":\"*\"")),
        "/Statement/0/Resource",
        "prohibited field Resource",
    );
    refused(
        Kind::Trust,
        &statement(
            &trust
                .replace("Principal", "Sid")
                .replace("{\"Federated\":\"cognito-identity.amazonaws.com\"}", "\"x\""),
        ),
        "/Statement/0",
        "Missing required field Principal",
    );
    assert!(Policy::parse(&statement(&GOOD.replace("Allow", "Deny")), Kind::ResourceControl).is_ok());
    let named = GOOD.replace("\"*\",\"Action\"", "{\"AWS\":\"111122223333\"},\"Action\"");
    refused(Kind::ResourceControl, &statement(&named), "/Statement/0/Principal", "principal \"*\"");
    refused(
        Kind::ResourceControl,
        &statement(&GOOD.replace("\"Action\"", "\"NotAction\"")),
        "/Statement/0/NotAction",
        "no `NotAction`",
    );
}

#[test]
fn sizes_are_held_to_and_white_space_counts_where_aws_counts_it() {
    let padded = |length: usize| format!("{}{}", statement(GOOD), " ".repeat(length - statement(GOOD).len()));
    assert!(key(&padded(32_768)).is_ok());
    assert_eq!(key(&padded(32_769)).unwrap_err().class, ErrorClass::TooLarge);
    let identity = statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#);
    assert!(Policy::parse(&format!("{identity}{}", " ".repeat(20_000)), Kind::Identity).is_ok());
    let long = identity.replace("kms:*", &format!("kms:{}", "x".repeat(10_240)));
    assert_eq!(Policy::parse(&long, Kind::Identity).unwrap_err().class, ErrorClass::TooLarge);
}

#[test]
fn characters_beyond_latin_1_are_a_validation_error_with_a_hint_at_typographic_quotes() {
    let error = key("{\u{201c}Version\u{201d}:1}").unwrap_err();
    assert_eq!((error.class, error.at.column), (ErrorClass::Validation, 2));
    assert!(error.hint.unwrap().contains("typographic"));
    assert!(key(&statement(&format!("{GOOD},\"Sid\":\"é\""))).is_ok());
}

#[test]
fn a_damaged_statement_that_is_read_back_never_allows_and_always_denies() {
    use crate::testing::Case;
    let read = |effect: &str| {
        let open = format!("{{{GOOD}}}");
        let damaged = format!(
            r#"{{"Effect":"{effect}","Principal":{{"AWS":"alice"}},"Action":"s3:*","Resource":"*"}}"#
        );
        Policy::read_stored(&format!(r#"{{"Statement":[{open},{damaged}]}}"#), Kind::Key, Pins::new())
    };
    let decide = |policy: Policy| {
        Case::new("A:user/u", "kms:Decrypt")
            .with(|case| case.key_policy = Some(policy.into()))
            .decide()
            .outcome
    };
    assert_eq!(decide(read("Allow")), crate::Outcome::Allow);
    assert_eq!(decide(read("Deny")), crate::Outcome::ExplicitDeny);
    for garbage in ["", "{", "[]", "{\"Statement\":3}", "\u{0}", "{\"Statement\":[7]}"] {
        let policy = Policy::read_stored(garbage, Kind::Key, Pins::new());
        assert_eq!(decide(policy), crate::Outcome::ExplicitDeny, "{garbage:?}");
    }
}

#[test]
fn inferred_same_operator_is_spelt_with_the_same_case() {
    let with = |operator: &str| statement(&format!(r#"{GOOD},"Condition":{{"{operator}":{{"a:b":"c"}}}}"#));
    assert!(key(&with("StringEquals")).is_ok());
    let error = key(&with("stringequals")).unwrap_err();
    assert_eq!(error.class, ErrorClass::Malformed);
}

#[test]
fn inferred_text_of_faults_of_form_is_one_for_all() {
    for bad in ["", "[]", "{}", r#"{"Statement":[]}"#, r#"{"Version":"2020-01-01","Statement":[]}"#] {
        assert_eq!(key(bad).unwrap_err().message, "Policy contains syntax errors.", "{bad:?}");
    }
}

#[test]
fn a_statement_is_damaged_however_many_problems_came_before_it() {
    use crate::testing::Case;
    let bad = |action: &str| {
        format!(r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"*","Condition":[]}}"#)
    };
    let statements = vec![bad("s3:Get*"); 2 * MOST_PROBLEMS].join(",") + "," + &bad("kms:*");
    let text = format!(r#"{{"Statement":[{statements}]}}"#);
    assert_eq!(Policy::examine(&text, Kind::Key).1.len(), MOST_PROBLEMS);
    let policy = Policy::read_stored(&text, Kind::Key, Pins::new());
    assert!(policy.statements().iter().all(|statement| statement.is_damaged));
    Case::new("A:user/u", "kms:Decrypt")
        .with(|case| case.key_policy = Some(policy.into()))
        .denied(crate::Layer::Resource);
}

#[test]
fn every_problem_is_told_up_to_a_number() {
    let two = statement(&GOOD.replace("Allow", "allow").replace("kms:*", "Decrypt"));
    assert_eq!(Policy::examine(&two, Kind::Key).1.len(), 2);
    let many = format!("{{{}\"Statement\":[]}}", "\"x\":1,".repeat(1_000));
    assert_eq!(Policy::examine(&many, Kind::Key).1.len(), MOST_PROBLEMS);
}

proptest! {
    /// Any text gives an answer, strict and lenient, and what is accepted can be laid out and read again.
    #[test]
    fn any_text_gives_an_answer(text in "\\PC{0,80}") {
        let _ = Policy::parse(&text, Kind::Key);
        let _ = Policy::read_stored(&text, Kind::Trust, Pins::new()).render(&|_| None);
    }

    /// A document with a piece torn out or doubled.
    #[test]
    fn a_torn_document_gives_an_answer(from in 0..600_usize, length in 0..40_usize, doubled: bool) {
        let text = include_str!("torn.json");
        let (from, to) = (from.min(text.len()), (from + length).min(text.len()));
        let torn = match doubled {
            true => format!("{}{}", &text[..to], &text[from..]),
            false => format!("{}{}", &text[..from], &text[to..]),
        };
        for kind in [Kind::Key, Kind::Identity, Kind::Trust, Kind::ResourceControl] {
            if let Ok(policy) = Policy::parse(&torn, kind) {
                let again = Policy::parse(&policy.render(&|_| None), kind).unwrap();
                prop_assert_eq!(again.statements().len(), policy.statements().len());
            }
            let _ = Policy::read_stored(&torn, kind, Pins::new());
        }
    }
}
