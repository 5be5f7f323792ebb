//! Attestation documents, verified against the root that is trusted here.

use crate::Passage;
use gatekey_attestation::{Attestation, AttestationFault};

impl Passage<'_> {
    /// Verifies a recipient's attestation document, at the moment of the request.
    ///
    /// # Errors
    /// [`AttestationFault`]: nothing that it says may be believed.
    pub fn attest(&self, document: &[u8]) -> Result<Attestation, AttestationFault> {
        gatekey_attestation::verify(document, &self.gate.attestation_root, self.now())
    }
}
