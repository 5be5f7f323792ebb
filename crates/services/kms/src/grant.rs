//! What the operations on grants share: which grant, on which key, under which condition keys, and how it is shown.

use crate::{
    fault::{invalid, missing},
    metadata::epoch,
};
use gatekey_gate::{Found, Passage};
use gatekey_keyring::{HeldGrant, Key, KeySelector, KeyUsage};
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        GrantConstraints, GrantListEntry, GrantOperation, InvalidArnException, InvalidGrantIdException,
        InvalidGrantTokenException, NotFoundException,
    },
};
use gatekey_policy::{Constraints, Context, GrantTerms, KeyName, KmsAction, Party};
use gatekey_types::{AliasArn, GrantId, KeyArn, PrincipalArn};
use serde::Serialize;

/// What an event tells of the answer to a change of a grant: CloudTrail names the key, though the answer does not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grant_id: Option<String>,
    pub(crate) key_id: &'a str,
}

/// Takes the grant tokens that a request presents.
pub(crate) fn present<E: From<InvalidGrantTokenException>>(
    passage: &mut Passage<'_>,
    tokens: &Option<Vec<String>>,
) -> Result<(), E> {
    let tokens = tokens.as_deref().unwrap_or_default();
    passage.present_grants(tokens).map_err(|_| InvalidGrantTokenException::bare().into())
}

/// The same for DescribeKey. Its model has no error for a token that is none, so such a token names no grant.
pub(crate) fn inferred_present_to_describe(passage: &mut Passage<'_>, tokens: &Option<Vec<String>>) {
    let tokens = tokens.as_deref().unwrap_or_default();
    for token in tokens {
        // Each for itself: one that is none must not hide the others.
        passage.present_grants(core::slice::from_ref(token)).unwrap_or_default();
    }
}

/// Reads a `GrantId` member.
pub(crate) fn id<E: From<InvalidGrantIdException>>(text: &str) -> Result<GrantId, E> {
    text.parse().map_err(|_| InvalidGrantIdException::bare().into())
}

/// Finds the key of a `KeyId` member. Grants are on keys, never on aliases.
pub(crate) fn find<E>(passage: &Passage<'_>, key_id: &str, action: KmsAction) -> Result<Found, E>
where
    E: From<InvalidArnException> + From<NotFoundException> + From<AccessDeniedException>,
{
    not_an_alias::<E>(key_id)?;
    passage.find_by_id(key_id, action).map_err(missing::<E>)
}

fn not_an_alias<E: From<InvalidArnException>>(key_id: &str) -> Result<(), E> {
    if key_id.starts_with("alias/") || key_id.parse::<AliasArn>().is_ok() {
        return Err(InvalidArnException::new("Key Aliases are not supported for this operation.").into());
    }
    Ok(())
}

/// What is told of a grant that is not there.
pub(crate) fn no_such<E: From<NotFoundException>>(id: &GrantId) -> E {
    NotFoundException::new(format!("Grant '{id}' does not exist")).into()
}

/// Whom an ARN means.
pub(crate) fn party<E: From<InvalidArnException>>(passage: &Passage<'_>, arn: &str) -> Result<Party, E> {
    passage.party(arn).ok_or_else(|| invalid_arn(arn))
}

/// What is told of an ARN that means nobody.
pub(crate) fn invalid_arn<E: From<InvalidArnException>>(arn: &str) -> E {
    InvalidArnException::new(format!("ARN does not refer to a valid principal: {arn}")).into()
}

/// Two members of which exactly one must be there.
pub(crate) fn exactly_one<E: From<ValidationException>>(
    one: &Option<String>,
    other: &Option<String>,
    names: [&str; 2],
) -> Result<(), E> {
    if one.is_some() != other.is_some() {
        return Ok(());
    }
    let [one, other] = names;
    Err(invalid(format!("You must specify either {one} or {other}, but not both.")))
}

/// A request never comes from an AWS service that acts for a resource: AWS fills the key in, and its own policies rely on it.
pub(crate) fn not_for_a_resource<'a>() -> Context<'a> {
    let mut context = Context::new();
    context.set(KeyName::KmsGrantIsForAwsResource, false);
    context
}

/// The condition keys that follow from a grant's constraints.
pub(crate) fn set_constraint_keys<'a>(context: &mut Context<'a>, constraints: &'a Constraints) {
    if let Some(kind) = inferred_constraint_type(constraints) {
        context.set(KeyName::KmsGrantConstraintType, kind);
    }
    if let Some(arn) = &constraints.source_arn {
        context.set(KeyName::KmsGrantConstraintSourceArn, arn.as_str());
    }
    let (equals, subset) = (&constraints.encryption_context_equals, &constraints.encryption_context_subset);
    if equals.is_none() && subset.is_none() {
        return;
    }
    let has =
        |name: &String, value: &String| equals.as_ref().is_some_and(|pairs| pairs.get(name) == Some(value));
    let rest = subset.iter().flatten().filter(|(name, value)| !has(name, value));
    let pairs = equals.iter().flatten().chain(rest);
    context.set_encryption_context(pairs.map(|(name, value)| (name.as_str(), value.as_str())));
}

/// `kms:GrantConstraintType` has one value, and AWS does not say which for a grant with both constraints: the stricter.
fn inferred_constraint_type(constraints: &Constraints) -> Option<&'static str> {
    let equals = constraints.encryption_context_equals.as_ref().map(|_| "EncryptionContextEquals");
    equals.or(constraints.encryption_context_subset.as_ref().map(|_| "EncryptionContextSubset"))
}

/// Whether a key can have a grant of these terms.
///
/// # Errors
/// AWS's text of ValidationException.
pub(crate) fn suits(key: &Key, terms: &GrantTerms) -> Result<(), String> {
    let constraints = &terms.constraints;
    let binds =
        constraints.encryption_context_equals.is_some() || constraints.encryption_context_subset.is_some();
    if binds && !encrypts_with_context(key) {
        return Err(
            "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key."
                .into(),
        );
    }
    let valid = operations(key);
    let unsupported: Vec<_> =
        terms.operations.iter().filter(|action| !valid.contains(action)).map(KmsAction::name).collect();
    if unsupported.is_empty() {
        return Ok(());
    }
    let (record, valid) = (&key.record, valid.iter().map(|action| action.name()).collect::<Vec<_>>());
    let kind = if record.spec.is_symmetric() { "a symmetric" } else { "an asymmetric" };
    Err(format!(
        "Operations [{}] are not supported when creating a grant for {kind} KMS key with key usage {}. Valid operations \
         are [{}]",
        unsupported.join(", "),
        record.usage,
        valid.join(", "),
    ))
}

fn encrypts_with_context(key: &Key) -> bool {
    key.record.spec.is_symmetric() && key.record.usage == KeyUsage::EncryptDecrypt
}

/// The operations that a grant on the key can allow.
fn operations(key: &Key) -> Vec<KmsAction> {
    use KmsAction::{
        CreateGrant, Decapsulate, Decrypt, DeriveSharedSecret, DescribeKey, Encapsulate, Encrypt,
        GenerateDataKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
        GenerateDataKeyWithoutPlaintext, GenerateMac, GetPublicKey, ReEncryptFrom, ReEncryptTo, RetireGrant,
        Sign, Verify, VerifyMac,
    };
    let of_usage: &[KmsAction] = match key.record.usage {
        KeyUsage::EncryptDecrypt => &[Decrypt, Encrypt, ReEncryptFrom, ReEncryptTo],
        KeyUsage::SignVerify => &[Sign, Verify],
        KeyUsage::GenerateVerifyMac => &[GenerateMac, VerifyMac],
        KeyUsage::KeyAgreement => &[DeriveSharedSecret],
        KeyUsage::EncapsulateDecapsulate => &[Decapsulate, Encapsulate],
    };
    let data_keys: &[KmsAction] = &[
        GenerateDataKey,
        GenerateDataKeyPair,
        GenerateDataKeyPairWithoutPlaintext,
        GenerateDataKeyWithoutPlaintext,
    ];
    let mut all = vec![CreateGrant, DescribeKey, RetireGrant];
    all.extend(of_usage);
    all.extend(data_keys.iter().filter(|_| encrypts_with_context(key)));
    all.extend((!key.record.spec.is_symmetric()).then_some(GetPublicKey));
    all.sort_unstable();
    all
}

/// A grant as AWS lists it.
pub(crate) fn entry(passage: &Passage<'_>, key: &Key, held: &HeldGrant) -> GrantListEntry {
    let (record, grant) = (&held.record, &*held.record.grant);
    let shown = |party: &Party| {
        let text = passage.show_party(party);
        if matches!(party, Party::Service(_)) { (None, Some(text)) } else { (Some(text), None) }
    };
    let (grantee_principal, grantee_service_principal) = shown(&grant.grantee);
    let (retiring_principal, retiring_service_principal) =
        grant.retiring.as_ref().map(shown).unwrap_or_default();
    let issuer = PrincipalArn::root(key.arn.region.partition(), grant.issuing_account);
    let operations = grant.terms.operations.iter();
    GrantListEntry {
        key_id: Some(key.name.to_string()),
        grant_id: Some(grant.id.to_string()),
        name: record.name.clone(),
        creation_date: Some(epoch(record.created)),
        grantee_principal,
        retiring_principal,
        issuing_account: Some(issuer.to_string()),
        operations: Some(operations.filter_map(|action| GrantOperation::from_name(action.name())).collect()),
        constraints: wire(&grant.terms.constraints),
        grantee_service_principal,
        retiring_service_principal,
    }
}

/// Constraints as the wire has them; a grant without any shows none.
fn wire(constraints: &Constraints) -> Option<GrantConstraints> {
    let Constraints { encryption_context_equals, encryption_context_subset, source_arn } =
        constraints.clone();
    (*constraints != Constraints::default()).then_some(GrantConstraints {
        encryption_context_subset,
        encryption_context_equals,
        source_arn,
    })
}

/// Reads a `KeyId` that must name a key of the request's Region, without looking for it.
pub(crate) fn key_arn<E>(passage: &Passage<'_>, key_id: &str) -> Result<KeyArn, E>
where
    E: From<InvalidArnException> + From<NotFoundException>,
{
    not_an_alias::<E>(key_id)?;
    KeySelector::parse_key(key_id, passage.account(), passage.region())
        .map_err(|fault| NotFoundException::new(fault.to_string()).into())
}
