use super::*;
use jsonwebtoken::{EncodingKey, encode};
use rcgen::KeyPair;
use serde_json::json;

const NOW: i64 = 1_800_000_000;

struct Signing {
    key: EncodingKey,
    set: String,
}

fn signing(id: &str) -> Signing {
    let pair = KeyPair::generate().unwrap();
    let key = EncodingKey::from_ec_der(&pair.serialize_der());
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    Signing { key, set: json!({"keys": [{"kty": "unheard-of"}, jwk]}).to_string() }
}

fn token(signing: &Signing, id: Option<&str>, claims: &Value) -> (Header, String) {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = id.map(str::to_owned);
    let token = encode(&header, claims, &signing.key).unwrap();
    (header, token)
}

fn claims() -> Value {
    json!({"iss": "https://i", "sub": "s", "aud": ["a", "b"], "exp": NOW + 60, "iat": NOW})
}

#[test]
fn only_the_key_that_signed_proves_a_token() {
    let (own, other) = (signing("1"), signing("1"));
    for id in [Some("1"), None] {
        let (header, text) = token(&own, id, &claims());
        assert!(proved_by(&own.set, &header, &text).1.is_some());
        assert!(proved_by(&other.set, &header, &text).1.is_none());
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            // The last letters of a part may hold bits that mean nothing; then the very same claims come of it.
            let proved = proved_by(&own.set, &header, &forged).1;
            assert!(proved.is_none_or(|claims| claims.sub.as_deref() == Some("s")), "{at}");
        }
    }
    let (header, text) = token(&own, Some("2"), &claims());
    let (named, proved) = proved_by(&own.set, &header, &text);
    assert!(!named && proved.is_none());
}

#[test]
fn a_token_has_its_time() {
    let at = |claims: &Value, now: i64| {
        let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
        check_times(&claims, Timestamp::from_seconds(now))
    };
    assert!(at(&claims(), NOW + 59).is_ok());
    assert!(matches!(at(&claims(), NOW + 60), Err(TokenFault::Expired(_))));
    assert!(at(&claims(), NOW - 300).is_ok());
    assert!(matches!(at(&claims(), NOW - 301), Err(TokenFault::Invalid(_))));
    for missing in ["exp", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(missing);
        assert!(matches!(at(&claims, NOW), Err(TokenFault::Invalid(_))));
    }
}

#[test]
fn tags_have_one_value_each() {
    let read = |text: Value| tags(Some(serde_json::from_value(text).unwrap()));
    let (pairs, transitive) =
        read(json!({"principal_tags": {"a": ["1"], "b": "2"}, "transitive_tag_keys": ["a"]})).unwrap();
    assert_eq!(pairs, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    assert_eq!(transitive, ["a"]);
    assert!(read(json!({"principal_tags": {"a": ["1", "2"]}})).is_err());
}
