//! Passwords of people who sign in: Argon2id, kept as a string that holds its own salt and costs.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use gatekey_types::Entropy;

/// Memory of one guess, in KiB, and passes over it: RFC 9106's shape at a cost that many sign-ins can bear.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

fn hasher() -> Result<Argon2<'static>, PasswordFault> {
    let parameters = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| PasswordFault)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

/// A password could not be hashed: a bug or a broken machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordFault;

impl core::fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the password could not be hashed")
    }
}

impl core::error::Error for PasswordFault {}

/// Hashes a password under a fresh salt: a PHC string. Takes tens of milliseconds and 19 MiB.
///
/// # Errors
/// [`PasswordFault`]
pub fn hash_password(password: &[u8], entropy: &dyn Entropy) -> Result<String, PasswordFault> {
    let salt: [u8; 16] = entropy.bytes();
    let hash = hasher()?.hash_password_with_salt(password, &salt).map_err(|_| PasswordFault)?;
    Ok(hash.to_string())
}

/// Whether the password is that of this PHC string. Comparing takes the same time for any password.
pub fn verify_password(password: &[u8], phc: &str) -> bool {
    hasher().is_ok_and(|hasher| hasher.verify_password(password, phc).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_testkit::SeededEntropy;

    #[test]
    fn only_the_password_itself_verifies() {
        let entropy = SeededEntropy::new(1);
        let phc = hash_password(b"correct horse", &entropy).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify_password(b"correct horse", &phc));
        assert!(!verify_password(b"correct horsf", &phc));
        assert!(!verify_password(b"", &phc));
        assert!(!verify_password(b"correct horse", "$argon2id$nonsense"));
        assert_ne!(hash_password(b"correct horse", &entropy).unwrap(), phc);
    }
}
