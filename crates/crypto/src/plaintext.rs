use gatekey_types::Entropy;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A client's secret on its way through: what was decrypted, a fresh data key, random bytes. Erased when dropped; it
/// has no `Debug`, `Clone` or `Serialize`.
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Draws `length` random bytes: a data key, or the answer to GenerateRandom.
    pub fn random(length: usize, entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; length]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The secret itself: to be given to the client who may have it, and to nobody else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in constant time (for a given length).
    pub fn is(&self, other: &[u8]) -> bool {
        self.0.ct_eq(other).into()
    }
}
