//! The task policies of AssumeRoot: what the root user of a member account may do for a quarter of an hour. Five are AWS's;
//! the one for keys is Gatekey's.

use super::aws_managed::Row;

const PATH: &str = "/root-task/";

/// A session of AssumeRoot may do what its task policy allows, on root users only where it is about credentials.
pub(super) const ROOT_TASKS: &[Row] = &[
    (
        "IAMAuditRootUserCredentials",
        PATH,
        "ANPAROOTTASKAUDIT2345",
        "Lets a root session read which credentials the root user has.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccessKeyLastUsed","iam:GetAccountSummary","iam:GetLoginProfile","iam:GetUser","iam:ListAccessKeys","iam:ListMFADevices","iam:ListSigningCertificates"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:user/*"}]}"#,
    ),
    (
        "IAMCreateRootUserPassword",
        PATH,
        "ANPAROOTTASKPASSWORD2",
        "Lets a root session give the root user a password, so that it can be recovered.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateLoginProfile","iam:GetLoginProfile"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:user/*"}]}"#,
    ),
    (
        "IAMDeleteRootUserCredentials",
        PATH,
        "ANPAROOTTASKDELETE234",
        "Lets a root session delete the credentials of the root user.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:DeactivateMFADevice","iam:DeleteAccessKey","iam:DeleteLoginProfile","iam:DeleteSigningCertificate","iam:GetAccessKeyLastUsed","iam:GetAccountSummary","iam:GetLoginProfile","iam:GetUser","iam:ListAccessKeys","iam:ListMFADevices","iam:ListSigningCertificates"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:user/*"}]}"#,
    ),
    (
        "KMSUnlockKeyPolicy",
        PATH,
        "ANPAROOTTASKUNLOCKKMS",
        "Lets a root session read and replace the policy of a key that nobody can administer any more.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:DescribeKey","kms:GetKeyPolicy","kms:PutKeyPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "S3UnlockBucketPolicy",
        PATH,
        "ANPAROOTTASKUNLOCKS32",
        "Lets a root session read, replace and delete the policy of a bucket.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:DeleteBucketPolicy","s3:GetBucketPolicy","s3:ListAllMyBuckets","s3:PutBucketPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "SQSUnlockQueuePolicy",
        PATH,
        "ANPAROOTTASKUNLOCKSQS",
        "Lets a root session read and replace the policy of a queue.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:GetQueueAttributes","sqs:GetQueueUrl","sqs:ListQueues","sqs:SetQueueAttributes"],"Resource":"*"}]}"#,
    ),
];
