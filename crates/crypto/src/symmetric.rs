use crate::{
    CannotOpen, CannotSeal, Plaintext,
    blob::{Blob, BlobHeader},
    context::EncryptionContext,
    derive::{DerivingKey, Label, RANDOM, TAG},
};
use gatekey_types::Entropy;

/// Longest plaintext that a symmetric KMS key encrypts, in bytes (AWS's limit on Encrypt).
pub const LONGEST_PLAINTEXT: usize = 4096;

/// A SYMMETRIC_DEFAULT key: it encrypts each message under a key derived for that message alone.
pub(crate) struct SymmetricKey {
    deriving: DerivingKey,
}

impl SymmetricKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { deriving: DerivingKey::new(secret) }
    }

    /// Makes a blob. All of its header is authenticated, and the encryption context with it.
    pub(crate) fn seal(
        &self,
        header: BlobHeader,
        context: &EncryptionContext,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        if plaintext.len() > LONGEST_PLAINTEXT {
            return Err(CannotSeal);
        }
        let mut random = [0; RANDOM];
        entropy.fill(&mut random);
        let mut blob = Vec::with_capacity(BlobHeader::LENGTH + RANDOM + plaintext.len() + TAG);
        header.encode(&mut blob);
        blob.extend_from_slice(&random);
        let authenticated = authenticated(&blob, context);
        let body = blob.len();
        blob.extend_from_slice(plaintext);
        let in_out = blob.get_mut(body..).ok_or(CannotSeal)?;
        let tag = self.deriving.seal_in_place(Label::BLOB, &random, &authenticated, in_out)?;
        blob.extend_from_slice(&tag);
        Ok(blob)
    }

    pub(crate) fn open(&self, blob: &Blob<'_>, context: &EncryptionContext) -> Result<Plaintext, CannotOpen> {
        let authenticated = authenticated(blob.authenticated, context);
        self.deriving
            .open(Label::BLOB, blob.random, &authenticated, blob.ciphertext, blob.tag)
            .map(Plaintext::new)
    }
}

/// What is authenticated beside the message: the header (of fixed length, randomness included), then the context.
fn authenticated(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + context.encoded_len());
    out.extend_from_slice(header);
    context.encode(&mut out);
    out
}
