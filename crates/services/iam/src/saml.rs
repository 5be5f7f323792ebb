//! SAML providers: what their metadata must be.

use gatekey_directory::SamlMetadata;
use gatekey_model::iam::InvalidInputException;
use gatekey_types::Timestamp;

/// Until when the metadata is good: as it says itself, else as its last certificate says, else a hundred years, as AWS has it.
///
/// # Errors
/// InvalidInput for what is no identity provider's metadata.
pub(crate) fn valid_until<E: From<InvalidInputException>>(
    metadata: &str,
    now: Timestamp,
) -> Result<Timestamp, E> {
    let parsed = SamlMetadata::parse(metadata).map_err(|why| {
        tracing::info!(%why, "SAML metadata was refused");
        InvalidInputException::new("Could not parse metadata")
    })?;
    Ok(parsed.valid_until.unwrap_or(now.plus_days(36_525)))
}

/// Refuses what would promise that encrypted assertions are read.
///
/// # Errors
/// InvalidInput.
pub(crate) fn no_encryption<E: From<InvalidInputException>>(is_asked_for: bool) -> Result<(), E> {
    match is_asked_for {
        false => Ok(()),
        true => {
            Err(InvalidInputException::new("Encrypted SAML assertions are not supported by this server.")
                .into())
        }
    }
}
