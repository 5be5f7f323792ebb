//! Recipients: an answer that only an attested environment can open, instead of one in the clear.
//!
//! AWS: the attestation document of `Recipient` is verified before anything is decided; what it says are condition keys
//! (`kms:RecipientAttestation:...`), and the answer has `CiphertextForRecipient` in place of the plaintext. A document that
//! does not verify is a ValidationException.

use crate::fault::{internal, invalid};
use gatekey_attestation::{AttestationFault, Sealed, envelope};
use gatekey_crypto::{Plaintext, RecipientKey};
use gatekey_gate::Passage;
use gatekey_model::{
    Blob, Sensitive,
    common::ValidationException,
    kms::{KMSInternalException, RecipientInfo},
};
use gatekey_policy::{Context, KeyName};

/// A recipient whose document was verified.
pub(crate) struct Recipient {
    /// What follows `kms:RecipientAttestation:`, and its value.
    conditions: Vec<(String, String)>,
    spki: Vec<u8>,
    key: RecipientKey,
}

/// A secret as the answer has it: in exactly one of two members.
pub(crate) struct Handed {
    /// In the clear, if there is no recipient.
    pub(crate) plaintext: Option<Sensitive<Blob>>,
    /// For the recipient.
    pub(crate) for_recipient: Option<Blob>,
}

/// Verifies the recipient that a request names, if it names one, and notes for CloudTrail what was attested.
pub(crate) fn attested<E: From<ValidationException>>(
    passage: &mut Passage<'_>,
    info: Option<&RecipientInfo>,
) -> Result<Option<Recipient>, E> {
    let Some(info) = info else { return Ok(None) };
    if info.key_encryption_algorithm.is_none() {
        return Err(inferred_recipient_member_required("keyEncryptionAlgorithm"));
    }
    let document = info.attestation_document.as_ref();
    let document = document.ok_or_else(|| inferred_recipient_member_required("attestationDocument"))?;
    let attestation = passage.attest(document.as_slice()).map_err(|fault| {
        tracing::debug!(%fault, "an attestation document was refused");
        inferred_document_refusal(fault)
    })?;
    passage.draft().attested(attestation.trail());
    let conditions = attestation.conditions();
    let spki = attestation
        .public_key
        .ok_or_else(|| inferred_document_refusal(AttestationFault::Missing("public_key")))?;
    let key = RecipientKey::from_spki(&spki)
        .map_err(|_| inferred_document_refusal(AttestationFault::Invalid("public_key")))?;
    Ok(Some(Recipient { conditions, spki, key }))
}

/// AWS's model requires neither member of `Recipient`, and AWS does not say what happens without one. The text is that of
/// any other member that must be there.
fn inferred_recipient_member_required<E: From<ValidationException>>(member: &str) -> E {
    invalid(format!(
        "1 validation error detected: Value null at 'recipient.{member}' failed to satisfy constraint: Member must not be \
         null"
    ))
}

/// AWS documents no text for documents that do not verify; the code is the one that people report.
fn inferred_document_refusal<E: From<ValidationException>>(fault: AttestationFault) -> E {
    invalid(format!("The attestation document is not valid: {fault}."))
}

/// Adds what was attested to the context of a decision. Without a recipient there is none of these keys.
pub(crate) fn add_conditions<'a>(recipient: &'a Option<Recipient>, context: &mut Context<'a>) {
    let attested = recipient.iter().flat_map(|recipient| &recipient.conditions);
    let attested = attested.map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::KmsRecipientAttestation, attested);
}

/// Puts a secret into the form in which the answer has it.
pub(crate) fn hand<E: From<KMSInternalException>>(
    passage: &Passage<'_>,
    recipient: &Option<Recipient>,
    secret: &Plaintext,
) -> Result<Handed, E> {
    let Some(recipient) = recipient else {
        let plaintext = Some(Sensitive::new(Blob::new(secret.expose().to_vec())));
        return Ok(Handed { plaintext, for_recipient: None });
    };
    let sealed = recipient.key.seal(secret, passage.entropy()).map_err(internal::<E>)?;
    let sealed = Sealed { key: &sealed.key, iv: &sealed.iv, content: &sealed.content };
    let enveloped = envelope(&recipient.spki, &sealed);
    let enveloped = enveloped.ok_or_else(|| internal::<E>("an envelope was too long to be written"))?;
    Ok(Handed { plaintext: None, for_recipient: Some(Blob::new(enveloped)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::DecryptError;

    #[test]
    fn inferred_recipient_member_required_names_the_member_as_aws_names_members() {
        let error: DecryptError = inferred_recipient_member_required("attestationDocument");
        let text = "Value null at 'recipient.attestationDocument' failed to satisfy constraint";
        assert!(format!("{error:?}").contains(text));
    }

    #[test]
    fn inferred_document_refusal_says_what_is_wrong_with_the_document() {
        let error: DecryptError = inferred_document_refusal(AttestationFault::WrongSignature);
        let shown = format!("{error:?}");
        assert!(
            shown.contains("ValidationException") && shown.contains("its signature does not verify"),
            "{shown}"
        );
    }
}
