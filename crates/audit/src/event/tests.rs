use super::*;

fn id(text: &str) -> RequestId {
    text.parse().unwrap()
}

const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn user() -> Identity<'static> {
    Identity {
        kind: IdentityKind::IamUser,
        principal_id: Some("AIDACKCEVSQ6C2EXAMPLE"),
        arn: Some("arn:aws:iam::111122223333:user/Alice"),
        account: Some("111122223333".into()),
        access_key: Some("AKIAIOSFODNN7EXAMPLE"),
        user_name: Some("Alice"),
        session: None,
        invoked_by: None,
    }
}

fn decrypt<'a>(resources: &'a [Resource<'a>]) -> Event<'a> {
    Event {
        identity: user(),
        time: Timestamp::from_seconds(1_747_774_002),
        source: "kms.amazonaws.com",
        name: "Decrypt".into(),
        region: "us-east-1".into(),
        address: Address { source: "192.0.2.7", user_agent: Some("aws-cli/2.30") },
        failure: None,
        request_parameters: Some(Value::object([
            ("encryptionContext", Value::object([("Department", Value::text("IT \"north\""))])),
            ("keyId", Value::text(ARN)),
            ("encryptionAlgorithm", Value::text("SYMMETRIC_DEFAULT")),
        ])),
        response_elements: None,
        additional: Additional::default(),
        request_id: Some(id("e0eb83e3-63bc-41e4-bc2b-4198b6150d5c")),
        event_id: id("a9dea4f9-8395-46c0-942c-f509c02c2b71"),
        read_only: true,
        resources,
        event_type: "AwsApiCall".into(),
        recipient: "111122223333".into(),
        shared_event_id: None,
        service_details: None,
        tls: None,
        gatekey: None,
    }
}

fn key() -> [Resource<'static>; 1] {
    [Resource { account: "111122223333".into(), kind: "AWS::KMS::Key".into(), arn: ARN }]
}

#[test]
fn a_call_is_written_in_cloudtrails_words_and_order() {
    let expected = format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDACKCEVSQ6C2EXAMPLE","#,
            r#""arn":"arn:aws:iam::111122223333:user/Alice","accountId":"111122223333","#,
            r#""accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"Alice"}},"eventTime":"2025-05-20T20:46:42Z","#,
            r#""eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","#,
            r#""sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.30","#,
            r#""requestParameters":{{"encryptionContext":{{"Department":"IT \"north\""}},"keyId":"{arn}","#,
            r#""encryptionAlgorithm":"SYMMETRIC_DEFAULT"}},"responseElements":null,"#,
            r#""requestID":"e0eb83e3-63bc-41e4-bc2b-4198b6150d5c","eventID":"a9dea4f9-8395-46c0-942c-f509c02c2b71","#,
            r#""readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"{arn}"}}],"#,
            r#""eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","#,
            r#""eventCategory":"Management"}}"#
        ),
        arn = ARN
    );
    assert_eq!(String::from_utf8(decrypt(&key()).to_bytes()).unwrap(), expected);
}

#[test]
fn a_denied_call_of_a_session_tells_the_issuer_the_error_and_the_decision() {
    let mut event = decrypt(&[]);
    event.identity = Identity {
        kind: IdentityKind::AssumedRole,
        user_name: None,
        session: Some(Session {
            issuer: Some(Issuer {
                kind: "Role".into(),
                principal_id: "AROACKCEVSQ6C2EXAMPLE",
                arn: "arn:aws:iam::111122223333:role/x/Admin",
                account: "111122223333".into(),
                user_name: Some("Admin"),
            }),
            federation: Some(Federation { provider: "accounts.example.com", attributes: &[("aud", "web")] }),
            created: Timestamp::from_seconds(0),
            mfa: true,
            source_identity: Some("alice"),
        }),
        invoked_by: Some("ssm.amazonaws.com"),
        ..user()
    };
    event.failure = Some(Failure { code: "AccessDenied", message: Some("no") });
    event.shared_event_id = Some(id("1c9a8e90-5d0b-4f6c-9c93-6c1e2f7f6a11"));
    event.tls =
        Some(Tls { version: "TLSv1.3", cipher_suite: "TLS_AES_256_GCM_SHA384", host: Some("localhost") });
    let revisions = [("key-policy", 7)];
    event.gatekey = Some(Gatekey {
        decision: "Denied".into(),
        action: "Decrypt",
        layer: "KeyPolicy".into(),
        policy_revisions: &revisions,
        decision_id: id("e0eb83e3-63bc-41e4-bc2b-4198b6150d5c"),
        session_policies: Some(2),
    });
    let json: serde_json::Value = serde_json::from_slice(&event.to_bytes()).unwrap();
    let session = &json["userIdentity"]["sessionContext"];
    assert_eq!(session["sessionIssuer"]["userName"], "Admin");
    assert_eq!(session["webIdFederationData"]["attributes"]["aud"], "web");
    assert_eq!(session["attributes"]["creationDate"], "1970-01-01T00:00:00Z");
    assert_eq!(session["attributes"]["mfaAuthenticated"], "true");
    assert_eq!(session["sourceIdentity"], "alice");
    assert_eq!(json["userIdentity"]["invokedBy"], "ssm.amazonaws.com");
    assert_eq!((&json["errorCode"], &json["errorMessage"]), (&"AccessDenied".into(), &"no".into()));
    assert_eq!(json["sharedEventID"], "1c9a8e90-5d0b-4f6c-9c93-6c1e2f7f6a11");
    assert_eq!(json["tlsDetails"]["clientProvidedHostHeader"], "localhost");
    assert_eq!(json["gatekey"]["reason"], "Decrypt by KeyPolicy");
    assert_eq!(json["gatekey"]["policyRevisions"][0]["revision"], 7);
    assert_eq!(json["gatekey"]["decisionId"], "e0eb83e3-63bc-41e4-bc2b-4198b6150d5c");
    assert_eq!(json["gatekey"]["sessionPolicies"], 2);
    assert!(json.get("resources").is_none(), "a call about nothing names no resource");
}

#[test]
fn what_is_too_large_is_left_out_and_the_event_is_still_written() {
    let large = "ü".repeat(MAX_EVENT_BYTES);
    let mut event = decrypt(&[]);
    event.request_parameters = Some(Value::text(large.as_str()));
    event.address.user_agent = Some(&large);
    event.failure = Some(Failure { code: "ValidationException", message: Some(&large) });
    let bytes = event.to_bytes();
    assert!(bytes.len() < 10_000);
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["requestParameters"]["omitted"], true);
    assert_eq!(json["responseElements"], serde_json::Value::Null);
    assert_eq!(json["userAgent"].as_str().unwrap().len(), SHORT);
    assert_eq!(json["eventName"], "Decrypt");
}

#[test]
fn of_a_recipient_an_event_that_is_too_large_tells_few_things_and_each_shortly() {
    let attested = (10..50).map(|register| (format!("register{register}"), "0".repeat(SHORT + 1))).collect();
    let large = "ü".repeat(MAX_EVENT_BYTES);
    let mut event = decrypt(&[]);
    event.request_parameters = Some(Value::text(large.as_str()));
    event.additional = Additional { recipient: Some(&attested), ..Additional::default() };
    let json: serde_json::Value = serde_json::from_slice(&event.to_bytes()).unwrap();
    assert_eq!(json["additionalEventData"]["recipient"].as_object().unwrap().len(), FEW);
    assert_eq!(json["additionalEventData"]["recipient"]["register10"].as_str().unwrap().len(), SHORT);
}

#[test]
fn what_is_known_beside_the_answer_is_told_with_cloudtrails_names_and_nothing_where_there_is_nothing() {
    let told = |additional| {
        let event = Event { additional, ..decrypt(&[]) };
        let json: serde_json::Value = serde_json::from_slice(&event.to_bytes()).unwrap();
        json.get("additionalEventData").cloned()
    };
    assert_eq!(told(Additional::default()), None);
    let recipient = BTreeMap::from([("attestationDocumentEnclavePCR0".to_owned(), "00\"".to_owned())]);
    let (material, grant) = (KeyMaterialId::from_bytes([0xab; 32]), GrantId::from_bytes([1; 32]));
    let all = Additional {
        material: Some(material),
        grant: Some(grant),
        recipient: Some(&recipient),
        forecast: Some("nobody can"),
    };
    let expected = serde_json::json!({
        "keyMaterialId": "ab".repeat(32),
        "grantId": "01".repeat(32),
        "recipient": {"attestationDocumentEnclavePCR0": "00\""},
        "gatekeyForecast": "nobody can",
    });
    assert_eq!(told(all), Some(expected));
    let only = Additional { material: Some(material), ..Additional::default() };
    assert_eq!(told(only), Some(serde_json::json!({"keyMaterialId": "ab".repeat(32)})));
}

#[test]
fn what_the_service_did_by_itself_tells_its_details() {
    let resources = key();
    let event = Event {
        name: "RotateKey".into(),
        event_type: "AwsServiceEvent".into(),
        service_details: Some(Value::object([("rotationType", Value::text("AUTOMATIC"))])),
        ..decrypt(&resources)
    };
    let text = String::from_utf8(event.to_bytes()).unwrap();
    let expected = r#""recipientAccountId":"111122223333","serviceEventDetails":{"rotationType":"AUTOMATIC"},"eventCategory""#;
    assert!(text.contains(expected), "{text}");
}

/// Calls by every kind of caller, about nothing and about something, that failed and that did not.
fn calls() -> Vec<Event<'static>> {
    let session = |issuer| Session {
        issuer,
        federation: None,
        created: Timestamp::from_seconds(0),
        mfa: false,
        source_identity: None,
    };
    let arn = "arn:aws:iam::111122223333:role/x/Admin";
    let (kind, account) = ("Role".into(), "111122223333".into());
    let issuer =
        Issuer { kind, principal_id: "AROACKCEVSQ6C2EXAMPLE", arn, account, user_name: Some("Admin") };
    let of_role = Identity {
        kind: IdentityKind::AssumedRole,
        principal_id: Some("AROACKCEVSQ6C2EXAMPLE:deploy"),
        user_name: None,
        session: Some(session(Some(issuer))),
        ..user()
    };
    let nameless =
        Identity { session: Some(session(Some(Issuer { user_name: None, ..issuer }))), ..of_role.clone() };
    let without_issuer = Identity { session: Some(session(None)), ..of_role.clone() };
    let nobody = Identity {
        principal_id: None,
        arn: None,
        account: None,
        access_key: None,
        user_name: None,
        ..user()
    };
    let root = Identity { kind: IdentityKind::Root, ..nobody.clone() };
    let service =
        Identity { kind: IdentityKind::AwsService, invoked_by: Some("AWS Internal"), ..nobody.clone() };
    let odd = Identity { user_name: Some("a \"b\" \\ \u{1f}ü"), ..user() };
    let key = vec![Resource { account, kind: "AWS::KMS::Key".into(), arn: ARN }].leak();
    let two = vec![key[0], Resource { account, kind: "AWS::IAM::Role".into(), arn: "plain" }].leak();
    let identities = [user(), of_role, nameless, without_issuer, nobody, root, service, odd];
    let by = |identity: Identity<'static>| {
        let failure = Some(Failure { code: "AccessDenied", message: None });
        let call = Event { identity, ..decrypt(&[]) };
        [
            Event { resources: key, failure, ..call.clone() },
            Event { resources: two, read_only: false, ..call.clone() },
            call,
        ]
    };
    identities.into_iter().flat_map(by).collect()
}

#[test]
fn an_event_is_found_by_the_same_terms_whether_it_is_seen_or_read() {
    let mut unmarked = 0;
    for call in calls() {
        let (bytes, frame) = (call.to_bytes(), crate::Frame::of(&call));
        let Some(terms) = frame.terms() else {
            unmarked += 1;
            continue;
        };
        let facts = crate::Facts::read(&bytes).unwrap();
        let (mut seen, mut read) = (Vec::new(), Vec::new());
        terms.each(|field, text| seen.push((field, text.to_owned())));
        facts.each(|field, text| read.push((field, text.to_owned())));
        assert_eq!(seen, read, "{call:?}");
        assert_eq!(terms.time().seconds(), facts.time().seconds());
    }
    assert_eq!(unmarked, 3, "only what has escapes must be read");
}

#[test]
fn an_event_that_was_not_written_in_full_must_be_read() {
    let large = "x".repeat(MAX_EVENT_BYTES);
    let call = Event { failure: Some(Failure { code: "E", message: Some(&large) }), ..decrypt(&[]) };
    assert!(crate::Frame::of(&call).terms().is_none());
    let three = [key()[0]; 3];
    assert!(crate::Frame::of(&decrypt(&three)).terms().is_none(), "nor one about so much");
}
