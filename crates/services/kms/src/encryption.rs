//! Encryption by any algorithm: the symmetric one, whose ciphertext names its key, and those of RSA, whose ciphertext
//! names none and carries no encryption context.

use crate::{
    ciphertext::{self, Pairs},
    fault::{internal, invalid, missing},
    material,
};
use gatekey_crypto::{EncryptionContext, KeyMaterial, Plaintext, RsaEncryption};
use gatekey_gate::{Found, Passage};
use gatekey_keyring::{Key, Usable};
use gatekey_model::{
    Blob, Sensitive,
    common::{AccessDeniedException, ValidationException},
    kms::{
        DisabledException, EncryptionAlgorithmSpec, IncorrectKeyException, InvalidCiphertextException,
        InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, NotFoundException,
    },
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::{KeyMaterialId, pause};

/// How a request encrypts or decrypts.
pub(crate) struct Means<'a> {
    algorithm: EncryptionAlgorithmSpec,
    pairs: &'a Pairs,
    context: EncryptionContext,
}

/// A ciphertext, and the material that made it: told for symmetric keys only.
pub(crate) struct Sealed {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) material: Option<KeyMaterialId>,
}

/// A plaintext, and the material that opened it: told for symmetric keys only.
pub(crate) struct Opened {
    pub(crate) plaintext: Plaintext,
    pub(crate) material: Option<KeyMaterialId>,
}

/// The algorithm that a request names, or the default.
pub(crate) fn algorithm(named: Option<EncryptionAlgorithmSpec>) -> EncryptionAlgorithmSpec {
    named.unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault)
}

impl<'a> Means<'a> {
    /// Reads the encryption context that goes with an algorithm.
    pub(crate) fn read<E: From<ValidationException>>(
        algorithm: EncryptionAlgorithmSpec,
        pairs: &'a Pairs,
    ) -> Result<Self, E> {
        Ok(Self { algorithm, pairs, context: ciphertext::context::<E>(pairs)? })
    }

    /// The condition keys.
    pub(crate) fn conditions(&self) -> Context<'a> {
        ciphertext::conditions(Some(self.algorithm), self.pairs)
    }

    /// The key that opens a ciphertext: the one that the request names in `member`; or else the one that the ciphertext
    /// names, which only a symmetric one does.
    pub(crate) fn find<E>(
        &self,
        passage: &Passage<'_>,
        named: Option<&str>,
        member: &str,
        ciphertext: Option<&Blob>,
        action: KmsAction,
    ) -> Result<Found, E>
    where
        E: From<ValidationException>
            + From<NotFoundException>
            + From<AccessDeniedException>
            + From<InvalidCiphertextException>,
    {
        if let Some(key_id) = named {
            return passage.find(key_id, action).map_err(missing::<E>);
        }
        if self.algorithm != EncryptionAlgorithmSpec::SymmetricDefault {
            return Err(invalid(format!("{member} must not be null")));
        }
        let bytes = ciphertext.map(Blob::as_slice).unwrap_or_default();
        ciphertext::key_of_blob::<E>(passage, &ciphertext::peek::<E>(bytes)?)
    }

    /// The algorithm must suit the key, and an encryption context the algorithm.
    pub(crate) fn suit<E>(&self, key: &Key) -> Result<(), E>
    where
        E: From<ValidationException> + From<InvalidKeyUsageException>,
    {
        let (algorithm, spec) = (self.algorithm.as_str(), key.record.spec);
        if !spec.encryption_algorithms().contains(&algorithm) {
            let text = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
            return Err(InvalidKeyUsageException::new(text).into());
        }
        let symmetric = self.algorithm == EncryptionAlgorithmSpec::SymmetricDefault;
        if symmetric || self.pairs.as_ref().is_none_or(|pairs| pairs.is_empty()) {
            return Ok(());
        }
        Err(invalid("EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."))
    }

    /// How many bytes the algorithm takes with this key: what the model allows for the symmetric one, less for RSA's.
    pub(crate) fn fit<E: From<ValidationException>>(&self, key: &Key, length: usize) -> Result<(), E> {
        let spec = key.record.spec;
        let most = rsa(self.algorithm)
            .zip(material::spec_of(spec))
            .and_then(|(rsa, material)| rsa.longest_plaintext(material));
        match most {
            Some(most) if length > most => Err(invalid(format!(
                "Algorithm {} and key spec {spec} cannot encrypt data larger than {most} bytes.",
                self.algorithm.as_str(),
            ))),
            _ => Ok(()),
        }
    }

    /// Encrypts. That the means suit the key and the plaintext fits must have been asked.
    pub(crate) async fn encrypt<E>(
        &self,
        passage: &mut Passage<'_>,
        usable: Usable<'_>,
        plaintext: &[u8],
    ) -> Result<Sealed, E>
    where
        E: From<KMSInternalException>
            + From<DisabledException>
            + From<KMSInvalidStateException>
            + From<InvalidKeyUsageException>,
    {
        pause().await;
        let Some(rsa) = rsa(self.algorithm) else {
            let (ciphertext, id) = ciphertext::seal::<E>(passage, usable, &self.context, plaintext)?;
            return Ok(Sealed { ciphertext, material: Some(id) });
        };
        let plaintext = Sensitive::new(Blob::new(plaintext.to_vec()));
        let sealing = move |material: &KeyMaterial| material.encrypt_rsa(rsa, plaintext.expose().as_slice());
        let sealed = material::work_with::<E, _>(passage, usable, sealing).await?;
        let ciphertext = sealed.map_err(internal::<E>)?;
        Ok(Sealed { ciphertext, material: None })
    }

    /// Decrypts. AWS takes a symmetric ciphertext apart before it asks whether the algorithm suits the key.
    pub(crate) async fn decrypt<E>(
        &self,
        passage: &mut Passage<'_>,
        usable: Usable<'_>,
        ciphertext: &[u8],
    ) -> Result<Opened, E>
    where
        E: From<ValidationException>
            + From<KMSInternalException>
            + From<DisabledException>
            + From<KMSInvalidStateException>
            + From<InvalidKeyUsageException>
            + From<InvalidCiphertextException>
            + From<IncorrectKeyException>,
    {
        pause().await;
        if self.algorithm == EncryptionAlgorithmSpec::SymmetricDefault {
            let blob = ciphertext::peek::<E>(ciphertext)?;
            self.suit::<E>(usable.key())?;
            let (plaintext, id) = ciphertext::open::<E>(passage, usable, &blob, &self.context)?;
            return Ok(Opened { plaintext, material: Some(id) });
        }
        self.suit::<E>(usable.key())?;
        let (rsa, ciphertext) = (rsa(self.algorithm), ciphertext.to_vec());
        let opening = move |material: &KeyMaterial| material.decrypt_rsa(rsa?, &ciphertext).ok();
        let opened = material::work_with::<E, _>(passage, usable, opening).await?;
        let plaintext = opened.ok_or_else(|| E::from(InvalidCiphertextException::bare()))?;
        Ok(Opened { plaintext, material: None })
    }
}

/// The algorithm of RSA that this is.
fn rsa(algorithm: EncryptionAlgorithmSpec) -> Option<RsaEncryption> {
    match algorithm {
        EncryptionAlgorithmSpec::RsaesOaepSha1 => Some(RsaEncryption::OaepSha1),
        EncryptionAlgorithmSpec::RsaesOaepSha256 => Some(RsaEncryption::OaepSha256),
        _ => None,
    }
}
