use crate::testing::*;
use crate::*;

/// Whether an Allow with this condition applies to a request with these keys.
fn holds(condition: &str, change: impl FnOnce(&mut Context<'static>)) -> bool {
    held(condition, change, "2012-10-17")
}

fn held(condition: &str, change: impl FnOnce(&mut Context<'static>), version: &str) -> bool {
    let text = format!(
        r#"{{"Version":"{version}","Statement":[{{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{condition}}}]}}"#
    );
    let policy = Policy::parse(&text, Kind::Key).unwrap_or_else(|e| panic!("{e} {}", e.detail));
    let case = Case::new("A:user/u", "kms:Decrypt").with(|case| {
        case.key_policy = Some(policy.into());
        change(&mut case.context);
    });
    case.decide().is_allowed()
}

fn one(value: &'static str) -> impl FnOnce(&mut Context<'static>) {
    move |context| {
        context.set("x:k", value);
    }
}

fn many(values: &'static [&'static str]) -> impl FnOnce(&mut Context<'static>) {
    move |context| {
        context.set_many("x:k", values.iter().copied());
    }
}

fn nothing(_: &mut Context<'static>) {}

fn condition(operator: &str, values: &str) -> String {
    format!(r#"{{"{operator}":{{"x:k":{values}}}}}"#)
}

#[test]
fn each_operator_compares_as_documented() {
    for (operator, values, value, expected) in [
        ("StringEquals", r#"["a","b"]"#, "b", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringEquals", r#""a""#, "A", false),
        ("StringNotEquals", r#"["a","b"]"#, "b", false),
        ("StringNotEquals", r#"["a","b"]"#, "c", true),
        ("StringEqualsIgnoreCase", r#""aé""#, "AÉ", true),
        ("StringNotEqualsIgnoreCase", r#""a""#, "A", false),
        ("StringLike", r#""a*c?""#, "a:b/cd", true),
        ("StringLike", r#""a?""#, "a", false),
        ("StringNotLike", r#""a*""#, "b", true),
        ("NumericEquals", "10", "10.0", true),
        ("NumericEquals", "10", "ten", false),
        ("NumericNotEquals", "10", "ten", true),
        ("NumericLessThan", "10", "9.99", true),
        ("NumericLessThan", "10", "10", false),
        ("NumericLessThanEquals", "10", "10", true),
        ("NumericGreaterThan", "9", "10", true),
        ("NumericGreaterThanEquals", "10", "9", false),
        ("DateEquals", r#""2026-01-01T00:00:00Z""#, "1767225600", true),
        ("DateNotEquals", r#""2026-01-01""#, "2026-01-01T00:00:00Z", false),
        ("DateLessThan", r#""2026-01-01T00:00:00Z""#, "2025-12-31T23:59:59Z", true),
        ("DateGreaterThanEquals", r#""2026-01-01T00:00:00Z""#, "2026-01-01T01:00:00+01:00", true),
        ("DateGreaterThan", r#""2026*""#, "2027-01-01", false),
        ("Bool", "true", "TRUE", true),
        ("Bool", r#""false""#, "true", false),
        ("Bool", r#""yes""#, "yes", false),
        ("BinaryEquals", r#""QUI=""#, "QUI=", true),
        ("BinaryEquals", r#""AB""#, "AB", false),
        ("IpAddress", r#"["10.0.0.0/8","::1"]"#, "10.9.9.9", true),
        ("IpAddress", r#""10.0.0.0/8""#, "11.0.0.1", false),
        ("NotIpAddress", r#""10.0.0.0/8""#, "11.0.0.1", true),
        ("NotIpAddress", r#""10.0.0.0/8""#, "no address", true),
        ("ArnEquals", r#""arn:aws:s3:::a*""#, "arn:aws:s3:::ab", true),
        ("ArnLike", r#""arn:aws:*:role/r""#, "arn:aws:iam::111122223333:role/r", false),
        ("ArnNotEquals", r#""arn:aws:s3:::a""#, "no ARN", true),
        ("ArnNotLike", r#""arn:aws:s3:::a*""#, "arn:aws:s3:::ab", false),
    ] {
        assert_eq!(holds(&condition(operator, values), one(value)), expected, "{operator} {values} {value}");
    }
}

#[test]
fn an_absent_key_fails_what_is_positive_and_passes_what_is_negated() {
    for operator in crate::condition::Operator::names().filter(|name| *name != "Null") {
        let negated = operator.contains("Not");
        let values = r#"["10.0.0.0/8","1","true","arn:aws:s3:::a"]"#;
        assert_eq!(holds(&condition(operator, values), nothing), negated, "{operator}");
        assert!(holds(&condition(&format!("{operator}IfExists"), values), nothing), "{operator}");
        assert!(holds(&condition(&format!("ForAllValues:{operator}"), values), nothing), "{operator}");
        assert!(!holds(&condition(&format!("ForAnyValue:{operator}"), values), nothing), "{operator}");
    }
}

#[test]
fn inferred_any_value_if_exists_passes_an_absent_key() {
    assert!(holds(&condition("ForAnyValue:StringEqualsIfExists", r#""a""#), nothing));
    assert!(!holds(&condition("ForAnyValue:StringEqualsIfExists", r#""a""#), many(&["b"])));
}

#[test]
fn null_tells_presence() {
    assert!(holds(&condition("Null", "true"), nothing) && !holds(&condition("Null", "false"), nothing));
    assert!(holds(&condition("Null", "false"), one("")) && !holds(&condition("Null", "true"), one("")));
    assert!(holds(&condition("Null", "false"), many(&["a", "b"])));
    assert!(holds(&condition("Null", "true"), many(&[])), "an empty list is an absent key");
}

#[test]
fn set_operators_read_several_values() {
    for (operator, values, expected) in [
        ("ForAllValues:StringEquals", &["a", "b"][..], true),
        ("ForAllValues:StringEquals", &["a", "c"], false),
        ("ForAllValues:StringEquals", &["", ""], true),
        ("ForAllValues:StringEquals", &["", "a"], false),
        ("ForAllValues:StringNotEquals", &["c", "d"], true),
        ("ForAllValues:StringNotEquals", &["c", "a"], false),
        ("ForAnyValue:StringEquals", &["c", "a"], true),
        ("ForAnyValue:StringEquals", &["c", "d"], false),
        ("ForAnyValue:StringNotEquals", &["a", "c"], true),
        ("ForAnyValue:StringNotEquals", &["a", "b"], false),
    ] {
        assert_eq!(
            holds(&condition(operator, r#"["a","b"]"#), many(values)),
            expected,
            "{operator} {values:?}"
        );
    }
    assert!(holds(&condition("ForAllValues:StringEquals", r#""a""#), one("a")), "one value is a set of one");
    assert!(holds(&condition("ForAnyValue:StringLike", r#""a*""#), one("ab")));
    assert!(
        holds(&condition("ForAllValues:StringEquals", r#""a""#), one("")),
        "an empty text is an empty set"
    );
}

#[test]
fn inferred_multivalued_without_set_operator_matches_nothing() {
    for operator in
        ["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "StringNotEqualsIfExists"]
    {
        for values in [&["a"][..], &["a", "b"], &["c"]] {
            assert!(!holds(&condition(operator, r#"["a","b"]"#), many(values)), "{operator} {values:?}");
        }
    }
}

#[test]
fn all_conditions_must_hold_and_of_the_values_of_one_any() {
    let both = r#"{"StringEquals":{"x:k":["a","b"],"x:l":"1"},"Bool":{"x:m":"true"}}"#;
    let set = |l: &'static str, m: &'static str| {
        move |context: &mut Context<'static>| {
            context.set("x:k", "b").set("x:l", l).set("x:m", m);
        }
    };
    assert!(holds(both, set("1", "true")));
    assert!(!holds(both, set("2", "true")) && !holds(both, set("1", "false")));
}

#[test]
fn key_names_are_found_in_any_case() {
    assert!(holds(r#"{"StringEquals":{"KMS:encryptioncontext:DEPT":"IT"}}"#, |context| {
        context.set_encryption_context([("dept", "IT")]);
    }));
}

#[test]
fn inferred_holds_for_colliding_names_so_that_case_evades_nothing() {
    let spoofed = |context: &mut Context<'static>| {
        context.set_encryption_context([("dept", "IT"), ("Dept", "HR")]);
    };
    assert!(!holds(r#"{"StringEquals":{"kms:EncryptionContext:dept":"IT"}}"#, spoofed), "an Allow needs all");
    let deny = r#""Condition":{"StringNotEquals":{"kms:EncryptionContext:dept":"IT"}}"#;
    let case = Case::new("A:user/u", "kms:Decrypt")
        .key(&[statement("Allow", &["*"], &["kms:*"], ""), statement("Deny", &["*"], &["kms:*"], deny)]);
    case.with(|case| spoofed(&mut case.context)).explicitly_denied(Layer::Resource);
    let tagged = |context: &mut Context<'static>| {
        context.set_family_named("ssm:resourceTag/", [("dept", "IT"), ("Dept", "HR")]);
    };
    assert!(
        !holds(r#"{"StringEquals":{"ssm:resourceTag/dept":"IT"}}"#, tagged),
        "nor of another service's family"
    );
}

#[test]
fn variables_stand_for_the_request_in_the_new_version_only() {
    let own = r#"{"StringEquals":{"x:k":"${aws:username}"}}"#;
    assert!(holds(own, one("u")));
    assert!(!held(own, one("u"), "2008-10-17") && held(own, one("${aws:username}"), "2008-10-17"));
    assert!(
        !holds(r#"{"StringEquals":{"x:k":"${aws:PrincipalTag/t}"}}"#, one("")),
        "absent: matches nothing"
    );
    assert!(
        holds(r#"{"StringNotEquals":{"x:k":"${aws:PrincipalTag/t}"}}"#, one("")),
        "absent: the negation holds"
    );
    assert!(
        holds(r#"{"StringEquals":{"x:k":["${aws:PrincipalTag/t}","a"]}}"#, one("a")),
        "other values still count"
    );
    assert!(!holds(r#"{"NumericEquals":{"x:k":"${aws:username}"}}"#, one("u")), "numbers take no variables");
    assert!(holds(r#"{"StringLike":{"x:k":"a${*}${aws:username}*"}}"#, one("a*ux")));
}

#[test]
fn what_follows_from_the_caller_need_not_be_set() {
    for (key, value) in [
        ("aws:PrincipalType", "User"),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:user/u"),
        ("aws:PrincipalAccount", "111122223333"),
        ("aws:userid", "AIDA1111111111111111"),
        ("aws:username", "u"),
        ("aws:PrincipalIsAWSService", "false"),
        ("aws:ViaAWSService", "false"),
        ("aws:ResourceAccount", "111122223333"),
        ("aws:RequestedRegion", "us-east-1"),
        ("kms:CallerAccount", "111122223333"),
    ] {
        let condition = format!(r#"{{"StringEquals":{{"{key}":"{value}"}}}}"#);
        assert!(holds(&condition, nothing), "{key}");
        assert!(holds(&format!(r#"{{"Null":{{"{key}":"false"}}}}"#), nothing), "{key}");
    }
}

mod credentials {
    use super::*;
    use gatekey_types::Timestamp;

    fn allowed(credentials: Credentials, condition: &str) -> bool {
        let case = Case::new("A:user/u", "kms:Decrypt")
            .key_allows(&["A:user/u"], &["kms:*"], &format!(r#""Condition":{condition}"#))
            .with(|case| case.principal.credentials = credentials);
        case.ask(|request, policies| {
            let now = Some(Timestamp::from_seconds(1_000_000));
            decide(&Request { now, ..*request }, policies).is_allowed()
        })
    }

    fn temporary(mfa: Option<i64>) -> Credentials {
        let issued = Timestamp::from_seconds(999_000);
        Credentials::Temporary { issued, mfa: mfa.map(Timestamp::from_seconds) }
    }

    #[test]
    fn the_second_factor_is_told_of_temporary_credentials_only() {
        let with = |truth: &str, operator: &str| {
            format!(r#"{{"{operator}":{{"aws:MultiFactorAuthPresent":"{truth}"}}}}"#)
        };
        assert!(allowed(temporary(Some(999_000)), &with("true", "Bool")));
        assert!(allowed(temporary(None), &with("false", "Bool")));
        for truth in ["true", "false"] {
            assert!(!allowed(Credentials::LongTerm, &with(truth, "Bool")));
            assert!(allowed(Credentials::LongTerm, &with(truth, "BoolIfExists")));
        }
    }

    #[test]
    fn the_age_of_the_second_factor_is_counted_from_when_it_was_given() {
        let fresh = r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}"#;
        assert!(allowed(temporary(Some(999_800)), fresh) && !allowed(temporary(Some(999_700)), fresh));
        assert!(!allowed(temporary(None), fresh));
    }

    #[test]
    fn the_present_is_a_date_and_a_number() {
        assert!(allowed(
            Credentials::LongTerm,
            r#"{"DateEquals":{"aws:CurrentTime":"1970-01-12T13:46:40Z"}}"#
        ));
        assert!(allowed(Credentials::LongTerm, r#"{"NumericEquals":{"aws:EpochTime":1000000}}"#));
        assert!(allowed(Credentials::LongTerm, r#"{"DateLessThan":{"aws:EpochTime":"1970-01-13"}}"#));
        assert!(allowed(temporary(None), r#"{"DateEquals":{"aws:TokenIssueTime":"999000"}}"#));
    }
}
