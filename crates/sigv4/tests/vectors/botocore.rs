//! Requests that botocore signed: each verifies, and none does with a byte changed.

use crate::known::{OneKey, check, vectors};
use base64::{Engine, prelude::BASE64_STANDARD};
use gatekey_sigv4::{Authenticated, Body, RawRequest, SignatureError, SignedVia};
use gatekey_types::Timestamp;

#[derive(serde::Deserialize, Clone)]
struct Sample {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    service: String,
    region: String,
    at_seconds: i64,
    presigned: bool,
}

/// A request whose every byte can be changed.
#[derive(Clone)]
struct Wire {
    method: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sample {
    fn wire(&self) -> Wire {
        let bytes = |text: &String| text.as_bytes().to_vec();
        Wire {
            method: bytes(&self.method),
            path: bytes(&self.path),
            query: bytes(&self.query),
            headers: self.headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
            body: BASE64_STANDARD.decode(&self.body).unwrap(),
        }
    }

    fn key(&self) -> OneKey {
        OneKey::new(&self.access_key_id, &self.secret_access_key, self.session_token.as_deref())
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_seconds(self.at_seconds)
    }

    fn verify(&self, wire: &Wire) -> Result<Authenticated<String>, SignatureError> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        let headers: Vec<(&str, &[u8])> =
            wire.headers.iter().map(|(name, value)| (text(name), value.as_slice())).collect();
        let request = RawRequest {
            method: text(&wire.method),
            path: text(&wire.path),
            query: text(&wire.query),
            headers: &headers,
            body: Body::Bytes(&wire.body),
        };
        check(&request, &self.key(), self.at())
    }

    /// Whether the header is part of what was signed, or the signature itself.
    fn is_covered(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let (_, authorization) =
            self.headers.iter().find(|(name, _)| name == "Authorization").cloned().unwrap_or_default();
        let signed = authorization.split("SignedHeaders=").nth(1).unwrap_or_default();
        let signed = signed.split(',').next().unwrap_or_default();
        matches!(name.as_str(), "authorization" | "host") || signed.split(';').any(|s| s == name)
    }

    /// In a path that is normalised, some bytes can change without changing its meaning (`/./` is `//`).
    fn path_is_normal(&self) -> bool {
        self.path == "/" || !self.path.split('/').skip(1).any(|s| matches!(s, "" | "." | ".."))
    }
}

#[test]
fn what_botocore_signed_verifies_as_whom_when_and_where_it_was_signed() {
    let samples: Vec<Sample> = vectors("botocore-samples.json");
    assert!(samples.len() >= 200);
    for (index, sample) in samples.iter().enumerate() {
        let proof = sample.verify(&sample.wire());
        let proof = proof.unwrap_or_else(|e| {
            panic!("sample {index}: {e}\n{}", e.calculated().map_or("", |c| &c.canonical_request))
        });
        assert_eq!(proof.access_key_id(), sample.access_key_id);
        assert_eq!(proof.principal(), &format!("owner of {}", sample.access_key_id));
        assert_eq!((proof.region().as_str(), proof.service()), (&*sample.region, &*sample.service));
        assert_eq!(proof.signed_at(), sample.at());
        assert_eq!(proof.via() == SignedVia::Query, sample.presigned);
    }
}

/// Changes every `stride`-th byte of a part, one at a time, and expects a refusal each time.
fn flip(sample: &Sample, stride: usize, part: impl Fn(&mut Wire) -> &mut Vec<u8>) -> usize {
    let mut wire = sample.wire();
    let length = part(&mut wire).len();
    let mut flips = 0;
    for at in (sample.at_seconds.unsigned_abs() as usize % stride..length).step_by(stride) {
        let byte = part(&mut wire)[at];
        // The lowest bit: so ASCII stays ASCII, and what is text stays text.
        if byte.is_ascii() {
            part(&mut wire)[at] ^= 1;
            assert!(
                sample.verify(&wire).is_err(),
                "byte {at} of {:?}",
                String::from_utf8_lossy(part(&mut wire))
            );
            part(&mut wire)[at] ^= 1;
            flips += 1;
        }
    }
    flips
}

#[test]
fn with_any_one_byte_changed_none_verifies() {
    let mut flips = 0;
    for sample in vectors::<Sample>("botocore-samples.json") {
        flips += flip(&sample, 1, |wire| &mut wire.method);
        flips += flip(&sample, 2, |wire| &mut wire.query);
        flips += flip(&sample, 3, |wire| &mut wire.body);
        if sample.path_is_normal() {
            flips += flip(&sample, 1, |wire| &mut wire.path);
        }
        for (index, (name, _)) in sample.headers.iter().enumerate() {
            if sample.is_covered(name) {
                flips += flip(&sample, 4, |wire| &mut wire.headers[index].1);
                flips += flip(&sample, 4, |wire| &mut wire.headers[index].0);
            }
        }
    }
    assert!(flips > 20_000, "{flips}");
}

#[test]
fn a_header_taken_away_or_given_twice_is_refused() {
    for sample in vectors::<Sample>("botocore-samples.json") {
        for index in 0..sample.headers.len() {
            if !sample.is_covered(&sample.headers[index].0) {
                continue;
            }
            let mut without = sample.wire();
            let header = without.headers.remove(index);
            assert!(sample.verify(&without).is_err());
            let mut twice = sample.wire();
            twice.headers.push(header);
            assert!(sample.verify(&twice).is_err());
        }
    }
}

#[test]
fn bytes_moved_from_one_part_to_the_next_are_refused() {
    for sample in vectors::<Sample>("botocore-samples.json").into_iter().filter(|s| !s.presigned) {
        let mut longer = sample.wire();
        longer.body.push(0);
        assert!(sample.verify(&longer).is_err());
        let mut extra = sample.wire();
        extra.query = [extra.query.as_slice(), b"&x=1"].concat();
        assert!(sample.verify(&extra).is_err());
        let mut amz = sample.wire();
        amz.headers.push((b"X-Amz-Injected".to_vec(), b"1".to_vec()));
        assert!(sample.verify(&amz).is_err());
    }
}
