use crate::{Gate, Passage};
use gatekey_crypto::{CannotGenerate, DataKeyPair, KeySpec};
use gatekey_types::Entropy;
use std::{num::NonZero, sync::Arc, thread::available_parallelism};
use tokio::sync::Semaphore;

/// The places where keys that take long are made: half of the cores at most, since an RSA key keeps one busy for up to
/// seconds.
pub(crate) struct Makers(Arc<Semaphore>);

impl Makers {
    pub(crate) fn new() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self(Arc::new(Semaphore::new(cores.div_ceil(2))))
    }
}

/// Whether a key of this spec takes longer to make than a request may keep others waiting.
fn takes_long(spec: KeySpec) -> bool {
    matches!(spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096)
}

impl Gate {
    /// Makes a key where it keeps no other request waiting.
    async fn making<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Entropy) -> Result<T, CannotGenerate> + Send + 'static,
    ) -> Result<T, CannotGenerate> {
        let place = Arc::clone(&self.makers.0).acquire_owned().await.map_err(|_| CannotGenerate)?;
        let entropy = Arc::clone(&self.entropy);
        let making = tokio::task::spawn_blocking(move || {
            let made = work(&*entropy);
            // Held to the end of the work, even when the client has gone meanwhile.
            drop(place);
            made
        });
        making.await.map_err(|_| CannotGenerate)?
    }
}

impl Passage<'_> {
    /// Makes a data key pair for the client; nothing of it is kept. One that takes long is made where it keeps no other
    /// request waiting, a few at a time.
    ///
    /// # Errors
    /// [`CannotGenerate`] if there are no such pairs of this spec, or the machine is broken.
    pub async fn new_data_key_pair(&self, spec: KeySpec) -> Result<DataKeyPair, CannotGenerate> {
        if takes_long(spec) {
            self.gate.making(move |entropy| DataKeyPair::generate(spec, entropy)).await
        } else {
            DataKeyPair::generate(spec, self.entropy())
        }
    }
}
