//! The small world in which random cases happen.

pub(super) const ACCOUNT_A: &str = "111122223333";
pub(super) const ACCOUNT_B: &str = "444455556666";
pub(super) const ROOT_A: &str = "arn:aws:iam::111122223333:root";
pub(super) const ROOT_B: &str = "arn:aws:iam::444455556666:root";
pub(super) const USER: &str = "arn:aws:iam::111122223333:user/u";
pub(super) const USER_2: &str = "arn:aws:iam::111122223333:user/team/v";
pub(super) const USER_B: &str = "arn:aws:iam::444455556666:user/u";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/r";
pub(super) const ROLE_2: &str = "arn:aws:iam::111122223333:role/team/q";
pub(super) const ROLE_B: &str = "arn:aws:iam::444455556666:role/r";
pub(super) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/s";
pub(super) const SESSION_2: &str = "arn:aws:sts::111122223333:assumed-role/q/s";
pub(super) const SESSION_B: &str = "arn:aws:sts::444455556666:assumed-role/r/s";
pub(super) const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/f";
pub(super) const LOGS: &str = "logs.us-east-1.amazonaws.com";

pub(super) const USER_ID: &str = "AIDAUUUUUUUUUUUUUUUU1";
pub(super) const ROLE_ID: &str = "AROARRRRRRRRRRRRRRRR1";
pub(super) const ORPHAN_ID: &str = "AIDAOLDOLDOLDOLDOLDX1";

pub(super) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
pub(super) const KEY_2: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000002";
pub(super) const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/app";
pub(super) const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf";
pub(super) const ROLE_TARGET: &str = "arn:aws:iam::111122223333:role/target";
pub(super) const LINKED_TARGET: &str =
    "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Linked";

pub(super) const CALLERS: &[&str] = &[
    ROOT_A,
    ROOT_A,
    USER,
    USER,
    USER,
    USER_2,
    SESSION,
    SESSION,
    SESSION,
    SESSION_2,
    FEDERATED,
    FEDERATED,
    ROLE,
    USER_B,
    USER_B,
    SESSION_B,
    ROOT_B,
    LOGS,
    "anonymous",
];

/// Names as they stand under `"AWS"` in a principal, and in grants.
pub(super) const NAMES: &[&str] = &[
    ROOT_A, ROOT_A, ACCOUNT_A, ROOT_B, ACCOUNT_B, USER, USER_2, USER_B, ROLE, ROLE_2, ROLE_B, SESSION,
    SESSION_2, SESSION_B, FEDERATED, USER_ID, ROLE_ID, ORPHAN_ID,
];

/// What a root user's session can be for: to unlock key policies, or something else.
pub(super) const ROOT_TASKS: &[&str] =
    &["KMSUnlockKeyPolicy", "KMSUnlockKeyPolicy", "KMSUnlockKeyPolicy", "S3UnlockBucketPolicy"];
pub(super) const SERVICES: &[&str] = &[LOGS, "s3.amazonaws.com"];
pub(super) const PROVIDERS: &[&str] = &[
    "arn:aws:iam::111122223333:oidc-provider/id.example.org",
    "arn:aws:iam::111122223333:saml-provider/corp",
];
pub(super) const VIA: &[&str] = &["ec2.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"];
pub(super) const SOURCES: &[&str] = &[
    "arn:aws:logs:us-east-1:111122223333:log-group:app",
    "arn:aws:logs:us-east-1:111122223333:log-group:other:x",
];

pub(super) const KMS_ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:DescribeKey",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:RetireGrant",
    "kms:ListKeys",
    "kms:CreateAlias",
];
/// Every operation that has a key, of which some can be used across accounts.
pub(super) const MORE_ACTIONS: &[&str] = &[
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateMac",
    "kms:VerifyMac",
    "kms:Sign",
    "kms:Verify",
    "kms:DeriveSharedSecret",
    "kms:GetPublicKey",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:RevokeGrant",
    "kms:GetKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UpdateAlias",
    "kms:EnableKeyRotation",
    "kms:ReplicateKey",
    "kms:CancelKeyDeletion",
    "kms:ListResourceTags",
    "kms:ImportKeyMaterial",
    "kms:GetParametersForImport",
    "kms:UpdatePrimaryRegion",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
];
/// Of a service whose resources RCPs bind, and of one whose they do not.
pub(super) const GENERIC_ACTIONS: &[&str] =
    &["secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret", "ssm:GetParameter"];
pub(super) const TRUST_ACTIONS: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"];
pub(super) const GRANT_OPERATIONS: &[&str] =
    &["Decrypt", "Encrypt", "DescribeKey", "CreateGrant", "RetireGrant"];

/// Whether the caller is one of the four kinds that belong to an account.
pub(super) fn is_iam_principal(caller: &str) -> bool {
    caller.starts_with("arn:")
}

/// The role behind a session, with its path, and the user behind a federated user.
pub(super) fn parent_of(caller: &str) -> Option<&'static str> {
    match caller {
        SESSION_2 => Some(ROLE_2),
        FEDERATED => Some(USER),
        _ => None,
    }
}

/// The unique id of the user or role behind the caller.
pub(super) fn id_of(caller: &str) -> Option<&'static str> {
    match caller {
        USER | FEDERATED => Some(USER_ID),
        SESSION | ROLE => Some(ROLE_ID),
        _ => None,
    }
}

/// The names by which a policy can mean the caller.
pub(super) fn names_of(caller: &str) -> &'static [&'static str] {
    match caller {
        ROOT_A => &[ROOT_A, ACCOUNT_A],
        ROOT_B => &[ROOT_B, ACCOUNT_B],
        USER => &[ROOT_A, USER, USER, USER_ID, ACCOUNT_A],
        USER_2 => &[ROOT_A, USER_2],
        USER_B => &[ROOT_B, USER_B],
        SESSION => &[ROOT_A, ROLE, SESSION, ROLE_ID],
        SESSION_2 => &[ROOT_A, ROLE_2, SESSION_2],
        SESSION_B => &[ROOT_B, ROLE_B, SESSION_B],
        FEDERATED => &[ROOT_A, USER, FEDERATED, USER_ID],
        ROLE => &[ROOT_A, ROLE, ROLE_ID],
        _ => &[ROOT_A],
    }
}
