/// The kinds of key material: AWS's key specs. SM2, which AWS has in the China Regions only, is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeySpec {
    /// SYMMETRIC_DEFAULT: a 256-bit symmetric encryption key.
    SymmetricDefault,
    /// RSA_2048: an RSA key pair of 2048 bits.
    Rsa2048,
    /// RSA_3072: an RSA key pair of 3072 bits.
    Rsa3072,
    /// RSA_4096: an RSA key pair of 4096 bits.
    Rsa4096,
    /// ECC_NIST_P256: a key pair on P-256 (secp256r1).
    EccNistP256,
    /// ECC_NIST_P384: a key pair on P-384 (secp384r1).
    EccNistP384,
    /// ECC_NIST_P521: a key pair on P-521 (secp521r1).
    EccNistP521,
    /// ECC_SECG_P256K1: a key pair on secp256k1.
    EccSecgP256k1,
    /// ECC_NIST_EDWARDS25519: an Ed25519 key pair.
    EccNistEdwards25519,
    /// HMAC_224: an HMAC key for SHA-224, 28 bytes when generated.
    Hmac224,
    /// HMAC_256: an HMAC key for SHA-256, 32 bytes when generated.
    Hmac256,
    /// HMAC_384: an HMAC key for SHA-384, 48 bytes when generated.
    Hmac384,
    /// HMAC_512: an HMAC key for SHA-512, 64 bytes when generated.
    Hmac512,
    /// ML_DSA_44: a key pair of FIPS 204, category 2.
    MlDsa44,
    /// ML_DSA_65: a key pair of FIPS 204, category 3.
    MlDsa65,
    /// ML_DSA_87: a key pair of FIPS 204, category 5.
    MlDsa87,
    /// ML_KEM_512: a key pair of FIPS 203, category 1.
    MlKem512,
    /// ML_KEM_768: a key pair of FIPS 203, category 3.
    MlKem768,
    /// ML_KEM_1024: a key pair of FIPS 203, category 5.
    MlKem1024,
}

impl KeySpec {
    /// Every spec.
    pub const ALL: [Self; 19] = [
        Self::SymmetricDefault,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EccNistP256,
        Self::EccNistP384,
        Self::EccNistP521,
        Self::EccSecgP256k1,
        Self::EccNistEdwards25519,
        Self::Hmac224,
        Self::Hmac256,
        Self::Hmac384,
        Self::Hmac512,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::MlKem512,
        Self::MlKem768,
        Self::MlKem1024,
    ];

    /// Whether making a key takes long: tenths of seconds, for RSA_4096 seconds.
    pub fn is_made_slowly(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// The byte that stands for the spec in stored forms: it never changes its meaning.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::SymmetricDefault => 1,
            Self::Rsa2048 => 0x10,
            Self::Rsa3072 => 0x11,
            Self::Rsa4096 => 0x12,
            Self::EccNistP256 => 0x20,
            Self::EccNistP384 => 0x21,
            Self::EccNistP521 => 0x22,
            Self::EccSecgP256k1 => 0x23,
            Self::EccNistEdwards25519 => 0x24,
            Self::Hmac224 => 0x30,
            Self::Hmac256 => 0x31,
            Self::Hmac384 => 0x32,
            Self::Hmac512 => 0x33,
            Self::MlDsa44 => 0x40,
            Self::MlDsa65 => 0x41,
            Self::MlDsa87 => 0x42,
            Self::MlKem512 => 0x50,
            Self::MlKem768 => 0x51,
            Self::MlKem1024 => 0x52,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_has_a_code_of_its_own() {
        for spec in KeySpec::ALL {
            assert_eq!(KeySpec::from_code(spec.code()), Some(spec));
        }
        assert_eq!(KeySpec::from_code(0), None);
        assert_eq!(KeySpec::SymmetricDefault.code(), 1);
    }
}
