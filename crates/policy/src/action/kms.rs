//! The actions of KMS: what each acts on, and which condition keys its requests may carry.

use super::{AccessLevel as L, ActionFacts, ActionTarget as On};
use crate::key::KeyName as K;

/// An action of KMS as policies name it, without the prefix `kms:`. `ReEncrypt` is two of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum KmsAction {
    /// `kms:CancelKeyDeletion`
    CancelKeyDeletion,
    /// `kms:ConnectCustomKeyStore`
    ConnectCustomKeyStore,
    /// `kms:CreateAlias`
    CreateAlias,
    /// `kms:CreateCustomKeyStore`
    CreateCustomKeyStore,
    /// `kms:CreateGrant`
    CreateGrant,
    /// `kms:CreateKey`
    CreateKey,
    /// `kms:Decapsulate`
    Decapsulate,
    /// `kms:Decrypt`
    Decrypt,
    /// `kms:DeleteAlias`
    DeleteAlias,
    /// `kms:DeleteCustomKeyStore`
    DeleteCustomKeyStore,
    /// `kms:DeleteImportedKeyMaterial`
    DeleteImportedKeyMaterial,
    /// `kms:DeriveSharedSecret`
    DeriveSharedSecret,
    /// `kms:DescribeCustomKeyStores`
    DescribeCustomKeyStores,
    /// `kms:DescribeKey`
    DescribeKey,
    /// `kms:DisableKey`
    DisableKey,
    /// `kms:DisableKeyRotation`
    DisableKeyRotation,
    /// `kms:DisconnectCustomKeyStore`
    DisconnectCustomKeyStore,
    /// `kms:EnableKey`
    EnableKey,
    /// `kms:EnableKeyRotation`
    EnableKeyRotation,
    /// `kms:Encapsulate`
    Encapsulate,
    /// `kms:Encrypt`
    Encrypt,
    /// `kms:GenerateDataKey`
    GenerateDataKey,
    /// `kms:GenerateDataKeyPair`
    GenerateDataKeyPair,
    /// `kms:GenerateDataKeyPairWithoutPlaintext`
    GenerateDataKeyPairWithoutPlaintext,
    /// `kms:GenerateDataKeyWithoutPlaintext`
    GenerateDataKeyWithoutPlaintext,
    /// `kms:GenerateMac`
    GenerateMac,
    /// `kms:GenerateRandom`
    GenerateRandom,
    /// `kms:GetKeyLastUsage`
    GetKeyLastUsage,
    /// `kms:GetKeyPolicy`
    GetKeyPolicy,
    /// `kms:GetKeyRotationStatus`
    GetKeyRotationStatus,
    /// `kms:GetParametersForImport`
    GetParametersForImport,
    /// `kms:GetPublicKey`
    GetPublicKey,
    /// `kms:ImportKeyMaterial`
    ImportKeyMaterial,
    /// `kms:ListAliases`
    ListAliases,
    /// `kms:ListGrants`
    ListGrants,
    /// `kms:ListKeyPolicies`
    ListKeyPolicies,
    /// `kms:ListKeyRotations`
    ListKeyRotations,
    /// `kms:ListKeys`
    ListKeys,
    /// `kms:ListResourceTags`
    ListResourceTags,
    /// `kms:ListRetirableGrants`
    ListRetirableGrants,
    /// `kms:PutKeyPolicy`
    PutKeyPolicy,
    /// `kms:ReEncryptFrom`
    ReEncryptFrom,
    /// `kms:ReEncryptTo`
    ReEncryptTo,
    /// `kms:ReplicateKey`
    ReplicateKey,
    /// `kms:RetireGrant`
    RetireGrant,
    /// `kms:RevokeGrant`
    RevokeGrant,
    /// `kms:RotateKeyOnDemand`
    RotateKeyOnDemand,
    /// `kms:ScheduleKeyDeletion`
    ScheduleKeyDeletion,
    /// `kms:Sign`
    Sign,
    /// `kms:SynchronizeMultiRegionKey`
    SynchronizeMultiRegionKey,
    /// `kms:TagResource`
    TagResource,
    /// `kms:UntagResource`
    UntagResource,
    /// `kms:UpdateAlias`
    UpdateAlias,
    /// `kms:UpdateCustomKeyStore`
    UpdateCustomKeyStore,
    /// `kms:UpdateKeyDescription`
    UpdateKeyDescription,
    /// `kms:UpdatePrimaryRegion`
    UpdatePrimaryRegion,
    /// `kms:Verify`
    Verify,
    /// `kms:VerifyMac`
    VerifyMac,
}

use KmsAction as A;

/// One row for each action, in the order of [`KmsAction`].
pub(super) const ROWS: &[ActionFacts] = &[
    ActionFacts::new(A::CancelKeyDeletion, "CancelKeyDeletion", "cancelkeydeletion", L::Write, On::Key),
    ActionFacts::new(
        A::ConnectCustomKeyStore,
        "ConnectCustomKeyStore",
        "connectcustomkeystore",
        L::Write,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(A::CreateAlias, "CreateAlias", "createalias", L::Write, On::KeyAndAlias),
    ActionFacts::new(
        A::CreateCustomKeyStore,
        "CreateCustomKeyStore",
        "createcustomkeystore",
        L::Write,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(A::CreateGrant, "CreateGrant", "creategrant", L::Permissions, On::Key)
        .cross_account()
        .grantable()
        .keys(&[
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsGrantConstraintSourceArn,
            K::KmsGrantConstraintType,
            K::KmsGrantIsForAwsResource,
            K::KmsGrantOperations,
            K::KmsGranteePrincipal,
            K::KmsGranteeServicePrincipal,
            K::KmsRetiringPrincipal,
            K::KmsRetiringServicePrincipal,
        ]),
    ActionFacts::new(A::CreateKey, "CreateKey", "createkey", L::Write, On::Nothing).keys(&[
        K::AwsRequestTag,
        K::AwsResourceTag,
        K::AwsTagKeys,
        K::KmsBypassPolicyLockoutSafetyCheck,
        K::KmsCallerAccount,
        K::KmsKeyOrigin,
        K::KmsKeySpec,
        K::KmsKeyUsage,
        K::KmsMultiRegion,
        K::KmsMultiRegionKeyType,
        K::KmsViaService,
    ]),
    ActionFacts::new(A::Decapsulate, "Decapsulate", "decapsulate", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsRequestAlias]),
    ActionFacts::new(A::Decrypt, "Decrypt", "decrypt", L::Write, On::Key).cross_account().grantable().keys(
        &[
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsRecipientAttestation,
            K::KmsRequestAlias,
        ],
    ),
    ActionFacts::new(A::DeleteAlias, "DeleteAlias", "deletealias", L::Write, On::KeyAndAlias),
    ActionFacts::new(
        A::DeleteCustomKeyStore,
        "DeleteCustomKeyStore",
        "deletecustomkeystore",
        L::Write,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(
        A::DeleteImportedKeyMaterial,
        "DeleteImportedKeyMaterial",
        "deleteimportedkeymaterial",
        L::Write,
        On::Key,
    ),
    ActionFacts::new(A::DeriveSharedSecret, "DeriveSharedSecret", "derivesharedsecret", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsKeyAgreementAlgorithm, K::KmsRecipientAttestation, K::KmsRequestAlias]),
    ActionFacts::new(
        A::DescribeCustomKeyStores,
        "DescribeCustomKeyStores",
        "describecustomkeystores",
        L::Read,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(A::DescribeKey, "DescribeKey", "describekey", L::Read, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsRequestAlias]),
    ActionFacts::new(A::DisableKey, "DisableKey", "disablekey", L::Write, On::Key)
        .keys(&[K::KmsTrailingDaysWithoutKeyUsage]),
    ActionFacts::new(A::DisableKeyRotation, "DisableKeyRotation", "disablekeyrotation", L::Write, On::Key),
    ActionFacts::new(
        A::DisconnectCustomKeyStore,
        "DisconnectCustomKeyStore",
        "disconnectcustomkeystore",
        L::Write,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(A::EnableKey, "EnableKey", "enablekey", L::Write, On::Key),
    ActionFacts::new(A::EnableKeyRotation, "EnableKeyRotation", "enablekeyrotation", L::Write, On::Key)
        .keys(&[K::KmsRotationPeriodInDays]),
    ActionFacts::new(A::Encapsulate, "Encapsulate", "encapsulate", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsRequestAlias]),
    ActionFacts::new(A::Encrypt, "Encrypt", "encrypt", L::Write, On::Key).cross_account().grantable().keys(
        &[
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsRequestAlias,
        ],
    ),
    ActionFacts::new(A::GenerateDataKey, "GenerateDataKey", "generatedatakey", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsRecipientAttestation,
            K::KmsRequestAlias,
        ]),
    ActionFacts::new(A::GenerateDataKeyPair, "GenerateDataKeyPair", "generatedatakeypair", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[
            K::KmsDataKeyPairSpec,
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsRecipientAttestation,
            K::KmsRequestAlias,
        ]),
    ActionFacts::new(
        A::GenerateDataKeyPairWithoutPlaintext,
        "GenerateDataKeyPairWithoutPlaintext",
        "generatedatakeypairwithoutplaintext",
        L::Write,
        On::Key,
    )
    .cross_account()
    .grantable()
    .keys(&[
        K::KmsDataKeyPairSpec,
        K::KmsEncryptionAlgorithm,
        K::KmsEncryptionContext,
        K::KmsEncryptionContextKeys,
        K::KmsRequestAlias,
    ]),
    ActionFacts::new(
        A::GenerateDataKeyWithoutPlaintext,
        "GenerateDataKeyWithoutPlaintext",
        "generatedatakeywithoutplaintext",
        L::Write,
        On::Key,
    )
    .cross_account()
    .grantable()
    .keys(&[
        K::KmsEncryptionAlgorithm,
        K::KmsEncryptionContext,
        K::KmsEncryptionContextKeys,
        K::KmsRequestAlias,
    ]),
    ActionFacts::new(A::GenerateMac, "GenerateMac", "generatemac", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsMacAlgorithm, K::KmsRequestAlias]),
    ActionFacts::new(A::GenerateRandom, "GenerateRandom", "generaterandom", L::Write, On::Nothing)
        .keys(&[K::KmsRecipientAttestation]),
    ActionFacts::new(A::GetKeyLastUsage, "GetKeyLastUsage", "getkeylastusage", L::Read, On::Key),
    ActionFacts::new(A::GetKeyPolicy, "GetKeyPolicy", "getkeypolicy", L::Read, On::Key)
        .keys(&[K::KmsPolicyName]),
    ActionFacts::new(
        A::GetKeyRotationStatus,
        "GetKeyRotationStatus",
        "getkeyrotationstatus",
        L::Read,
        On::Key,
    )
    .cross_account(),
    ActionFacts::new(
        A::GetParametersForImport,
        "GetParametersForImport",
        "getparametersforimport",
        L::Read,
        On::Key,
    )
    .keys(&[K::KmsWrappingAlgorithm, K::KmsWrappingKeySpec]),
    ActionFacts::new(A::GetPublicKey, "GetPublicKey", "getpublickey", L::Read, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsRequestAlias]),
    ActionFacts::new(A::ImportKeyMaterial, "ImportKeyMaterial", "importkeymaterial", L::Write, On::Key)
        .keys(&[K::KmsExpirationModel, K::KmsValidTo]),
    ActionFacts::new(A::ListAliases, "ListAliases", "listaliases", L::List, On::Nothing),
    ActionFacts::new(A::ListGrants, "ListGrants", "listgrants", L::List, On::Key)
        .cross_account()
        .keys(&[K::KmsGrantIsForAwsResource]),
    ActionFacts::new(A::ListKeyPolicies, "ListKeyPolicies", "listkeypolicies", L::List, On::Key),
    ActionFacts::new(A::ListKeyRotations, "ListKeyRotations", "listkeyrotations", L::List, On::Key),
    ActionFacts::new(A::ListKeys, "ListKeys", "listkeys", L::List, On::Nothing),
    ActionFacts::new(A::ListResourceTags, "ListResourceTags", "listresourcetags", L::List, On::Key),
    ActionFacts::new(
        A::ListRetirableGrants,
        "ListRetirableGrants",
        "listretirablegrants",
        L::List,
        On::Nothing,
    ),
    ActionFacts::new(A::PutKeyPolicy, "PutKeyPolicy", "putkeypolicy", L::Permissions, On::Key)
        .keys(&[K::KmsBypassPolicyLockoutSafetyCheck, K::KmsPolicyName]),
    ActionFacts::new(A::ReEncryptFrom, "ReEncryptFrom", "reencryptfrom", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsReEncryptOnSameKey,
            K::KmsRequestAlias,
        ]),
    ActionFacts::new(A::ReEncryptTo, "ReEncryptTo", "reencryptto", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[
            K::KmsEncryptionAlgorithm,
            K::KmsEncryptionContext,
            K::KmsEncryptionContextKeys,
            K::KmsReEncryptOnSameKey,
            K::KmsRequestAlias,
        ]),
    ActionFacts::new(A::ReplicateKey, "ReplicateKey", "replicatekey", L::Write, On::Key)
        .keys(&[K::KmsReplicaRegion]),
    ActionFacts::new(A::RetireGrant, "RetireGrant", "retiregrant", L::Permissions, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsEncryptionContext, K::KmsEncryptionContextKeys, K::KmsGrantConstraintType]),
    ActionFacts::new(A::RevokeGrant, "RevokeGrant", "revokegrant", L::Permissions, On::Key)
        .cross_account()
        .keys(&[K::KmsGrantIsForAwsResource]),
    ActionFacts::new(A::RotateKeyOnDemand, "RotateKeyOnDemand", "rotatekeyondemand", L::Write, On::Key),
    ActionFacts::new(A::ScheduleKeyDeletion, "ScheduleKeyDeletion", "schedulekeydeletion", L::Write, On::Key)
        .keys(&[K::KmsScheduleKeyDeletionPendingWindowInDays, K::KmsTrailingDaysWithoutKeyUsage]),
    ActionFacts::new(A::Sign, "Sign", "sign", L::Write, On::Key).cross_account().grantable().keys(&[
        K::KmsMessageType,
        K::KmsRequestAlias,
        K::KmsSigningAlgorithm,
    ]),
    ActionFacts::new(
        A::SynchronizeMultiRegionKey,
        "SynchronizeMultiRegionKey",
        "synchronizemultiregionkey",
        L::Write,
        On::Key,
    )
    .internal(),
    ActionFacts::new(A::TagResource, "TagResource", "tagresource", L::Tagging, On::Key)
        .keys(&[K::AwsRequestTag, K::AwsTagKeys]),
    ActionFacts::new(A::UntagResource, "UntagResource", "untagresource", L::Tagging, On::Key)
        .keys(&[K::AwsTagKeys]),
    ActionFacts::new(A::UpdateAlias, "UpdateAlias", "updatealias", L::Write, On::KeyAndAlias),
    ActionFacts::new(
        A::UpdateCustomKeyStore,
        "UpdateCustomKeyStore",
        "updatecustomkeystore",
        L::Write,
        On::Nothing,
    )
    .keys(&[K::KmsCallerAccount]),
    ActionFacts::new(
        A::UpdateKeyDescription,
        "UpdateKeyDescription",
        "updatekeydescription",
        L::Write,
        On::Key,
    ),
    ActionFacts::new(A::UpdatePrimaryRegion, "UpdatePrimaryRegion", "updateprimaryregion", L::Write, On::Key)
        .keys(&[K::KmsPrimaryRegion]),
    ActionFacts::new(A::Verify, "Verify", "verify", L::Write, On::Key).cross_account().grantable().keys(&[
        K::KmsMessageType,
        K::KmsRequestAlias,
        K::KmsSigningAlgorithm,
    ]),
    ActionFacts::new(A::VerifyMac, "VerifyMac", "verifymac", L::Write, On::Key)
        .cross_account()
        .grantable()
        .keys(&[K::KmsMacAlgorithm, K::KmsRequestAlias]),
];
