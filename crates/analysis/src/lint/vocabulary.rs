//! The names that policies are made of: actions, condition keys, operators, and values that AWS fixes.

use super::document::Statement;
pub(crate) use gatekey_policy::KeyName;
pub(crate) use gatekey_policy::action::{ActionFacts as Action, ActionTarget as Target};
pub(crate) use gatekey_policy::key::{KeyFacts, KeyType};
use gatekey_policy::{ConditionKey, KmsAction};

/// Every action of KMS.
pub(crate) fn actions() -> impl Iterator<Item = &'static Action> {
    KmsAction::all()
}

/// The action of this name, without the prefix and in any case.
pub(crate) fn action(name: &str) -> Option<&'static Action> {
    KmsAction::named(name).map(KmsAction::facts)
}

/// Whether the statement's action element covers this action.
pub(crate) fn is_covered(action: &Action, statement: &Statement) -> bool {
    statement.covers(&format!("kms:{}", action.name))
}

/// What is known of a condition key.
pub(crate) fn key(text: &str) -> Option<&'static KeyFacts> {
    ConditionKey::parse(text).name().facts()
}

/// Global keys that AWS has and KMS requests never matter to.
const OTHER_GLOBAL_KEYS: [&str; 10] = [
    "aws:CalledViaAWSMCP",
    "aws:ChatbotSourceArn",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:SignInSessionArn",
    "aws:SourceVpcArn",
    "aws:ViaAWSMCPService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
];

/// Whether this is a condition key that AWS has for every service.
pub(crate) fn is_global_key(text: &str) -> bool {
    key(text).is_some_and(|facts| facts.text.starts_with("aws:"))
        || OTHER_GLOBAL_KEYS.iter().any(|name| name.eq_ignore_ascii_case(text))
}

/// The spelling of every known condition key, for suggestions. A family's ends in its separator.
pub(crate) fn key_names() -> impl Iterator<Item = &'static str> {
    KeyName::all().map(|facts| facts.text)
}

/// Whether a request for the action may carry the key. Global keys, tags aside, are in every request or in none by
/// other rules than the action.
pub(crate) fn may_carry(action: &Action, key: &KeyFacts) -> bool {
    let by_action = key.text.starts_with("kms:")
        || matches!(key.name, KeyName::AwsResourceTag | KeyName::AwsRequestTag | KeyName::AwsTagKeys);
    !by_action || action.keys_in_request().any(|name| name == key.name)
}

/// Every condition operator, without set quantifiers and `IfExists`.
pub(crate) const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// The values that a key can have, where AWS fixes them.
pub(crate) fn values_of(key: KeyName) -> &'static [&'static str] {
    match key {
        KeyName::AwsPrincipalType => &["Account", "User", "FederatedUser", "AssumedRole", "Anonymous"],
        KeyName::KmsKeyUsage | KeyName::KmsCustomerMasterKeyUsage => &[
            "ENCRYPT_DECRYPT",
            "SIGN_VERIFY",
            "GENERATE_VERIFY_MAC",
            "KEY_AGREEMENT",
            "ENCAPSULATE_DECAPSULATE",
        ],
        KeyName::KmsKeyOrigin => &["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
        KeyName::KmsKeySpec | KeyName::KmsCustomerMasterKeySpec => &KEY_SPECS,
        KeyName::KmsEncryptionAlgorithm => {
            &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"]
        }
        KeyName::KmsSigningAlgorithm => &SIGNING_ALGORITHMS,
        KeyName::KmsMacAlgorithm => &["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"],
        KeyName::KmsMessageType => &["RAW", "DIGEST", "EXTERNAL_MU"],
        KeyName::KmsMultiRegionKeyType => &["PRIMARY", "REPLICA"],
        KeyName::KmsGrantConstraintType => &["EncryptionContextEquals", "EncryptionContextSubset"],
        KeyName::KmsExpirationModel => &["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"],
        KeyName::KmsKeyAgreementAlgorithm => &["ECDH"],
        _ => &[],
    }
}

const KEY_SPECS: [&str; 20] = [
    "SYMMETRIC_DEFAULT",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
];

const SIGNING_ALGORITHMS: [&str; 13] = [
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
];
