//! Digest files in CloudTrail's format: each lists the files of one hour by their hashes, names the digest before it, and is
//! signed, so that `aws cloudtrail validate-logs` and its like verify an export without Gatekey.

use super::export::{HOUR, Place, Written, put, save};
use crate::failure::{Failure, Kind};
use gatekey_audit::{DigestKey, sha256_hex};
use gatekey_types::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// What Gatekey's one trail is called in the names of digests.
const TRAIL: &str = "gatekey";

/// Makes digests, and knows the last of each place.
pub(super) struct Digests {
    key: DigestKey,
    bucket: String,
    home: String,
    last: BTreeMap<Place, Last>,
}

/// A digest, as the next one names it.
struct Last {
    object: String,
    sha256: String,
    signature: String,
}

impl Digests {
    /// With this key, of files that are in this bucket, of a trail with this home Region.
    pub(super) fn new(key: DigestKey, bucket: &str, home: &str) -> Self {
        Self { key, bucket: bucket.to_owned(), home: home.to_owned(), last: BTreeMap::new() }
    }

    /// Writes the digest of an hour, and beside it what S3 keeps as its metadata: the signature.
    pub(super) fn write(
        &mut self,
        to: &Path,
        place: &Place,
        hour: i64,
        files: &[Written],
    ) -> Result<(), Failure> {
        let end = Timestamp::from_seconds(hour.saturating_add(1).saturating_mul(HOUR));
        let object = self.object(place, end);
        let digest = self.digest(place, hour, &object, files);
        let content = digest.to_string().into_bytes();
        let previous = self.last.get(place).map_or("null", |last| &*last.signature);
        let sha256 = sha256_hex(&content);
        let text = format!("{end}\n{}/{object}\n{sha256}\n{previous}", self.bucket);
        let signature = self.key.sign(text.as_bytes());
        let signature = signature.map_err(|fault| Failure::new(Kind::Other, fault.to_string()))?;
        let signature = hex::encode(signature);
        put(to, &object, &content)?;
        let metadata = json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
        let path = to.join(format!("{object}.metadata.json"));
        save(&path, metadata.to_string().as_bytes()).map_err(|error| {
            Failure::new(Kind::Other, format!("cannot write {}: {error}", path.display()))
        })?;
        self.last.insert(place.clone(), Last { object, sha256, signature });
        Ok(())
    }

    fn object(&self, (account, region): &Place, end: Timestamp) -> String {
        let (year, month, day, hour, minute, second) = end.civil();
        let stamp = format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z");
        let name = format!("{account}_CloudTrail-Digest_{region}_{TRAIL}_{}_{stamp}.json.gz", self.home);
        format!("AWSLogs/{account}/CloudTrail-Digest/{region}/{year:04}/{month:02}/{day:02}/{name}")
    }

    fn digest(&self, place: &Place, hour: i64, object: &str, files: &[Written]) -> Value {
        let start = Timestamp::from_seconds(hour.saturating_mul(HOUR));
        let end = Timestamp::from_seconds(hour.saturating_add(1).saturating_mul(HOUR));
        let last = self.last.get(place);
        let logs: Vec<Value> = files.iter().map(|file| self.log_file(file)).collect();
        json!({
            "awsAccountId": place.0,
            "digestStartTime": start.to_string(),
            "digestEndTime": end.to_string(),
            "digestS3Bucket": self.bucket,
            "digestS3Object": object,
            "digestPublicKeyFingerprint": self.key.public().fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": files.iter().map(|file| file.newest).max().map(|time| time.to_string()),
            "oldestEventTime": files.iter().map(|file| file.oldest).min().map(|time| time.to_string()),
            "previousDigestS3Bucket": last.map(|_| &self.bucket),
            "previousDigestS3Object": last.map(|last| &last.object),
            "previousDigestHashValue": last.map(|last| &last.sha256),
            "previousDigestHashAlgorithm": last.map(|_| "SHA-256"),
            "previousDigestSignature": last.map(|last| &last.signature),
            "logFiles": logs,
        })
    }

    fn log_file(&self, file: &Written) -> Value {
        json!({
            "s3Bucket": self.bucket,
            "s3Object": file.object,
            "hashValue": file.sha256,
            "hashAlgorithm": "SHA-256",
            "newestEventTime": file.newest.to_string(),
            "oldestEventTime": file.oldest.to_string(),
        })
    }
}
