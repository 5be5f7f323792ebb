//! The other side: signing a request, for clients of this server.

use crate::{
    canonical::{canonical_request, push_hex},
    date::basic,
    error::SignatureError,
    headers::{Headers, SignedHeaders},
    key::{KeyScope, SecretAccessKey, derive},
    request::{RawRequest, sha256},
    verify::SignedVia,
};
use aws_lc_rs::hmac;
use gatekey_types::{Region, Timestamp};

/// Who signs, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a SecretAccessKey,
    /// The Region that is asked.
    pub region: &'a Region,
    /// The service's signing name.
    pub service: &'static str,
}

/// A moment as the header `x-amz-date` has it.
pub fn amz_date(moment: Timestamp) -> String {
    basic(moment)
}

impl Signing<'_> {
    /// The value of the `Authorization` header of a request without a query. All its headers are signed: they must be in
    /// lower case and in ascending order, each once, and `host` and `x-amz-date` ([`amz_date`] of `now`) among them.
    ///
    /// # Errors
    /// The headers are not as they must be.
    pub fn authorization(&self, request: &RawRequest<'_>, now: Timestamp) -> Result<String, SignatureError> {
        let date = basic(now);
        let day = date.get(..8).unwrap_or_default();
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let headers = Headers::new(request.headers)?;
        let signed = SignedHeaders::check(&names, headers)?;
        let canonical = canonical_request(request, &[], &signed, SignedVia::Header);
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let mut to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n").into_bytes();
        push_hex(&sha256(&canonical), &mut to_sign);
        let key = derive(
            self.secret,
            KeyScope { access_key_id: self.access_key_id, day, region: self.region, service: self.service },
        );
        let mut signature = [0; 32];
        signature.copy_from_slice(hmac::sign(&key, &to_sign).as_ref());
        let mut hex = Vec::with_capacity(64);
        push_hex(&signature, &mut hex);
        Ok(format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.access_key_id,
            String::from_utf8_lossy(&hex)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;
    use gatekey_testkit::Signer;

    #[test]
    fn a_signature_is_the_one_that_an_independent_signer_makes() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let (body, region) = (br#"{"DecisionId":"x"}"#, "eu-central-1".parse().unwrap());
        let signer = Signer {
            access_key_id: "AKIAEXAMPLE".into(),
            secret: "secret".into(),
            region: "eu-central-1".into(),
            service: "gatekey",
        };
        let theirs = signer.headers("Gatekey.ExplainDecision", body, now);
        let (_, expected) = theirs.iter().find(|(name, _)| name == "authorization").unwrap();
        let headers: Vec<(&str, &[u8])> = theirs
            .iter()
            .filter(|(name, _)| name != "authorization")
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request =
            RawRequest { method: "POST", path: "/", query: "", headers: &headers, body: Body::Bytes(body) };
        let secret = SecretAccessKey::new("secret");
        let signing =
            Signing { access_key_id: "AKIAEXAMPLE", secret: &secret, region: &region, service: "gatekey" };
        assert_eq!(signing.authorization(&request, now).unwrap(), *expected);
    }

    #[test]
    fn a_request_whose_headers_are_out_of_order_is_not_signed() {
        let headers: [(&str, &[u8]); 2] = [("x-amz-date", b"20270115T080000Z"), ("host", b"h")];
        let request =
            RawRequest { method: "POST", path: "/", query: "", headers: &headers, body: Body::Bytes(b"") };
        let (secret, region) = (SecretAccessKey::new("s"), "us-east-1".parse().unwrap());
        let signing = Signing { access_key_id: "A", secret: &secret, region: &region, service: "gatekey" };
        assert!(signing.authorization(&request, Timestamp::from_seconds(0)).is_err());
    }
}
