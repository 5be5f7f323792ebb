//! AWS's published test suite for Signature Version 4.

use crate::known::{OneKey, check, vectors};
use gatekey_sigv4::{Body, RawRequest};
use gatekey_types::Timestamp;

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    request: String,
    canonical_request: String,
    string_to_sign: String,
    authorization: String,
}

/// 20150830T123600Z
const AT: Timestamp = Timestamp::from_seconds(1_440_938_160);

struct Parsed {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn parse(text: &str) -> Parsed {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
    let (target, _) = rest.rsplit_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        // A line that begins with a space goes on with the header above: the suite makes each a value of its own.
        match line.split_once(':').filter(|_| !line.starts_with(' ')) {
            Some((name, value)) => headers.push((name.into(), value.into())),
            None => headers.push((headers.last().unwrap().0.clone(), line.into())),
        }
    }
    Parsed { method: method.into(), path: path.into(), query: query.into(), headers, body: body.into() }
}

fn with_authorization<T>(vector: &Vector, authorization: &str, test: impl FnOnce(&RawRequest<'_>) -> T) -> T {
    let mut parsed = parse(&vector.request);
    parsed.headers.push(("Authorization".into(), authorization.into()));
    let headers: Vec<(&str, &[u8])> =
        parsed.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    test(&RawRequest {
        method: &parsed.method,
        path: &parsed.path,
        query: &parsed.query,
        headers: &headers,
        body: Body::Bytes(parsed.body.as_bytes()),
    })
}

fn suite_key(vector: &Vector) -> OneKey {
    let token = parse(&vector.request)
        .headers
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-security-token"))
        .map(|(_, value)| value);
    OneKey::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token.as_deref())
}

#[test]
fn every_request_of_the_suite_verifies() {
    let all: Vec<Vector> = vectors("aws-suite.json");
    assert_eq!(all.len(), 31);
    for vector in all {
        let key = suite_key(&vector);
        let proof = with_authorization(&vector, &vector.authorization, |raw| check(raw, &key, AT));
        let proof = proof.unwrap_or_else(|e| {
            panic!("{}: {e} {:?}", vector.name, e.calculated().map(|c| c.canonical_request.clone()))
        });
        assert_eq!((proof.region().as_str(), proof.service()), ("us-east-1", "service"));
        assert_eq!((proof.signed_at(), proof.access_key_id()), (AT, "AKIDEXAMPLE"));
    }
}

#[test]
fn both_texts_on_the_way_are_calculated_to_the_byte() {
    for vector in vectors::<Vector>("aws-suite.json") {
        let key = suite_key(&vector);
        let (front, _) = vector.authorization.rsplit_once('=').unwrap();
        let wrong = format!("{front}={}", "0".repeat(64));
        let error = with_authorization(&vector, &wrong, |raw| check(raw, &key, AT)).unwrap_err();
        let calculated = error.calculated().unwrap();
        assert_eq!(calculated.canonical_request, vector.canonical_request, "{}", vector.name);
        assert_eq!(calculated.string_to_sign, vector.string_to_sign, "{}", vector.name);
    }
}
