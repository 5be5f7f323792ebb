//! Private keys of curves from their bare numbers, as test vectors have them.

use aws_lc_rs::{
    agreement::{ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey},
    encoding::{AsDer as _, Pkcs8V1Der},
};

/// The private key (DER PKCS #8) of a NIST curve, named as AWS names its key spec, that this number is; zeros before it may be
/// missing or too many. Nothing if the curve is another, or the number is no key of it.
pub fn private_key(spec: &str, number: &[u8]) -> Option<Vec<u8>> {
    let (curve, length) = match spec {
        "ECC_NIST_P256" => (&ECDH_P256, 32_usize),
        "ECC_NIST_P384" => (&ECDH_P384, 48),
        "ECC_NIST_P521" => (&ECDH_P521, 66),
        _ => return None,
    };
    let digits: Vec<u8> = number.iter().copied().skip_while(|&byte| byte == 0).collect();
    let mut whole = vec![0; length.checked_sub(digits.len())?];
    whole.extend(digits);
    let key: Pkcs8V1Der<'_> = PrivateKey::from_private_key(curve, &whole).ok()?.as_der().ok()?;
    Some(key.as_ref().to_vec())
}
