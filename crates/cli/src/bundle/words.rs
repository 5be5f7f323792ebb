//! Words of AWS, which stay.

/// `kms:Decrypt`, `*`.
pub(super) fn is_action(text: &str) -> bool {
    let is_of_action = |c: char| c.is_ascii_alphanumeric() || "-*?".contains(c);
    let parts: Vec<&str> = text.split(':').collect();
    text == "*" || (text.len() <= 64 && parts.len() == 2 && text.chars().all(|c| c == ':' || is_of_action(c)))
}

/// The name of a service in a policy: `logs.us-east-1.amazonaws.com`.
pub(super) fn is_service(text: &str) -> bool {
    let is_of_aws = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
    is_of_aws && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b))
}

/// How conditions in words begin in which no value stands but times and services.
pub(super) const WORDS_WITHOUT_VALUES: [&str; 7] = [
    "only with MFA",
    "only without MFA",
    "only through ",
    "only over TLS",
    "only before ",
    "only after ",
    "only for a service",
];

/// Condition keys whose values tell what a request is, and not what somebody uses a key for.
pub(super) const PLAIN_KEYS: [&str; 27] = [
    "aws:CalledVia",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:TokenIssueTime",
    "aws:ViaAWSService",
    "kms:BypassPolicyLockoutSafetyCheck",
    "kms:CallerAccount",
    "kms:EncryptionAlgorithm",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:ViaService",
];

/// Parameters of requests that hold AWS's words, ARNs and ids.
pub(super) const PLAIN_PARAMETERS: [&str; 24] = [
    "bypassPolicyLockoutSafetyCheck",
    "customerMasterKeySpec",
    "dryRun",
    "encryptionAlgorithm",
    "grantId",
    "granteePrincipal",
    "keyId",
    "keySpec",
    "keyUsage",
    "limit",
    "multiRegion",
    "numberOfBytes",
    "number",
    "operations",
    "origin",
    "pendingWindowInDays",
    "policyName",
    "primaryRegion",
    "replicaRegion",
    "retiringPrincipal",
    "rotationPeriodInDays",
    "signingAlgorithm",
    "targetKeyId",
    "wrappingAlgorithm",
];

/// What policies are written with.
pub(super) const WORDS_OF_POLICIES: [&str; 25] = [
    "2008-10-17",
    "2012-10-17",
    "AWS",
    "Action",
    "Allow",
    "Bool",
    "Condition",
    "Deny",
    "Effect",
    "Federated",
    "Id",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Null",
    "Principal",
    "Resource",
    "Service",
    "Sid",
    "Statement",
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "Version",
    "true",
];

/// Names of layers of policies, and words that a name is not looked for by.
pub(super) const PLAIN_NAMES: [&str; 19] = [
    "alias",
    "arn",
    "aws",
    "default",
    "endpoint",
    "iam",
    "identity-based",
    "key",
    "kms",
    "permissions-boundary",
    "rcp",
    "resource policy",
    "resource-based",
    "role",
    "root",
    "scp",
    "session",
    "sts",
    "user",
];
