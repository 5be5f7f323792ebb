use argon2::{Algorithm, Argon2, Params, Version};
use core::fmt;
use zeroize::Zeroizing;

/// How much work one guess at a passphrase costs (Argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Argon2Cost {
    /// RFC 9106's second recommended choice: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

    /// The least that is accepted, so that an edited parameter file cannot make guessing cheap for one who records
    /// what is derived: 8 MiB and one pass.
    const LEAST_MEMORY_KIB: u32 = 8 * 1024;

    /// The most that is accepted, so that an edited parameter file cannot exhaust the machine: 4 GiB, 64 passes.
    const MOST_MEMORY_KIB: u32 = 4 * 1024 * 1024;
    const MOST_PASSES: u32 = 64;
    const MOST_LANES: u32 = 64;

    fn is_lawful(self) -> bool {
        (Self::LEAST_MEMORY_KIB..=Self::MOST_MEMORY_KIB).contains(&self.memory_kib)
            && (1..=Self::MOST_PASSES).contains(&self.passes)
            && (1..=Self::MOST_LANES).contains(&self.lanes)
    }
}

/// Why a passphrase could not be stretched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseError {
    /// There is no passphrase.
    Empty,
    /// The parameters are out of range.
    UnlawfulCost,
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the passphrase is empty",
            Self::UnlawfulCost => "the Argon2id parameters are out of range",
        })
    }
}

impl core::error::Error for PassphraseError {}

pub(crate) fn stretch(
    passphrase: &[u8],
    salt: &[u8; 16],
    cost: Argon2Cost,
) -> Result<Zeroizing<[u8; 32]>, PassphraseError> {
    if passphrase.is_empty() {
        return Err(PassphraseError::Empty);
    }
    if !cost.is_lawful() {
        return Err(PassphraseError::UnlawfulCost);
    }
    let unlawful = |_| PassphraseError::UnlawfulCost;
    let parameters = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(unlawful)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .map_err(unlawful)?;
    Ok(key)
}
