//! Alias names, with AWS's rules and texts.

use crate::fault::invalid;
use gatekey_gate::{Found, Passage};
use gatekey_keyring::{AliasRecord, KeyFault};
use gatekey_model::{
    common::ValidationException,
    kms::{LimitExceededException, NotFoundException},
};
use gatekey_store::Revision;
use gatekey_types::AliasArn;

/// Reads an `AliasName` member: a name of the caller's own account and Region.
pub(crate) fn parse<E: From<ValidationException>>(passage: &Passage<'_>, name: &str) -> Result<AliasArn, E> {
    let alias = name.parse().map_err(|_| {
        invalid::<E>(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        )
    })?;
    Ok(AliasArn { account: passage.account(), region: passage.region().clone(), alias })
}

/// An alias stands for a key, never for another alias.
pub(crate) fn target_is_no_alias<E: From<ValidationException>>(target: &str) -> Result<(), E> {
    if target.starts_with("alias/") || target.parse::<AliasArn>().is_ok() {
        return Err(invalid("Aliases must refer to keys. Not aliases"));
    }
    Ok(())
}

/// Whether a new alias may have this name.
///
/// # Errors
/// The text of InvalidAliasNameException: the prefix of AWS managed keys, or a character that the model's pattern admits
/// and KMS does not.
pub(crate) fn lawful_new_name(alias: &AliasArn) -> Result<(), String> {
    let name = &alias.alias;
    if name.is_reserved() {
        return Err(format!("{name} is reserved for AWS managed keys"));
    }
    if name.as_str().contains(':') {
        return Err(format!("{name} contains invalid characters for an alias"));
    }
    Ok(())
}

/// The alias as it is now.
pub(crate) fn present<E: From<NotFoundException>>(
    passage: &Passage<'_>,
    alias: &AliasArn,
) -> Result<(AliasRecord, Revision), E> {
    match passage.snapshot().keyring.alias(alias) {
        Some((record, revision)) => Ok((record.clone(), revision)),
        None => Err(NotFoundException::new(KeyFault::NoSuchAlias(alias.clone()).to_string()).into()),
    }
}

/// The quota of aliases on one key.
pub(crate) fn room<E: From<LimitExceededException>>(passage: &Passage<'_>, found: &Found) -> Result<(), E> {
    let most = passage.quotas().aliases_per_key;
    let count = passage.snapshot().keyring.aliases_of(&found.key.arn).count();
    if count >= most {
        let text = format!(
            "Aliases per key quota for this account in this region is {most}, current usage is {count}."
        );
        return Err(LimitExceededException::new(text).into());
    }
    Ok(())
}
