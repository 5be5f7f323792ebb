//! Request rates: how many requests of an account KMS takes in a Region in a second, and CloudTrail of lookups. They are kept
//! only where the configuration asks for AWS's; otherwise nothing is limited.

use crate::{Denied, Found, Passage};
use gatekey_policy::{Context, KeyName, Values};
use gatekey_types::{AccountId, Region, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// What is counted together: AWS counts each quota for itself, by account and Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Quota {
    /// Cryptography under symmetric and HMAC keys, and GenerateRandom.
    Symmetric,
    /// Cryptography under other keys, by the first word of their spec.
    Asymmetric(&'static str),
    /// Key pairs of a spec.
    Pair(&'static str),
    /// An operation of KMS of this name.
    Operation(&'static str),
    /// CloudTrail's LookupEvents.
    Lookups,
}

/// The operations that share the quotas of cryptography.
const CRYPTOGRAPHY: [&str; 15] = [
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// Requests a second for each of these operations.
const OPERATIONS: &[(i64, &[&str])] = &[
    (1, &["GetParametersForImport"]),
    (
        5,
        &[
            "CancelKeyDeletion",
            "ConnectCustomKeyStore",
            "CreateAlias",
            "CreateCustomKeyStore",
            "CreateKey",
            "DeleteCustomKeyStore",
            "DescribeCustomKeyStores",
            "DisableKey",
            "DisableKeyRotation",
            "DisconnectCustomKeyStore",
            "EnableKey",
            "GetKeyLastUsage",
            "ReplicateKey",
            "RotateKeyOnDemand",
            "UntagResource",
            "UpdateAlias",
            "UpdateCustomKeyStore",
            "UpdateKeyDescription",
            "UpdatePrimaryRegion",
        ],
    ),
    (10, &["TagResource"]),
    (
        15,
        &[
            "DeleteAlias",
            "DeleteImportedKeyMaterial",
            "EnableKeyRotation",
            "ImportKeyMaterial",
            "PutKeyPolicy",
            "ScheduleKeyDeletion",
        ],
    ),
    (50, &["CreateGrant", "RetireGrant", "RevokeGrant"]),
    (100, &["ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants"]),
    (500, &["ListAliases", "ListKeys"]),
    (1_000, &["GetKeyPolicy", "GetKeyRotationStatus"]),
    (2_000, &["DescribeKey", "GetPublicKey", "ListResourceTags"]),
];

/// Key pairs a second, by the start of their spec.
const PAIRS: &[(&str, i64)] =
    &[("RSA_2048", 20), ("RSA_3072", 4), ("RSA_4096", 1), ("ECC_", 100), ("SM2", 100)];

/// The first words of the specs of asymmetric keys. Elliptic curves and SM2 are counted together.
const ASYMMETRIC: &[(&str, &str)] =
    &[("RSA_", "RSA"), ("ECC_", "ECC"), ("SM2", "ECC"), ("ML_DSA_", "ML_DSA"), ("ML_KEM_", "ML_KEM")];

/// Regions in which symmetric cryptography is allowed more often than 10,000 times a second.
const LARGE: [&str; 3] = ["eu-west-1", "us-east-1", "us-west-2"];
const MIDDLING: [&str; 6] =
    ["ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-2", "us-east-2"];

/// Lookups of CloudTrail a second.
const LOOKUPS: i64 = 2;

/// The quota of an operation of a service, which is named as signatures name it.
fn quota_of(service: &str, operation: &str, spec: Option<&str>, pair: Option<&str>) -> Option<Quota> {
    match service {
        "kms" => quota(operation, spec, pair),
        "cloudtrail" => (operation == "LookupEvents").then_some(Quota::Lookups),
        _ => None,
    }
}

/// The quota of an operation of KMS, on a key of this spec or for a pair of that.
fn quota(operation: &str, spec: Option<&str>, pair: Option<&str>) -> Option<Quota> {
    if let Some(pair) = pair {
        return PAIRS.iter().find(|(start, _)| pair.starts_with(start)).map(|(start, _)| Quota::Pair(start));
    }
    if CRYPTOGRAPHY.contains(&operation) {
        let of = |spec: &str| ASYMMETRIC.iter().find(|(start, _)| spec.starts_with(start));
        return Some(spec.and_then(of).map_or(Quota::Symmetric, |(_, family)| Quota::Asymmetric(family)));
    }
    let names = OPERATIONS.iter().flat_map(|(_, names)| names.iter());
    names.copied().find(|name| *name == operation).map(Quota::Operation)
}

impl Quota {
    /// Requests a second.
    fn rate(&self, region: &str) -> i64 {
        match self {
            Self::Symmetric if LARGE.contains(&region) => 100_000,
            Self::Symmetric if MIDDLING.contains(&region) => 20_000,
            Self::Symmetric => 10_000,
            Self::Asymmetric(_) => 1_000,
            Self::Pair(start) => PAIRS.iter().find(|(known, _)| known == start).map_or(1, |(_, rate)| *rate),
            Self::Operation(name) => {
                OPERATIONS.iter().find(|(_, names)| names.contains(name)).map_or(1, |(rate, _)| *rate)
            }
            Self::Lookups => LOOKUPS,
        }
    }
}

/// One bucket of tokens, in thousandths of a request: it holds what one second gives, and starts full.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    at: Timestamp,
}

/// What one request takes.
const ONE: i64 = 1_000;

/// Buckets that are kept at the same time, about 100 bytes each. One that was not touched for a second is full, and need not be
/// kept.
const MOST: usize = 65_536;

/// How full the buckets are.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    buckets: Mutex<HashMap<(AccountId, Region, Quota), Bucket>>,
}

impl Rates {
    /// Takes one request from a bucket, unless it is empty.
    fn admit(&self, account: AccountId, region: &Region, quota: Quota, now: Timestamp) -> bool {
        let rate = quota.rate(region.as_str());
        let full = rate.saturating_mul(ONE);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (account, region.clone(), quota);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: full, at: now });
        // A thousandth of a request comes back each millisecond for each request a second.
        let back = now.millis_since(bucket.at).max(0).saturating_mul(rate);
        bucket.left = bucket.left.saturating_add(back).min(full);
        bucket.at = bucket.at.max(now);
        let has_one = bucket.left >= ONE;
        if has_one {
            bucket.left -= ONE;
        }
        has_one
    }
}

/// Forgets the buckets that are full by now; if none is, the one that was touched first.
fn make_room(buckets: &mut HashMap<(AccountId, Region, Quota), Bucket>, now: Timestamp) {
    buckets.retain(|_, bucket| now.millis_since(bucket.at) < 1_000);
    if buckets.len() >= MOST {
        let first = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone());
        first.map(|key| buckets.remove(&key));
    }
}

impl Passage<'_> {
    /// Whether the request was one too many: it is to be answered with ThrottlingException and this text, which is the
    /// service's, whatever its handler says.
    pub fn throttled(&self) -> Option<&'static str> {
        (self.meter == Meter::Empty).then(|| text_of(self.operation.service.signing_name))
    }

    /// Says that the request was counted before: it is decided anew because others changed what it depends on.
    pub fn counted_before(&mut self) {
        self.meter = Meter::Counted;
    }

    /// Counts the request, once, against the caller's quota: the caller's account is throttled and not the key's. By its first
    /// key, where it has two.
    pub(crate) fn meter(&mut self, found: Option<&Found>, context: &Context<'_>) -> Result<(), Denied> {
        let Some(rates) = self.gate.rates.as_ref().filter(|_| self.meter == Meter::Ahead) else {
            return Ok(());
        };
        let spec = found.map(|found| found.key.record.spec.as_str());
        let service = self.operation.service.signing_name;
        let admitted = match quota_of(service, self.operation.name, spec, pair_of(context)) {
            Some(quota) => rates.admit(self.account(), self.region(), quota, self.now()),
            None => true,
        };
        self.meter = if admitted { Meter::Counted } else { Meter::Empty };
        if admitted { Ok(()) } else { Err(Denied { message: text_of(service).to_owned() }) }
    }
}

/// AWS's text of a service's ThrottlingException.
fn text_of(service: &str) -> &'static str {
    match service {
        "kms" => "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        _ => "Rate exceeded",
    }
}

/// Whether a request was counted against its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Meter {
    /// Not yet.
    #[default]
    Ahead,
    /// It was, and there was room.
    Counted,
    /// It was, and there was none.
    Empty,
}

/// The spec of the key pair that is asked for.
fn pair_of<'c>(context: &'c Context<'_>) -> Option<&'c str> {
    context.entries().find_map(|(key, values)| match values {
        Values::One(gatekey_policy::Value::Text(text)) if key.name() == KeyName::KmsDataKeyPairSpec => {
            Some(text.as_ref())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::Operation;

    fn admitted(rates: &Rates, region: &str, quota: &Quota, at: i64) -> i64 {
        let account = "111122223333".parse().unwrap();
        let (region, now) = (region.parse().unwrap(), Timestamp::from_millis(at));
        (0..).take_while(|_| rates.admit(account, &region, quota.clone(), now)).count().try_into().unwrap()
    }

    #[test]
    fn a_second_gives_as_many_requests_as_the_quota_says_and_no_more_are_saved() {
        let rates = Rates::default();
        let aliases = quota("CreateAlias", None, None).unwrap();
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 0), 5);
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 199), 0);
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 200), 1);
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 800), 3);
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 3_600_000), 5);
        assert_eq!(admitted(&rates, "us-east-1", &aliases, 0), 0, "a clock that goes back gives nothing");
        assert_eq!(admitted(&rates, "eu-west-1", &aliases, 3_600_000), 5, "a Region is one of its own");
    }

    #[test]
    fn the_table_of_request_rates() {
        let is = |operation: &str, spec: Option<&str>, pair: Option<&str>, region: &str| {
            quota(operation, spec, pair).unwrap().rate(region)
        };
        for (operation, spec, rate) in [
            ("Encrypt", Some("SYMMETRIC_DEFAULT"), 10_000),
            ("GenerateRandom", None, 10_000),
            ("GenerateMac", Some("HMAC_256"), 10_000),
            ("Decrypt", Some("RSA_2048"), 1_000),
            ("Sign", Some("ECC_NIST_P256"), 1_000),
            ("Sign", Some("ML_DSA_44"), 1_000),
            ("CreateKey", None, 5),
            ("TagResource", Some("RSA_2048"), 10),
            ("PutKeyPolicy", None, 15),
            ("CreateGrant", None, 50),
            ("ListGrants", None, 100),
            ("ListKeys", None, 500),
            ("GetKeyPolicy", None, 1_000),
            ("DescribeKey", None, 2_000),
            ("GetParametersForImport", None, 1),
        ] {
            assert_eq!(is(operation, spec, None, "eu-north-1"), rate, "{operation} {spec:?}");
        }
        for (region, rate) in [("us-east-1", 100_000), ("eu-central-1", 20_000), ("sa-east-1", 10_000)] {
            assert_eq!(is("Decrypt", None, None, region), rate, "{region}");
        }
        for (pair, rate) in [
            ("RSA_2048", 20),
            ("RSA_3072", 4),
            ("RSA_4096", 1),
            ("ECC_NIST_P521", 100),
            ("ECC_SECG_P256K1", 100),
        ] {
            assert_eq!(is("GenerateDataKeyPair", Some("SYMMETRIC_DEFAULT"), Some(pair), "us-east-1"), rate);
        }
        let (rsa, ecc) = (quota("Sign", Some("RSA_2048"), None), quota("Sign", Some("ECC_NIST_P256"), None));
        assert_ne!(rsa, ecc, "each family is counted for itself");
        assert_eq!(rsa, quota("Decrypt", Some("RSA_4096"), None), "all of one family together");
        assert_eq!(ecc, quota("Verify", Some("SM2"), None));
    }

    #[test]
    fn every_operation_of_kms_has_a_quota() {
        for operation in Operation::ALL {
            let name = operation.info().name;
            assert!(quota(name, None, None).is_some(), "{name}");
        }
    }

    #[test]
    fn operations_of_other_services_have_none_of_the_quotas_of_kms_but_lookups_have_their_own() {
        assert_eq!(quota_of("cloudtrail", "LookupEvents", None, None).unwrap().rate("us-east-1"), 2);
        assert_eq!(quota_of("kms", "TagResource", None, None), Some(Quota::Operation("TagResource")));
        for (service, operation) in [
            ("secretsmanager", "TagResource"),
            ("organizations", "UntagResource"),
            ("cloudtrail", "GetTrail"),
        ] {
            assert_eq!(quota_of(service, operation, None, None), None, "{service} {operation}");
        }
    }

    /// The page's table: AWS's defaults in each group of Regions.
    fn table() -> String {
        let mut table = String::from("| counted together | requests a second |\n|---|---|\n");
        let mut row = |what: &str, rate: i64| table += &format!("| {what} | {rate} |\n");
        let symmetric = |region: &str| Quota::Symmetric.rate(region);
        let cryptography = CRYPTOGRAPHY.join(", ");
        row(
            &format!("{cryptography}, under symmetric and HMAC keys, in {}", LARGE.join(", ")),
            symmetric(LARGE[0]),
        );
        row(&format!("the same, in {}", MIDDLING.join(", ")), symmetric(MIDDLING[0]));
        row("the same, in every other Region", symmetric("eu-north-1"));
        for (family, what) in
            [("RSA", "RSA"), ("ECC", "elliptic curves and SM2"), ("ML_DSA", "ML-DSA"), ("ML_KEM", "ML-KEM")]
        {
            row(&format!("the same, under keys of {what}"), Quota::Asymmetric(family).rate("eu-north-1"));
        }
        for (start, rate) in PAIRS {
            row(&format!("key pairs of `{start}{}`", if start.ends_with('_') { "*" } else { "" }), *rate);
        }
        for (rate, names) in OPERATIONS {
            row(&format!("each of {}", names.join(", ")), *rate);
        }
        row("CloudTrail's LookupEvents", LOOKUPS);
        table
    }

    #[test]
    fn the_page_of_quotas_has_the_request_rates() {
        let holds = gatekey_testkit::page::holds("quotas.md", "request rates", &table());
        assert!(holds.unwrap(), "GATEKEY_UPDATE_DOCS=1 writes it anew");
    }

    #[test]
    fn memory_is_bounded_and_full_buckets_are_forgotten_first() {
        let rates = Rates::default();
        let (region, now) = ("us-east-1".parse().unwrap(), Timestamp::from_millis(0));
        let account = |n: usize| format!("{n:012}").parse::<AccountId>().unwrap();
        let one = Quota::Operation("GetParametersForImport");
        for n in 0..MOST + 10 {
            assert!(rates.admit(account(n), &region, one.clone(), now.plus_millis(1)));
        }
        assert_eq!(rates.buckets.lock().unwrap().len(), MOST);
        assert!(rates.admit(account(MOST + 11), &region, one, now.plus_millis(1_001)));
        assert_eq!(rates.buckets.lock().unwrap().len(), 1);
    }
}
