//! The condition keys that Gatekey knows: AWS's global keys and those of KMS.
//!
//! Whatever is not here is handled as AWS handles an unknown key: accepted in a policy, absent unless the request has it.

use super::{KeyFacts, KeyType};

/// A condition key known by name. A key whose name ends in a part that the policy chooses, such as
/// `aws:PrincipalTag/NAME`, is one entry here: the chosen part is kept beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum KeyName {
    /// `aws:AssumedRoot`
    AwsAssumedRoot,
    /// `aws:CalledVia`
    AwsCalledVia,
    /// `aws:CalledViaFirst`
    AwsCalledViaFirst,
    /// `aws:CalledViaLast`
    AwsCalledViaLast,
    /// `aws:CurrentTime`
    AwsCurrentTime,
    /// `aws:EpochTime`
    AwsEpochTime,
    /// `aws:FederatedProvider`
    AwsFederatedProvider,
    /// `aws:MultiFactorAuthAge`
    AwsMultiFactorAuthAge,
    /// `aws:MultiFactorAuthPresent`
    AwsMultiFactorAuthPresent,
    /// `aws:PrincipalAccount`
    AwsPrincipalAccount,
    /// `aws:PrincipalArn`
    AwsPrincipalArn,
    /// `aws:PrincipalIsAWSService`
    AwsPrincipalIsAwsService,
    /// `aws:PrincipalOrgID`
    AwsPrincipalOrgId,
    /// `aws:PrincipalOrgPaths`
    AwsPrincipalOrgPaths,
    /// `aws:PrincipalServiceName`
    AwsPrincipalServiceName,
    /// `aws:PrincipalServiceNamesList`
    AwsPrincipalServiceNamesList,
    /// `aws:PrincipalTag/NAME`
    AwsPrincipalTag,
    /// `aws:PrincipalType`
    AwsPrincipalType,
    /// `aws:referer`
    AwsReferer,
    /// `aws:RequestedRegion`
    AwsRequestedRegion,
    /// `aws:RequestTag/NAME`
    AwsRequestTag,
    /// `aws:ResourceAccount`
    AwsResourceAccount,
    /// `aws:ResourceOrgID`
    AwsResourceOrgId,
    /// `aws:ResourceOrgPaths`
    AwsResourceOrgPaths,
    /// `aws:ResourceTag/NAME`
    AwsResourceTag,
    /// `aws:SecureTransport`
    AwsSecureTransport,
    /// `aws:SourceAccount`
    AwsSourceAccount,
    /// `aws:SourceArn`
    AwsSourceArn,
    /// `aws:SourceIdentity`
    AwsSourceIdentity,
    /// `aws:SourceIp`
    AwsSourceIp,
    /// `aws:SourceOrgID`
    AwsSourceOrgId,
    /// `aws:SourceOrgPaths`
    AwsSourceOrgPaths,
    /// `aws:SourceVpc`
    AwsSourceVpc,
    /// `aws:SourceVpce`
    AwsSourceVpce,
    /// `aws:TagKeys`
    AwsTagKeys,
    /// `aws:TokenIssueTime`
    AwsTokenIssueTime,
    /// `aws:UserAgent`
    AwsUserAgent,
    /// `aws:userid`
    AwsUserId,
    /// `aws:username`
    AwsUserName,
    /// `aws:ViaAWSService`
    AwsViaAwsService,
    /// `aws:VpcSourceIp`
    AwsVpcSourceIp,
    /// `kms:BypassPolicyLockoutSafetyCheck`
    KmsBypassPolicyLockoutSafetyCheck,
    /// `kms:CallerAccount`
    KmsCallerAccount,
    /// `kms:CustomerMasterKeySpec`
    KmsCustomerMasterKeySpec,
    /// `kms:CustomerMasterKeyUsage`
    KmsCustomerMasterKeyUsage,
    /// `kms:DataKeyPairSpec`
    KmsDataKeyPairSpec,
    /// `kms:EncryptionAlgorithm`
    KmsEncryptionAlgorithm,
    /// `kms:EncryptionContext:NAME`
    KmsEncryptionContext,
    /// `kms:EncryptionContextKeys`
    KmsEncryptionContextKeys,
    /// `kms:ExpirationModel`
    KmsExpirationModel,
    /// `kms:GrantConstraintSourceArn`
    KmsGrantConstraintSourceArn,
    /// `kms:GrantConstraintType`
    KmsGrantConstraintType,
    /// `kms:GranteePrincipal`
    KmsGranteePrincipal,
    /// `kms:GranteeServicePrincipal`
    KmsGranteeServicePrincipal,
    /// `kms:GrantIsForAWSResource`
    KmsGrantIsForAwsResource,
    /// `kms:GrantOperations`
    KmsGrantOperations,
    /// `kms:KeyAgreementAlgorithm`
    KmsKeyAgreementAlgorithm,
    /// `kms:KeyOrigin`
    KmsKeyOrigin,
    /// `kms:KeySpec`
    KmsKeySpec,
    /// `kms:KeyUsage`
    KmsKeyUsage,
    /// `kms:MacAlgorithm`
    KmsMacAlgorithm,
    /// `kms:MessageType`
    KmsMessageType,
    /// `kms:MultiRegion`
    KmsMultiRegion,
    /// `kms:MultiRegionKeyType`
    KmsMultiRegionKeyType,
    /// `kms:PolicyName`
    KmsPolicyName,
    /// `kms:PrimaryRegion`
    KmsPrimaryRegion,
    /// `kms:RecipientAttestation:NAME`
    KmsRecipientAttestation,
    /// `kms:ReEncryptOnSameKey`
    KmsReEncryptOnSameKey,
    /// `kms:ReplicaRegion`
    KmsReplicaRegion,
    /// `kms:RequestAlias`
    KmsRequestAlias,
    /// `kms:ResourceAliases`
    KmsResourceAliases,
    /// `kms:RetiringPrincipal`
    KmsRetiringPrincipal,
    /// `kms:RetiringServicePrincipal`
    KmsRetiringServicePrincipal,
    /// `kms:RotationPeriodInDays`
    KmsRotationPeriodInDays,
    /// `kms:ScheduleKeyDeletionPendingWindowInDays`
    KmsScheduleKeyDeletionPendingWindowInDays,
    /// `kms:SigningAlgorithm`
    KmsSigningAlgorithm,
    /// `kms:TrailingDaysWithoutKeyUsage`
    KmsTrailingDaysWithoutKeyUsage,
    /// `kms:ValidTo`
    KmsValidTo,
    /// `kms:ViaService`
    KmsViaService,
    /// `kms:WrappingAlgorithm`
    KmsWrappingAlgorithm,
    /// `kms:WrappingKeySpec`
    KmsWrappingKeySpec,
    /// Any other key; the whole name is kept beside it.
    Other,
}

use KeyName as K;
use KeyType as T;

/// One row for each known key, in the order of [`KeyName`].
pub(super) const ROWS: &[KeyFacts] = &[
    KeyFacts::one(K::AwsAssumedRoot, "aws:AssumedRoot", T::Bool),
    KeyFacts::many(K::AwsCalledVia, "aws:CalledVia", T::String),
    KeyFacts::one(K::AwsCalledViaFirst, "aws:CalledViaFirst", T::String),
    KeyFacts::one(K::AwsCalledViaLast, "aws:CalledViaLast", T::String),
    KeyFacts::one(K::AwsCurrentTime, "aws:CurrentTime", T::Date),
    KeyFacts::one(K::AwsEpochTime, "aws:EpochTime", T::Date),
    KeyFacts::one(K::AwsFederatedProvider, "aws:FederatedProvider", T::String),
    KeyFacts::one(K::AwsMultiFactorAuthAge, "aws:MultiFactorAuthAge", T::Numeric),
    KeyFacts::one(K::AwsMultiFactorAuthPresent, "aws:MultiFactorAuthPresent", T::Bool),
    KeyFacts::one(K::AwsPrincipalAccount, "aws:PrincipalAccount", T::String),
    KeyFacts::one(K::AwsPrincipalArn, "aws:PrincipalArn", T::Arn),
    KeyFacts::one(K::AwsPrincipalIsAwsService, "aws:PrincipalIsAWSService", T::Bool),
    KeyFacts::one(K::AwsPrincipalOrgId, "aws:PrincipalOrgID", T::String),
    KeyFacts::many(K::AwsPrincipalOrgPaths, "aws:PrincipalOrgPaths", T::String),
    KeyFacts::one(K::AwsPrincipalServiceName, "aws:PrincipalServiceName", T::String),
    KeyFacts::many(K::AwsPrincipalServiceNamesList, "aws:PrincipalServiceNamesList", T::String),
    KeyFacts::family(K::AwsPrincipalTag, "aws:PrincipalTag/", T::String),
    KeyFacts::one(K::AwsPrincipalType, "aws:PrincipalType", T::String),
    KeyFacts::one(K::AwsReferer, "aws:referer", T::String),
    KeyFacts::one(K::AwsRequestedRegion, "aws:RequestedRegion", T::String),
    KeyFacts::family(K::AwsRequestTag, "aws:RequestTag/", T::String),
    KeyFacts::one(K::AwsResourceAccount, "aws:ResourceAccount", T::String),
    KeyFacts::one(K::AwsResourceOrgId, "aws:ResourceOrgID", T::String),
    KeyFacts::many(K::AwsResourceOrgPaths, "aws:ResourceOrgPaths", T::String),
    KeyFacts::family(K::AwsResourceTag, "aws:ResourceTag/", T::String),
    KeyFacts::one(K::AwsSecureTransport, "aws:SecureTransport", T::Bool),
    KeyFacts::one(K::AwsSourceAccount, "aws:SourceAccount", T::String),
    KeyFacts::one(K::AwsSourceArn, "aws:SourceArn", T::Arn),
    KeyFacts::one(K::AwsSourceIdentity, "aws:SourceIdentity", T::String),
    KeyFacts::one(K::AwsSourceIp, "aws:SourceIp", T::Ip),
    KeyFacts::one(K::AwsSourceOrgId, "aws:SourceOrgID", T::String),
    KeyFacts::many(K::AwsSourceOrgPaths, "aws:SourceOrgPaths", T::String),
    KeyFacts::one(K::AwsSourceVpc, "aws:SourceVpc", T::String),
    KeyFacts::one(K::AwsSourceVpce, "aws:SourceVpce", T::String),
    KeyFacts::many(K::AwsTagKeys, "aws:TagKeys", T::String),
    KeyFacts::one(K::AwsTokenIssueTime, "aws:TokenIssueTime", T::Date),
    KeyFacts::one(K::AwsUserAgent, "aws:UserAgent", T::String),
    KeyFacts::one(K::AwsUserId, "aws:userid", T::String),
    KeyFacts::one(K::AwsUserName, "aws:username", T::String),
    KeyFacts::one(K::AwsViaAwsService, "aws:ViaAWSService", T::Bool),
    KeyFacts::one(K::AwsVpcSourceIp, "aws:VpcSourceIp", T::Ip),
    KeyFacts::one(K::KmsBypassPolicyLockoutSafetyCheck, "kms:BypassPolicyLockoutSafetyCheck", T::Bool),
    KeyFacts::one(K::KmsCallerAccount, "kms:CallerAccount", T::String),
    KeyFacts::one(K::KmsCustomerMasterKeySpec, "kms:CustomerMasterKeySpec", T::String),
    KeyFacts::one(K::KmsCustomerMasterKeyUsage, "kms:CustomerMasterKeyUsage", T::String),
    KeyFacts::one(K::KmsDataKeyPairSpec, "kms:DataKeyPairSpec", T::String),
    KeyFacts::one(K::KmsEncryptionAlgorithm, "kms:EncryptionAlgorithm", T::String),
    KeyFacts::family(K::KmsEncryptionContext, "kms:EncryptionContext:", T::String),
    KeyFacts::many(K::KmsEncryptionContextKeys, "kms:EncryptionContextKeys", T::String),
    KeyFacts::one(K::KmsExpirationModel, "kms:ExpirationModel", T::String),
    KeyFacts::one(K::KmsGrantConstraintSourceArn, "kms:GrantConstraintSourceArn", T::Arn),
    KeyFacts::one(K::KmsGrantConstraintType, "kms:GrantConstraintType", T::String),
    KeyFacts::one(K::KmsGranteePrincipal, "kms:GranteePrincipal", T::String),
    KeyFacts::one(K::KmsGranteeServicePrincipal, "kms:GranteeServicePrincipal", T::String),
    KeyFacts::one(K::KmsGrantIsForAwsResource, "kms:GrantIsForAWSResource", T::Bool),
    KeyFacts::many(K::KmsGrantOperations, "kms:GrantOperations", T::String),
    KeyFacts::one(K::KmsKeyAgreementAlgorithm, "kms:KeyAgreementAlgorithm", T::String),
    KeyFacts::one(K::KmsKeyOrigin, "kms:KeyOrigin", T::String),
    KeyFacts::one(K::KmsKeySpec, "kms:KeySpec", T::String),
    KeyFacts::one(K::KmsKeyUsage, "kms:KeyUsage", T::String),
    KeyFacts::one(K::KmsMacAlgorithm, "kms:MacAlgorithm", T::String),
    KeyFacts::one(K::KmsMessageType, "kms:MessageType", T::String),
    KeyFacts::one(K::KmsMultiRegion, "kms:MultiRegion", T::Bool),
    KeyFacts::one(K::KmsMultiRegionKeyType, "kms:MultiRegionKeyType", T::String),
    KeyFacts::one(K::KmsPolicyName, "kms:PolicyName", T::String),
    KeyFacts::one(K::KmsPrimaryRegion, "kms:PrimaryRegion", T::String),
    KeyFacts::family(K::KmsRecipientAttestation, "kms:RecipientAttestation:", T::String),
    KeyFacts::one(K::KmsReEncryptOnSameKey, "kms:ReEncryptOnSameKey", T::Bool),
    KeyFacts::one(K::KmsReplicaRegion, "kms:ReplicaRegion", T::String),
    KeyFacts::one(K::KmsRequestAlias, "kms:RequestAlias", T::String),
    KeyFacts::many(K::KmsResourceAliases, "kms:ResourceAliases", T::String),
    KeyFacts::one(K::KmsRetiringPrincipal, "kms:RetiringPrincipal", T::String),
    KeyFacts::one(K::KmsRetiringServicePrincipal, "kms:RetiringServicePrincipal", T::String),
    KeyFacts::one(K::KmsRotationPeriodInDays, "kms:RotationPeriodInDays", T::Numeric),
    KeyFacts::one(
        K::KmsScheduleKeyDeletionPendingWindowInDays,
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        T::Numeric,
    ),
    KeyFacts::one(K::KmsSigningAlgorithm, "kms:SigningAlgorithm", T::String),
    KeyFacts::one(K::KmsTrailingDaysWithoutKeyUsage, "kms:TrailingDaysWithoutKeyUsage", T::Numeric),
    KeyFacts::one(K::KmsValidTo, "kms:ValidTo", T::Date),
    KeyFacts::one(K::KmsViaService, "kms:ViaService", T::String),
    KeyFacts::one(K::KmsWrappingAlgorithm, "kms:WrappingAlgorithm", T::String),
    KeyFacts::one(K::KmsWrappingKeySpec, "kms:WrappingKeySpec", T::String),
];
