//! Any request at all: fields are split at zero bytes. Nobody knows the secret, so none may be believed.
#![no_main]

use gatekey_sigv4::{
    Body, Credential, Credentials, LookupError, RawRequest, SecretAccessKey, SigningKeyCache, verify,
};
use gatekey_types::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::{str::from_utf8, sync::Arc};

struct AnyKey;

impl Credentials for AnyKey {
    type Principal = ();
    fn lookup(&self, _: &str, _: Option<&str>) -> Result<Credential<()>, LookupError> {
        let secret = Arc::new(SecretAccessKey::new("a secret that the fuzzer does not know"));
        Ok(Credential { principal: (), secret })
    }
}

fuzz_target!(|data: &[u8]| {
    let fields: Vec<&[u8]> = data.split(|byte| *byte == 0).collect();
    let text = |index: usize| fields.get(index).and_then(|field| from_utf8(field).ok()).unwrap_or_default();
    let headers: Vec<(&str, &[u8])> = fields
        .iter()
        .skip(3)
        .filter_map(|field| {
            let at = field.iter().position(|byte| *byte == b':')?;
            Some((from_utf8(&field[..at]).ok()?, &field[at + 1..]))
        })
        .collect();
    let request = RawRequest {
        method: text(0),
        path: text(1),
        query: text(2),
        headers: &headers,
        body: Body::Bytes(b""),
    };
    // 2015-08-30T12:36:00Z, the date of the seeds.
    let now = Timestamp::from_seconds(1_440_938_160);
    let result = verify(&request, &AnyKey, &["kms", "service"], now, &SigningKeyCache::new(1));
    if let Err(error) = &result {
        assert!(error.message().len() < 32 * 1024);
    }
    assert!(result.is_err());
});
