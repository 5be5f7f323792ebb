//! Every way in which a signature can be wrong: what the client reads, and which check comes first.

use crate::known::{OneKey, SERVICES, check};
use aws_lc_rs::{digest, hmac};
use gatekey_sigv4::{Body, Fault, RawRequest, SignatureError, SigningKeyCache, verify};
use gatekey_types::Timestamp;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z
const NOW: Timestamp = Timestamp::from_seconds(1_440_938_160);
const DATE: &str = "20150830T123600Z";
const SCOPE: &str = "20150830/us-east-1/kms/aws4_request";
const BODY: &[u8] = b"{}";

/// A request in the making.
#[derive(Clone)]
struct Draft {
    query: String,
    headers: Vec<(&'static str, String)>,
}

fn sign(canonical: &str, date: &str, scope: &str) -> String {
    let sha = hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{sha}");
    let first = format!("AWS4{SECRET}").into_bytes();
    let key = scope.split('/').fold(first, |key, step| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), step.as_bytes()).as_ref().to_vec()
    });
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes()))
}

fn body_hash() -> String {
    hex::encode(digest::digest(&digest::SHA256, BODY))
}

impl Draft {
    /// `POST /` with a host and these headers (in order of their names), signed at this date.
    fn signed_at(date: &str, more: &[(&'static str, &str)]) -> Self {
        let mut headers = vec![("host", "localhost".to_owned()), ("x-amz-date", date.to_owned())];
        headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = names.join(";");
        let scope = format!("{}/us-east-1/kms/aws4_request", &date[..8]);
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", body_hash());
        let signature = sign(&canonical, date, &scope);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={ID}/{scope}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization", authorization));
        Self { query: String::new(), headers }
    }

    fn good() -> Self {
        Self::signed_at(DATE, &[])
    }

    fn presigned(date: &str, expires: &str) -> Self {
        let credential = format!("{ID}/{SCOPE}").replace('/', "%2F");
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}\
             &X-Amz-Expires={expires}&X-Amz-SignedHeaders=host"
        );
        let canonical = format!("POST\n/\n{query}\nhost:localhost\n\nhost\n{}", body_hash());
        let signature = sign(&canonical, date, SCOPE);
        let query = format!("{query}&X-Amz-Signature={signature}");
        Self { query, headers: vec![("host", "localhost".into())] }
    }

    /// Replaces text in the Authorization header.
    fn authorization(mut self, from: &str, to: &str) -> Self {
        let (_, value) = self.headers.iter_mut().find(|(name, _)| *name == "authorization").unwrap();
        assert!(value.contains(from));
        *value = value.replace(from, to);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn send_to(&self, key: &OneKey, now: Timestamp) -> Result<String, SignatureError> {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let body = Body::Bytes(BODY);
        let request = RawRequest { method: "POST", path: "/", query: &self.query, headers: &headers, body };
        check(&request, key, now).map(|proof| proof.access_key_id().to_owned())
    }

    fn refusal(&self) -> (Fault, String) {
        let error = self.send_to(&OneKey::new(ID, SECRET, None), NOW).unwrap_err();
        (error.fault(), error.message().to_owned())
    }

    fn is_accepted_at(&self, now: Timestamp) -> bool {
        self.send_to(&OneKey::new(ID, SECRET, None), now).is_ok()
    }
}

#[test]
fn the_draft_itself_is_accepted() {
    assert!(Draft::good().is_accepted_at(NOW));
    assert!(Draft::presigned(DATE, "60").is_accepted_at(NOW));
}

#[test]
fn each_defect_has_awss_code_and_text() {
    let good = Draft::good;
    let header = good().headers.last().unwrap().1.clone();
    let cases: Vec<(Draft, Fault, String)> = vec![
        (
            good().without("authorization"),
            Fault::Unsigned,
            "Missing Authentication Token".into(),
        ),
        (
            Draft { query: "X-Amz-Algorithm=AWS4-HMAC-SHA256".into(), ..good() },
            Fault::Mismatch,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.".into(),
        ),
        (
            good().without("x-amz-date").without("authorization").with("authorization", "AWS4-HMAC-SHA256"),
            Fault::Incomplete,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
             parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
             existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"
                .into(),
        ),
        (
            Draft { query: "X-Amz-Algorithm=x&X-Amz-Date=y".into(), ..good().without("authorization") },
            Fault::Incomplete,
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must \
             include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
             Re-examine the query-string parameters."
                .into(),
        ),
        (
            good().authorization("SignedHeaders=", "SignedHeaders"),
            Fault::Incomplete,
            format!(
                "'SignedHeadershost;x-amz-date' not a valid key=value pair (missing equal-sign) in \
                 Authorization header: '{}'.",
                header.replace("SignedHeaders=", "SignedHeaders")
            ),
        ),
        (
            good().without("x-amz-date").with("x-amz-date", "2015-08-30"),
            Fault::Incomplete,
            "Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See \
             http://en.wikipedia.org/wiki/ISO_8601"
                .into(),
        ),
        (
            good().authorization("SignedHeaders=host;", "SignedHeaders="),
            Fault::Mismatch,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
        ),
        (
            good().authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
            Fault::Incomplete,
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'".into(),
        ),
        (
            good().authorization("/aws4_request", ""),
            Fault::Incomplete,
            format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
                 got '{ID}/20150830/us-east-1/kms'"
            ),
        ),
        (
            good().authorization(SCOPE, "20150831/c/d/e"),
            Fault::Mismatch,
            format!(
                "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct \
                 service: '{}'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. \
                 Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '20150831' != '20150830', from '20150830T123600Z'.",
                SERVICES.join("' or '")
            ),
        ),
        (
            good().authorization(ID, "AKIAUNKNOWN"),
            Fault::UnknownKey,
            "The security token included in the request is invalid.".into(),
        ),
        (
            Draft::signed_at(DATE, &[("x-amz-security-token", "not-mine")]),
            Fault::UnknownKey,
            "The security token included in the request is invalid".into(),
        ),
        (
            Draft::signed_at(DATE, &[("x-amz-security-token", "expired")]),
            Fault::Expired,
            "The security token included in the request is expired".into(),
        ),
        (
            good().authorization("Signature=", "Signature=0"),
            Fault::Mismatch,
            "The request signature we calculated does not match the signature you provided. Check your AWS \
             Secret Access Key and signing method. Consult the service documentation for details."
                .into(),
        ),
    ];
    for (draft, fault, text) in cases {
        assert_eq!(draft.refusal(), (fault, text));
    }
}

/// The signature itself is right for the scope it names, so nothing but the check of the scope can refuse.
#[test]
fn each_part_of_the_scope_is_refused_by_itself() {
    let lines = format!("host:localhost\nx-amz-date:{DATE}\n");
    let canonical = format!("POST\n/\n\n{lines}\nhost;x-amz-date\n{}", body_hash());
    let send = |scope: &str| {
        let signature = sign(&canonical, DATE, scope);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ID}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        Draft::good().without("authorization").with("authorization", &authorization)
    };
    assert!(send(SCOPE).is_accepted_at(NOW));
    for (scope, text) in [
        ("20150829/us-east-1/kms/aws4_request", "Date in Credential scope does not match"),
        ("20150830//kms/aws4_request", "Credential should be scoped to a valid region"),
        ("20150830/US-EAST-1/kms/aws4_request", "Credential should be scoped to a valid region"),
        ("20150830/us-east-1/KMS/aws4_request", "Credential should be scoped to correct service"),
        ("20150830/us-east-1/s3/aws4_request", "Credential should be scoped to correct service"),
        ("20150830/us-east-1/kms/aws4_requesT", "Credential should be scoped with a valid terminator"),
        ("20150830/us-east-1/kms/aws4_request/", "Credential must have exactly 5"),
    ] {
        let (_, message) = send(scope).refusal();
        assert!(message.starts_with(text), "{scope}: {message}");
    }
}

type Spoil = fn(Draft) -> Draft;

/// Each draft has the defect of its own line and those of all lines below, so the first check must speak.
#[test]
fn checks_come_in_awss_order() {
    let defects: [(&str, Spoil, &str); 8] = [
        (
            "signature",
            |d| d.authorization("Signature=", "Signature=00"),
            "The request signature we calculated",
        ),
        ("key", |d| d.authorization(ID, "AKIAUNKNOWN"), "The security token"),
        ("scope", |d| d.authorization("/kms/", "/no/"), "Credential should be scoped to correct service"),
        ("five", |d| d.authorization("/aws4_request", ""), "Credential must have exactly 5"),
        ("algorithm", |d| d.authorization("AWS4-HMAC-SHA256", "x"), "Unsupported AWS 'algorithm'"),
        ("host", |d| d.authorization("=host;", "="), "'Host' or ':authority'"),
        ("age", |d| d.without("x-amz-date").with("x-amz-date", "20150101T000000Z"), "Signature expired"),
        ("date", |d| d.without("x-amz-date").with("x-amz-date", "x"), "Date must be in ISO-8601"),
    ];
    let mut draft = Draft::good();
    for (name, spoil, text) in defects {
        draft = spoil(draft);
        let (_, message) = draft.refusal();
        assert!(message.starts_with(text), "{name}: {message}");
    }
    draft = draft.authorization("Signature=", "Signatur=");
    assert!(draft.refusal().1.starts_with("Authorization header requires 'Signature'"));
    assert_eq!(draft.without("authorization").refusal().0, Fault::Unsigned);
}

#[test]
fn codes_differ_between_json_and_query_services() {
    let all = [Fault::Unsigned, Fault::Incomplete, Fault::Mismatch, Fault::UnknownKey, Fault::Expired];
    let codes: Vec<_> = all.iter().map(|f| (f.json_code(), f.query_code(), f.query_status())).collect();
    assert_eq!(
        codes,
        [
            ("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
            ("IncompleteSignatureException", "IncompleteSignature", 400),
            ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
            ("UnrecognizedClientException", "InvalidClientTokenId", 403),
            ("ExpiredTokenException", "ExpiredToken", 403),
        ]
    );
}

#[test]
fn a_signature_holds_for_fifteen_minutes_around_its_date_to_the_millisecond() {
    let draft = Draft::good();
    let quarter = 15 * 60_000;
    assert!(draft.is_accepted_at(NOW.plus_millis(quarter)));
    assert!(draft.is_accepted_at(NOW.plus_millis(-quarter)));
    let key = OneKey::new(ID, SECRET, None);
    let late = draft.send_to(&key, NOW.plus_millis(quarter + 1)).unwrap_err();
    assert_eq!(
        late.message(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123600Z (20150830T125100Z - 15 min.)"
    );
    let early = draft.send_to(&key, NOW.plus_millis(-quarter - 1000)).unwrap_err();
    assert_eq!(
        early.message(),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)"
    );
}

#[test]
fn a_presigned_request_holds_for_as_long_as_it_asks() {
    let draft = Draft::presigned(DATE, "60");
    assert!(draft.is_accepted_at(NOW.plus_millis(60_000)));
    assert!(!draft.is_accepted_at(NOW.plus_millis(60_001)));
    assert!(draft.is_accepted_at(NOW.plus_millis(-15 * 60_000)));
    assert!(Draft::presigned(DATE, "604800").is_accepted_at(NOW.plus_days(7)));
    for bad in ["0", "604801", "-1", "+60", "", "1e3", "99999999999999999999"] {
        assert!(!Draft::presigned(DATE, bad).is_accepted_at(NOW), "{bad}");
    }
}

#[test]
fn a_presigned_request_cannot_say_anything_twice() {
    let presigned = Draft::presigned(DATE, "60");
    for name in ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature", "X-Amz-Expires"] {
        let query = format!("{}&{name}=x", presigned.query);
        let (_, text) = Draft { query, ..presigned.clone() }.refusal();
        assert_eq!(text, format!("The parameter '{name}' appears more than once."));
    }
}

#[test]
fn a_session_token_must_be_signed_and_be_the_keys_own() {
    let key = OneKey::new(ID, SECRET, Some("token"));
    let token = ("x-amz-security-token", "token");
    assert!(Draft::signed_at(DATE, &[token]).send_to(&key, NOW).is_ok());
    let unsigned = Draft::good().with(token.0, token.1).send_to(&key, NOW).unwrap_err();
    assert_eq!(
        unsigned.message(),
        "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."
    );
    let absent = Draft::good().send_to(&key, NOW).unwrap_err();
    assert_eq!(absent.fault(), Fault::UnknownKey);
    for other in ["", "token2", "\u{fffd}"] {
        let draft = Draft::signed_at(DATE, &[("x-amz-security-token", other)]);
        assert_eq!(draft.send_to(&key, NOW).unwrap_err().fault(), Fault::UnknownKey, "{other}");
    }
}

/// The key has no token, and is looked up before the signature is calculated: a token that was overlooked would be told as a wrong
/// signature.
#[test]
fn a_session_token_that_is_no_text_is_refused_and_not_overlooked() {
    let presigned = Draft::presigned(DATE, "60");
    let query = format!("{}&X-Amz-Security-Token=%FF", presigned.query);
    assert_eq!(Draft { query, ..presigned }.refusal().0, Fault::UnknownKey);
    let draft = Draft::signed_at(DATE, &[("x-amz-security-token", "t")]);
    let bytes_of = |(name, value): &'_ (&'static str, String)| match *name {
        "x-amz-security-token" => (*name, vec![0xff]),
        name => (name, value.clone().into_bytes()),
    };
    let headers: Vec<_> = draft.headers.iter().map(bytes_of).collect();
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let request =
        RawRequest { method: "POST", path: "/", query: "", headers: &headers, body: Body::Bytes(BODY) };
    assert_eq!(check(&request, &OneKey::new(ID, SECRET, None), NOW).unwrap_err().fault(), Fault::UnknownKey);
}

#[test]
fn a_signature_in_another_spelling_is_refused() {
    let upper = Draft::good();
    let (_, value) = upper.headers.last().unwrap();
    let (front, signature) = value.rsplit_once('=').unwrap();
    for other in [signature.to_uppercase(), format!("{signature}0"), signature[..62].into(), String::new()] {
        let draft = upper.clone().without("authorization").with("authorization", &format!("{front}={other}"));
        assert_eq!(draft.refusal().0, Fault::Mismatch, "{other}");
    }
}

#[test]
fn a_changed_secret_takes_effect_at_once_though_the_signing_key_was_cached() {
    let draft = Draft::good();
    let cache = SigningKeyCache::new(4);
    let headers: Vec<(&str, &[u8])> = draft.headers.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
    let body = Body::Bytes(BODY);
    let request = RawRequest { method: "POST", path: "/", query: "", headers: &headers, body };
    let send = |secret| verify(&request, &OneKey::new(ID, secret, None), SERVICES, NOW, &cache).is_ok();
    assert!(send(SECRET));
    assert!(!send("another"));
    assert!(send(SECRET));
}

#[test]
fn a_given_digest_of_the_body_serves_in_place_of_the_body() {
    let draft = Draft::good();
    let headers: Vec<(&str, &[u8])> = draft.headers.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
    let send = |digest| {
        let body = Body::Sha256(digest);
        let request = RawRequest { method: "POST", path: "/", query: "", headers: &headers, body };
        check(&request, &OneKey::new(ID, SECRET, None), NOW).is_ok()
    };
    let right: [u8; 32] = digest::digest(&digest::SHA256, BODY).as_ref().try_into().unwrap();
    assert!(send(right));
    assert!(!send([0; 32]));
}

#[test]
fn oversized_parts_are_refused_and_repeated_only_in_part() {
    let long = "x".repeat(100_000);
    let draft = Draft::good().without("authorization").with("authorization", &format!("AWS4 {long}"));
    assert_eq!(draft.refusal().1, "The Authorization header is too long.");
    let draft = Draft::good().without("x-amz-date").with("x-amz-date", &long);
    assert!(draft.refusal().1.len() < 2000);
    let names = (0..200).map(|n| format!("a{n:03}")).collect::<Vec<_>>().join(";");
    let draft = Draft::good().authorization("=host;", &format!("={names};host;"));
    assert_eq!(draft.refusal().1, "Too many signed headers.");
}
