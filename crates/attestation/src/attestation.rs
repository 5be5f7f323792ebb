use crate::{AttestationFault, Root, chain, document::Document};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatekey_types::Timestamp;
use std::collections::BTreeMap;

/// How old a document may be, and how far in the future by clocks that differ, in milliseconds.
const GRACE_MILLIS: i64 = 5 * 60 * 1000;

/// What a document speaks for. Their registers mean different things and have different condition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// An AWS Nitro enclave.
    Enclave,
    /// An EC2 instance with a NitroTPM.
    NitroTpm,
}

/// What a verified document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Which module made it: the enclave's id, for instance.
    pub module_id: String,
    /// What it speaks for.
    pub platform: Platform,
    /// The platform configuration registers: by index (0 to 31), hashes of 32, 48 or 64 bytes.
    pub pcrs: BTreeMap<u8, Vec<u8>>,
    /// The key that answers are to be sealed for, as it was given: DER, if the client did right.
    pub public_key: Option<Vec<u8>>,
}

/// Verifies a document as AWS documents it: its form, its certificates up to `root`, its signature, its age.
///
/// # Errors
/// [`AttestationFault`]
pub fn verify(document: &[u8], root: &Root, now: Timestamp) -> Result<Attestation, AttestationFault> {
    let document = Document::parse(document)?;
    let key = chain::verify(&document.certificate, &document.cabundle, root, now)?;
    document.verify_signature(|signature, signed| {
        key.verify(signed, signature).map_err(|_| AttestationFault::WrongSignature)
    })?;
    if !inferred_is_fresh(document.timestamp, now) {
        return Err(AttestationFault::Stale);
    }
    let Document { module_id, platform, pcrs, public_key, .. } = document;
    Ok(Attestation { module_id, platform, pcrs, public_key })
}

/// Whether a document made at `timestamp` (milliseconds since 1970) is taken now. AWS documents no age; whoever asks anew
/// makes a new document, as AWS's SDK does for every call, so a few minutes are enough.
fn inferred_is_fresh(timestamp: u64, now: Timestamp) -> bool {
    let made = i64::try_from(timestamp).map(Timestamp::from_millis);
    made.is_ok_and(|made| now.millis_since(made).unsigned_abs() <= GRACE_MILLIS.unsigned_abs())
}

impl Attestation {
    /// What the decision sees: the names that follow `kms:RecipientAttestation:`, and values in lower-case hexadecimal.
    ///
    /// AWS: `PCR0` to `PCR31` and `ImageSha384`, which is `PCR0`, for an enclave; `NitroTPMPCR0` and so on for a TPM. None
    /// of the one platform's is there for the other.
    pub fn conditions(&self) -> Vec<(String, String)> {
        let prefix = match self.platform {
            Platform::Enclave => "PCR",
            Platform::NitroTpm => "NitroTPMPCR",
        };
        let registers =
            self.pcrs.iter().map(|(index, value)| (format!("{prefix}{index}"), hex::encode(value)));
        let image = self.image().map(|image| ("ImageSha384".to_owned(), hex::encode(image)));
        registers.chain(image).collect()
    }

    /// What CloudTrail tells of the recipient, by its names: the registers that AWS lists, in Base64.
    pub fn trail(&self) -> BTreeMap<String, String> {
        let (prefix, listed): (&str, &[u8]) = match self.platform {
            Platform::Enclave => ("attestationDocumentEnclavePCR", &[1, 2, 3, 4, 8]),
            Platform::NitroTpm => ("attestationDocumentNitroTPMPCR", &[4, 7, 8, 9, 16, 23]),
        };
        let register =
            |index: &u8| Some((format!("{prefix}{index}"), STANDARD.encode(self.pcrs.get(index)?)));
        let mut told: BTreeMap<String, String> = listed.iter().filter_map(register).collect();
        told.insert("attestationDocumentModuleId".to_owned(), self.module_id.clone());
        if let Some(image) = self.image() {
            told.insert("attestationDocumentEnclaveImageDigest".to_owned(), STANDARD.encode(image));
        }
        told
    }

    /// The hash of the enclave's image: its first register.
    fn image(&self) -> Option<&[u8]> {
        self.pcrs.get(&0).filter(|_| self.platform == Platform::Enclave).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_is_fresh_within_five_minutes_either_way() {
        let now = Timestamp::from_millis(1_000_000_000);
        for (timestamp, fresh) in [
            (1_000_000_000, true),
            (999_700_000, true),
            (999_699_999, false),
            (1_000_300_000, true),
            (1_000_300_001, false),
            (1, false),
            (u64::MAX, false),
            (u64::MAX / 2, false),
        ] {
            assert_eq!(inferred_is_fresh(timestamp, now), fresh, "{timestamp}");
        }
    }

    fn attestation(platform: Platform) -> Attestation {
        let pcrs = [0, 1, 4, 16].map(|index| (index, vec![0xab; 48])).into();
        Attestation { module_id: "i-1-enc2".into(), platform, pcrs, public_key: None }
    }

    #[test]
    fn an_enclave_has_its_registers_and_its_image_as_conditions() {
        let conditions = attestation(Platform::Enclave).conditions();
        let names: Vec<&str> = conditions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PCR0", "PCR1", "PCR4", "PCR16", "ImageSha384"]);
        assert!(conditions.iter().all(|(_, value)| *value == "ab".repeat(48)));
    }

    #[test]
    fn a_tpm_has_no_condition_of_an_enclave() {
        let conditions = attestation(Platform::NitroTpm).conditions();
        let names: Vec<&str> = conditions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["NitroTPMPCR0", "NitroTPMPCR1", "NitroTPMPCR4", "NitroTPMPCR16"]);
    }

    #[test]
    fn the_trail_tells_what_aws_lists() {
        let names = |platform| attestation(platform).trail().into_keys().collect::<Vec<_>>();
        assert_eq!(
            names(Platform::Enclave),
            [
                "attestationDocumentEnclaveImageDigest",
                "attestationDocumentEnclavePCR1",
                "attestationDocumentEnclavePCR4",
                "attestationDocumentModuleId",
            ]
        );
        assert_eq!(
            names(Platform::NitroTpm),
            [
                "attestationDocumentModuleId",
                "attestationDocumentNitroTPMPCR16",
                "attestationDocumentNitroTPMPCR4",
            ]
        );
    }
}
