//! Edits a request that botocore signed. It may verify only if nothing that matters was changed.
#![no_main]

use base64::{Engine, prelude::BASE64_STANDARD};
use gatekey_sigv4::{
    Body, Credential, Credentials, LookupError, RawRequest, SecretAccessKey, SigningKeyCache, verify,
};
use gatekey_types::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::{
    str::from_utf8,
    sync::{Arc, LazyLock},
};

#[derive(serde::Deserialize)]
struct Sample {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    at_seconds: i64,
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../conformance/sigv4/botocore-samples.json")).unwrap()
});

const SERVICES: &[&str] =
    &["kms", "iam", "sts", "ssm", "secretsmanager", "cloudtrail", "organizations", "tagging"];

struct OneKey<'a>(&'a Sample);

impl Credentials for OneKey<'_> {
    type Principal = ();
    fn lookup(&self, id: &str, token: Option<&str>) -> Result<Credential<()>, LookupError> {
        if id != self.0.access_key_id || token != self.0.session_token.as_deref() {
            return Err(LookupError::UnknownKey);
        }
        let secret = Arc::new(SecretAccessKey::new(self.0.secret_access_key.as_bytes()));
        Ok(Credential { principal: (), secret })
    }
}

/// Method, path, query, body, then names and values of the headers.
fn parts(sample: &Sample) -> Vec<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = vec![
        sample.method.clone().into(),
        sample.path.clone().into(),
        sample.query.clone().into(),
        BASE64_STANDARD.decode(&sample.body).unwrap(),
    ];
    for (name, value) in &sample.headers {
        parts.push(name.clone().into());
        parts.push(value.clone().into());
    }
    parts
}

/// Applies edits of four bytes each: which part, where, how, with what.
fn edit(parts: &mut Vec<Vec<u8>>, edits: &[u8]) {
    for four in edits.chunks_exact(4) {
        let index = usize::from(four[0]) % parts.len();
        let part = &mut parts[index];
        let at = usize::from(four[1]) * (part.len() + 1) / 256;
        match four[2] % 5 {
            0 if at < part.len() => part[at] = four[3],
            1 => part.insert(at, four[3]),
            2 if at < part.len() => {
                part.remove(at);
            }
            3 => part.truncate(at),
            _ => {
                let copy = parts[usize::from(four[3]) % parts.len()].clone();
                parts[index] = copy;
            }
        }
    }
}

/// The values that decide what a request means, in an order that does not depend on the headers'.
fn meaning(parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let squeeze = |value: &[u8]| {
        let text = String::from_utf8_lossy(value);
        text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    let mut headers: Vec<Vec<u8>> = parts[4..]
        .chunks_exact(2)
        .map(|pair| (pair[0].to_ascii_lowercase(), &pair[1]))
        .filter(|(name, _)| name.starts_with(b"x-amz-") && name != b"x-amz-user-agent")
        .map(|(name, value)| [name, squeeze(value).into_bytes()].concat())
        .collect();
    headers.sort();
    headers.extend([parts[0].clone(), parts[3].clone()]);
    headers
}

fuzz_target!(|data: &[u8]| {
    let Some((&pick, edits)) = data.split_first() else { return };
    let sample = &SAMPLES[usize::from(pick) % SAMPLES.len()];
    let original = parts(sample);
    let mut edited = original.clone();
    edit(&mut edited, edits);
    let text = |index: usize| from_utf8(&edited[index]);
    let (Ok(method), Ok(path), Ok(query)) = (text(0), text(1), text(2)) else { return };
    let headers: Option<Vec<(&str, &[u8])>> = edited[4..]
        .chunks_exact(2)
        .map(|pair| Some((from_utf8(&pair[0]).ok()?, pair[1].as_slice())))
        .collect();
    let Some(headers) = headers else { return };
    let request = RawRequest { method, path, query, headers: &headers, body: Body::Bytes(&edited[3]) };
    let now = Timestamp::from_seconds(sample.at_seconds);
    let verified = verify(&request, &OneKey(sample), SERVICES, now, &SigningKeyCache::new(1)).is_ok();
    if verified {
        assert_eq!(meaning(&original), meaning(&edited));
    } else {
        assert_ne!(original, edited, "an unedited request must verify");
    }
});
