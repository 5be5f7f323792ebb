//! The edges of the lint rules: what lies just inside one, and what just outside.

use gatekey_analysis::lint::{Kind, Scope, lint};

const DELEGATION: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

/// The names of the rules that find something in a policy of these statements.
fn names(kind: Kind, statements: &str) -> Vec<&'static str> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let scope = Scope { kind: Some(kind), account: "111122223333".parse().ok(), key: None };
    lint(&text, &scope).findings.iter().map(|finding| finding.rule.name).collect()
}

/// Demands that exactly the texts marked `true` are found by the rule.
fn edges(rule: &str, rows: &[(bool, String)], find: impl Fn(&str) -> Vec<&'static str>) {
    for (expected, text) in rows {
        let found = find(text);
        assert!(found.contains(&rule) == *expected, "{rule}: {text}\nexpected {expected}, found {found:?}");
    }
}

fn rows(rows: &[(bool, &str)]) -> Vec<(bool, String)> {
    rows.iter().map(|(expected, text)| (*expected, (*text).to_owned())).collect()
}

/// Edges by the principal of an Allow of kms:Decrypt.
fn principals(rule: &str, list: &[(bool, &str)]) {
    edges(rule, &rows(list), |principal| {
        let statement =
            format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"kms:Decrypt","Resource":"*"}}"#);
        names(Kind::Key, &format!("{DELEGATION},{statement}"))
    });
}

/// Edges by the condition of an Allow of kms:Decrypt for the role `app`.
fn conditions(rule: &str, list: &[(bool, &str)]) {
    under(
        rule,
        r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:Decrypt""#,
        list,
    );
}

/// Edges by the condition of some statement of a key policy.
fn under(rule: &str, head: &str, list: &[(bool, &str)]) {
    edges(rule, &rows(list), |condition| {
        let statement = format!(r#"{{{head},"Resource":"*","Condition":{condition}}}"#);
        names(Kind::Key, &format!("{DELEGATION},{statement}"))
    });
}

/// Edges by the action of an Allow for the role `app`.
fn actions(rule: &str, list: &[(bool, &str)]) {
    edges(rule, &rows(list), |action| {
        let head = r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"}"#;
        names(Kind::Key, &format!(r#"{DELEGATION},{{{head},"Action":{action},"Resource":"*"}}"#))
    });
}

/// Edges by the rest of an Allow of an identity policy.
fn identity(rule: &str, list: &[(bool, &str)]) {
    edges(rule, &rows(list), |rest| names(Kind::Identity, &format!(r#"{{"Effect":"Allow",{rest}}}"#)));
}

#[test]
fn principals_that_are_refused_or_match_nobody() {
    principals(
        "malformed-principal",
        &[
            (false, r#"{"AWS":"111122223333"}"#),
            (true, r#"{"AWS":"11112222333"}"#),
            (true, r#"{"AWS":"role/app"}"#),
            (true, r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/path/app/i-1"}"#),
            (true, r#"{"AWS":"arn:aws:iam::111122223333:assumed-role/app/i-1"}"#),
            (false, r#"{"AWS":"arn:aws:iam::111122223333:role/path/app"}"#),
            (false, r#"{"AWS":"arn:aws:iam::111122223333:group/devs"}"#),
            (false, r#"{"AWS":"AROAJQABLZS4A3QDU576Q"}"#),
        ],
    );
    principals(
        "wildcard-in-principal",
        &[
            (true, r#"{"AWS":"arn:aws:iam::111122223333:user/a?n"}"#),
            (true, r#"{"AWS":["*","arn:aws:iam::*:root"]}"#),
            (false, r#"{"AWS":"*"}"#),
            (false, r#""*""#),
        ],
    );
    principals(
        "malformed-service",
        &[
            (false, r#"{"Service":"logs.us-east-1.amazonaws.com"}"#),
            (true, r#"{"Service":"*.amazonaws.com"}"#),
            (true, r#"{"Service":"sns.amazon.org"}"#),
            (true, r#"{"Service":"arn:aws:sns:::x"}"#),
        ],
    );
    principals(
        "foreign-account",
        &[
            (true, r#"{"AWS":"444455556666"}"#),
            (true, r#"{"AWS":["111122223333","arn:aws:iam::444455556666:user/x"]}"#),
            (false, r#"{"AWS":"111122223333"}"#),
        ],
    );
    principals(
        "wrong-partition",
        &[
            (true, r#"{"AWS":"arn:aws-us:iam::111122223333:root"}"#),
            (false, r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#),
        ],
    );
}

#[test]
fn a_wildcard_principal_is_public_unless_a_test_says_whose_call_it_is() {
    let head = r#""Effect":"Allow","Principal":"*","Action":"kms:Decrypt""#;
    under(
        "public",
        head,
        &[
            (false, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#),
            (false, r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#),
            (false, r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*"}}"#),
            (false, r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}"#),
            // No account is fixed, the key may be absent, or the test is about something else.
            (true, r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}"#),
            (true, r#"{"StringLike":{"aws:PrincipalArn":"*:role/app"}}"#),
            (true, r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#),
            (true, r#"{"StringNotEquals":{"aws:PrincipalAccount":"444455556666"}}"#),
            (true, r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/"}}"#),
            (true, r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}"#),
            (true, r#"{"StringLike":{"kms:CallerAccount":"1*"}}"#),
            (true, r#"{"StringEquals":{"aws:PrincipalAccount":["111122223333","${aws:ResourceAccount}"]}}"#),
            (true, r#"{"Bool":{"aws:SecureTransport":"true"}}"#),
            (true, r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#),
        ],
    );
}

#[test]
fn services_are_to_be_tied_to_where_they_come_from() {
    let head = r#""Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt""#;
    under(
        "confused-deputy",
        head,
        &[
            (false, r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#),
            (
                false,
                r#"{"StringLike":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:*:111122223333:*"}}"#,
            ),
            (true, r#"{"Bool":{"aws:SecureTransport":"true"}}"#),
        ],
    );
    let deny = r#""Effect":"Deny","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt""#;
    under("confused-deputy", deny, &[(false, r#"{"Bool":{"aws:SecureTransport":"false"}}"#)]);
}

#[test]
fn actions_that_match_nothing() {
    actions(
        "unknown-action",
        &[
            (true, r#""kms:ReEncrypt""#),
            (true, r#"["kms:Decrypt","kms:Foo"]"#),
            (false, r#""KMS:decrypt""#),
            (false, r#""kms:SynchronizeMultiRegionKey""#),
            (false, r#""kms:*""#),
        ],
    );
    actions(
        "pattern-matches-no-action",
        &[(true, r#""kms:Foo*""#), (false, r#""kms:ReEncrypt*""#), (false, r#""kms:?ign""#)],
    );
    actions(
        "action-without-service",
        &[(true, r#""Decrypt""#), (false, r#""*""#), (false, r#""kms:Decrypt""#)],
    );
    actions(
        "action-of-another-service",
        &[(true, r#""kmss:Decrypt""#), (true, r#""s3:*""#), (false, r#""k*:Decrypt""#), (false, r#""*""#)],
    );
    actions(
        "action-not-on-a-key",
        &[
            (true, r#""kms:ListAliases""#),
            (true, r#""kms:GenerateRandom""#),
            (false, r#""kms:CreateAlias""#),
            (false, r#""kms:List*""#),
        ],
    );
    actions(
        "stray-space",
        &[(true, r#"" kms:Decrypt""#), (true, "\"kms:\u{a0}Decrypt\""), (false, r#""kms:Decrypt""#)],
    );
}

#[test]
fn resources_of_identity_policies() {
    identity(
        "alias-as-resource",
        &[
            (true, r#""Action":"kms:*crypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/app""#),
            (
                false,
                r#""Action":"kms:UpdateAlias","Resource":"arn:aws:kms:us-east-1:111122223333:alias/app""#,
            ),
            (false, r#""Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:alias/app""#),
        ],
    );
    identity(
        "resource-is-no-arn",
        &[
            (true, r#""Action":"kms:Decrypt","Resource":"alias/app""#),
            (false, r#""Action":"kms:Decrypt","Resource":"*""#),
            (false, r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/${aws:username}/*""#),
        ],
    );
    identity(
        "action-does-not-fit-resource",
        &[
            (
                true,
                r#""Action":["kms:Decrypt","kms:ListKeys"],"Resource":"arn:aws:kms:us-east-1:111122223333:key/*""#,
            ),
            (false, r#""Action":"kms:ListKeys","Resource":["arn:aws:kms:us-east-1:111122223333:key/*","*"]"#),
            (false, r#""Action":"kms:List*","Resource":"arn:aws:kms:us-east-1:111122223333:key/*""#),
        ],
    );
    identity(
        "decrypt-with-every-key",
        &[
            (true, r#""Action":"kms:*","Resource":"arn:aws:kms:*:*:key/*""#),
            (true, r#""NotAction":"kms:Encrypt","Resource":"*""#),
            (false, r#""Action":"kms:*","Resource":"arn:aws:kms:*:111122223333:key/*""#),
            (
                false,
                r#""Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/app":"shop"}}"#,
            ),
            (false, r#""Action":"kms:Encrypt","Resource":"*""#),
        ],
    );
    identity(
        "half-of-an-alias",
        &[
            (true, r#""Action":"kms:DeleteAlias","Resource":"arn:aws:kms:us-east-1:111122223333:alias/app""#),
            (false, r#""Action":"kms:DeleteAlias","Resource":"*""#),
        ],
    );
}

#[test]
fn keys_and_operators_that_do_not_fit_each_other() {
    conditions(
        "operator-does-not-fit-key",
        &[
            (true, r#"{"StringLike":{"aws:SourceIp":"203.0.113.*"}}"#),
            (true, r#"{"NumericEquals":{"aws:PrincipalArn":"1"}}"#),
            (true, r#"{"Bool":{"kms:ViaService":"true"}}"#),
            (false, r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#),
            (false, r#"{"NumericLessThan":{"aws:EpochTime":"1800000000"}}"#),
            (false, r#"{"StringEquals":{"aws:MultiFactorAuthPresent":"true"}}"#),
            (false, r#"{"Null":{"aws:SourceIp":"false"}}"#),
        ],
    );
    conditions(
        "value-does-not-fit-operator",
        &[
            (true, r#"{"Bool":{"aws:SecureTransport":"yes"}}"#),
            (false, r#"{"Bool":{"aws:SecureTransport":true}}"#),
            (true, r#"{"Null":{"kms:ViaService":"no"}}"#),
            (true, r#"{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}"#),
            (false, r#"{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}"#),
            (true, r#"{"ArnLike":{"aws:PrincipalArn":"role/app"}}"#),
            (false, r#"{"ArnLike":{"aws:PrincipalArn":"*:*:*:*:*:role/app"}}"#),
            (true, r#"{"StringEquals":{"kms:CallerAccount":"11112222333"}}"#),
            (false, r#"{"StringEquals":{"kms:EncryptionContext:n":"11112222333"}}"#),
        ],
    );
    conditions(
        "value-never-taken",
        &[
            (true, r#"{"StringEquals":{"kms:KeySpec":"RSA_1024"}}"#),
            (false, r#"{"StringLike":{"kms:KeySpec":"RSA_*"}}"#),
            (true, r#"{"StringLike":{"kms:KeySpec":"DSA_*"}}"#),
            (true, r#"{"StringEquals":{"aws:PrincipalType":"assumedrole"}}"#),
            (false, r#"{"StringEqualsIgnoreCase":{"aws:PrincipalType":"assumedrole"}}"#),
        ],
    );
    conditions(
        "unknown-condition-key",
        &[
            (true, r#"{"StringEquals":{"kms:EncryptionContext":"x"}}"#),
            (true, r#"{"StringEquals":{"aws:PrincipleArn":"x"}}"#),
            (true, r#"{"StringEquals":{"PrincipalArn":"x"}}"#),
            (false, r#"{"StringEquals":{"KMS:viaservice":"ssm.us-east-1.amazonaws.com"}}"#),
            (false, r#"{"StringEquals":{"saml:sub":"x"}}"#),
        ],
    );
    conditions(
        "unknown-operator",
        &[
            (true, r#"{"stringEquals":{"kms:CallerAccount":"111122223333"}}"#),
            (true, r#"{"NullIfExists":{"kms:ViaService":"true"}}"#),
            (true, r#"{"ForEveryValue:StringEquals":{"aws:TagKeys":"a"}}"#),
            (false, r#"{"ForAnyValue:StringLikeIfExists":{"kms:EncryptionContextKeys":"a"}}"#),
        ],
    );
    conditions(
        "wildcard-without-like",
        &[
            (true, r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#),
            (false, r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#),
            (false, r#"{"StringEquals":{"kms:EncryptionContext:glob":"*.txt"}}"#),
            (false, r#"{"StringEquals":{"kms:ViaService":"${*}x"}}"#),
        ],
    );
}

#[test]
fn quantifiers_and_absent_keys() {
    conditions(
        "quantifier-missing",
        &[
            (true, r#"{"StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}"#),
            (false, r#"{"Null":{"kms:EncryptionContextKeys":"false"}}"#),
        ],
    );
    conditions(
        "for-all-values-on-single-value",
        &[
            (true, r#"{"ForAllValues:StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}}"#),
            (false, r#"{"ForAnyValue:StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}}"#),
        ],
    );
    conditions(
        "allow-where-absent",
        &[
            (true, r#"{"StringEqualsIfExists":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}}"#),
            (
                false,
                r#"{"StringNotEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"},"Null":{"kms:ViaService":"false"}}"#,
            ),
            (false, r#"{"StringNotEquals":{"aws:PrincipalType":"User"}}"#),
            (false, r#"{"StringNotEquals":{"kms:KeySpec":"RSA_2048"}}"#),
        ],
    );
    let deny = r#""Effect":"Deny","Principal":"*","Action":["kms:Decrypt","kms:PutKeyPolicy"]"#;
    under(
        "deny-where-absent",
        deny,
        &[
            (true, r#"{"StringNotEquals":{"kms:EncryptionContext:app":"shop"}}"#),
            (
                false,
                r#"{"StringNotEquals":{"kms:EncryptionContext:app":"shop"},"Null":{"kms:EncryptionContext:app":"false"}}"#,
            ),
            (false, r#"{"StringEquals":{"kms:EncryptionContext:app":"shop"}}"#),
            (false, r#"{"StringNotEquals":{"kms:CallerAccount":"111122223333"}}"#),
        ],
    );
    let some = r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":["kms:Decrypt","kms:DescribeKey"]"#;
    under(
        "key-not-in-every-request",
        some,
        &[
            (true, r#"{"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#),
            (false, r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#),
            (false, r#"{"StringNotEquals":{"kms:EncryptionAlgorithm":"RSAES_OAEP_SHA_1"}}"#),
        ],
    );
}

#[test]
fn single_keys_and_their_traps() {
    conditions(
        "via-service-never-equal",
        &[
            (true, r#"{"StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com.cn"}}"#),
            (true, r#"{"StringEquals":{"kms:ViaService":"ssm"}}"#),
            (false, r#"{"StringLike":{"kms:ViaService":"*.us-east-1.amazonaws.com"}}"#),
            (false, r#"{"StringLike":{"kms:ViaService":["ssm.*","s3.*.amazonaws.com"]}}"#),
            (false, r#"{"StringEquals":{"kms:ViaService":"dynamodb.cn-north-1.amazonaws.com"}}"#),
        ],
    );
    conditions(
        "principal-arn-never-equal",
        &[
            (true, r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/app/*"}}"#),
            (false, r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:federated-user/*"}}"#),
        ],
    );
    conditions(
        "private-source-ip",
        &[
            (true, r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","192.168.0.0/16"]}}"#),
            (false, r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#),
        ],
    );
    conditions(
        "mfa-and-long-term-keys",
        &[
            (true, r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#),
            (false, r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#),
        ],
    );
    conditions(
        "contradiction",
        &[
            (true, r#"{"StringEquals":{"kms:KeySpec":"RSA_2048"},"StringLike":{"kms:KeySpec":"ECC_*"}}"#),
            (false, r#"{"StringEquals":{"kms:KeySpec":"RSA_2048"},"StringLike":{"kms:KeySpec":"RSA_*"}}"#),
            (
                false,
                r#"{"StringEquals":{"kms:KeySpec":"RSA_2048"},"StringNotEquals":{"kms:KeySpec":"RSA_2048"}}"#,
            ),
        ],
    );
    conditions(
        "template-hole",
        &[
            (true, r#"{"StringEquals":{"kms:CallerAccount":"${AWS::AccountId}"}}"#),
            (true, r#"{"StringEquals":{"kms:CallerAccount":"<account-id>"}}"#),
            (false, r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team, 'none'}"}}"#),
        ],
    );
}

#[test]
fn who_controls_the_key_is_asked_of_the_evaluator() {
    let policy = |rule: &str, list: &[(bool, &str)]| {
        edges(rule, &rows(list), |statements| names(Kind::Key, statements))
    };
    let admin = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":["kms:PutKeyPolicy","kms:GetKeyPolicy"],"Resource":"*"}"#;
    let with = |more: &str| format!("{admin},{more}");
    policy(
        "nobody-can-change-the-policy",
        &[
            (false, admin),
            (false, DELEGATION),
            // The wildcard is bounded to a role that can be made anew at any time.
            (
                false,
                r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/adm*"}}}"#,
            ),
            (
                true,
                r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":"kms:Put*","Resource":"*"}"#,
            ),
            (
                true,
                r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"arn:aws:kms:us-east-1:444455556666:key/*"}"#,
            ),
            // A condition that can never hold: the key is not in requests to change a policy.
            (
                true,
                r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}}"#,
            ),
        ],
    );
    policy(
        "deny-hits-everybody",
        &[
            (true, &with(r#"{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}"#)),
            (
                true,
                &with(
                    r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"kms:EncryptionContext:a":"b"}}}"#,
                ),
            ),
            (
                true,
                &with(
                    r#"{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"kms:Put*","Resource":"*"}"#,
                ),
            ),
            (
                false,
                &with(
                    r#"{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/admin"}}}"#,
                ),
            ),
            (
                false,
                &with(
                    r#"{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#,
                ),
            ),
            (false, &with(r#"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#)),
        ],
    );
    policy("policy-change-only-under-conditions", &[
        (true, &admin.replace("\"Resource\"", "\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":\"2027-01-01T00:00:00Z\"}},\"Resource\"")),
        (true, &with(r#"{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#)),
        (false, admin),
    ]);
    policy(
        "single-administrator",
        &[
            (true, admin),
            (false, &with(DELEGATION)),
            (false, &with(&admin.replace("role/admin", "role/second"))),
        ],
    );
    policy(
        "only-a-session-can-change-the-policy",
        &[
            (
                true,
                &admin.replace("iam::111122223333:role/admin", "sts::111122223333:assumed-role/admin/ann"),
            ),
            (false, admin),
        ],
    );
    policy(
        "only-another-account-could-change-the-policy",
        &[
            (true, &admin.replace("111122223333", "444455556666")),
            (false, &with(&admin.replace("111122223333", "444455556666"))),
        ],
    );
    policy(
        "allow-always-denied",
        &[
            (
                true,
                &with(
                    r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":"kms:*KeyPolicy","Resource":"*"}"#,
                ),
            ),
            (
                false,
                &with(
                    r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":"kms:GetKeyPolicy","Resource":"*"}"#,
                ),
            ),
        ],
    );
}
