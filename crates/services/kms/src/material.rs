//! What a key of each spec is made of, and the material that it works with.

use crate::fault::{internal, unusable};
use gatekey_crypto::{KeyMaterial, KeySpec as MaterialSpec};
use gatekey_gate::Passage;
use gatekey_keyring::{KeySpec, Usable};
use gatekey_model::kms::{
    DisabledException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException,
};

/// Works with the one material of an asymmetric key, aside where that takes long. Its id is Gatekey's own: no answer and
/// no event tells it.
pub(crate) async fn work_with<E, T: Send + 'static>(
    passage: &Passage<'_>,
    usable: Usable<'_>,
    work: impl FnOnce(&KeyMaterial) -> T + Send + 'static,
) -> Result<T, E>
where
    E: From<KMSInternalException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>,
{
    let (id, _) = usable.current_material().map_err(unusable::<E>)?;
    passage.work_with(usable.key(), &id, work).await.map_err(internal::<E>)
}

/// The kind of material that a key of `spec` holds; none for SM2, which AWS makes in the China Regions only.
pub(crate) fn spec_of(spec: KeySpec) -> Option<MaterialSpec> {
    Some(match spec {
        KeySpec::SymmetricDefault => MaterialSpec::SymmetricDefault,
        KeySpec::Rsa2048 => MaterialSpec::Rsa2048,
        KeySpec::Rsa3072 => MaterialSpec::Rsa3072,
        KeySpec::Rsa4096 => MaterialSpec::Rsa4096,
        KeySpec::EccNistP256 => MaterialSpec::EccNistP256,
        KeySpec::EccNistP384 => MaterialSpec::EccNistP384,
        KeySpec::EccNistP521 => MaterialSpec::EccNistP521,
        KeySpec::EccSecgP256k1 => MaterialSpec::EccSecgP256k1,
        KeySpec::EccNistEdwards25519 => MaterialSpec::EccNistEdwards25519,
        KeySpec::Hmac224 => MaterialSpec::Hmac224,
        KeySpec::Hmac256 => MaterialSpec::Hmac256,
        KeySpec::Hmac384 => MaterialSpec::Hmac384,
        KeySpec::Hmac512 => MaterialSpec::Hmac512,
        KeySpec::MlDsa44 => MaterialSpec::MlDsa44,
        KeySpec::MlDsa65 => MaterialSpec::MlDsa65,
        KeySpec::MlDsa87 => MaterialSpec::MlDsa87,
        KeySpec::MlKem512 => MaterialSpec::MlKem512,
        KeySpec::MlKem768 => MaterialSpec::MlKem768,
        KeySpec::MlKem1024 => MaterialSpec::MlKem1024,
        KeySpec::Sm2 => return None,
    })
}
