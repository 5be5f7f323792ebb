use aws_lc_rs::{
    digest,
    hmac::{self, HMAC_SHA256},
};
use gatekey_types::Timestamp;

/// Signs requests as clients do: Signature Version 4 in the `Authorization` header, over `POST /`.
///
/// Written from AWS's description, apart from the verifier, so that the two check each other.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The access key's id.
    pub access_key_id: String,
    /// Its secret.
    pub secret: String,
    /// The Region that is asked.
    pub region: String,
    /// The service's signing name.
    pub service: &'static str,
}

impl Signer {
    /// The headers of a signed awsJson1.1 request for `target`.
    pub fn headers(&self, target: &str, body: &[u8], now: Timestamp) -> Vec<(String, String)> {
        self.sign(&[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)], body, now)
    }

    /// The same with these headers, `x-amz-security-token` perhaps among them; their names in lower case.
    pub fn sign(&self, headers: &[(&str, &str)], body: &[u8], now: Timestamp) -> Vec<(String, String)> {
        self.sign_path("/", headers, body, now)
    }

    /// The same over `POST` and this path, which needs no escaping.
    pub fn sign_path(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Vec<(String, String)> {
        let (year, month, day, hour, minute, second) = now.civil();
        let date = format!("{year:04}{month:02}{day:02}");
        let moment = format!("{date}T{hour:02}{minute:02}{second:02}Z");
        let mut signed = vec![("host", "kms.test"), ("x-amz-date", moment.as_str())];
        signed.extend(headers);
        signed.sort_unstable();
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!(
            "POST\n{path}\n\n{lines}\n{names}\n{}",
            hex(digest::digest(&digest::SHA256, body).as_ref())
        );
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}");
        let seed = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.split('/').fold(seed, |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &to_sign));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        let own = signed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        own.chain([("authorization".to_owned(), authorization)]).collect()
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
