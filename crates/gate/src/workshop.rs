//! Work that takes long, done where it keeps no other request waiting.
//!
//! A signature by RSA takes about as long as a hundred whole requests for symmetric encryption, and a new pair of RSA_4096
//! seconds. Such work goes to threads of its own, so that the operating system shares the processors between it and the
//! requests; there are no more of them than two for a processor, and who comes first is served first. Making pairs has a bench of
//! its own: whoever makes many keeps no signature waiting.

use crate::{Gate, Passage, materials};
use gatekey_crypto::{CannotGenerate, DataKeyPair, KeyMaterial, KeySpec, WrappingKey, WrappingSpec};
use gatekey_keyring::{Key, MaterialRecord};
use gatekey_seal::{Defect, SealBroken};
use gatekey_types::{Entropy, KeyId, KeyMaterialId};
use std::sync::Arc;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
    task::{block_in_place, spawn_blocking},
};

/// The benches and their places.
pub(crate) struct Workshop {
    using: Arc<Semaphore>,
    making: Arc<Semaphore>,
    studying: Semaphore,
}

impl Workshop {
    /// A workshop with two places for each thread of the present runtime: with one, a processor stands idle between a signature and
    /// the next. One more makes pairs, and half as many as there are threads study.
    pub(crate) fn new() -> Self {
        let places = Handle::current().metrics().num_workers();
        Self {
            using: Arc::new(Semaphore::new(places.saturating_mul(2))),
            making: Arc::new(Semaphore::new(1)),
            studying: Semaphore::new(places.div_ceil(2)),
        }
    }
}

/// Does the work on a thread of its own as soon as there is a place at the bench. A request that goes away meanwhile gives
/// its place up only when the work is done.
async fn at<T: Send + 'static>(
    bench: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let place = Arc::clone(bench).acquire_owned().await.map_err(|closed| closed.to_string())?;
    let done = spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(|error| crate::lost::told(&error))
}

impl Gate {
    /// Makes what takes chance: on the bench for that where it takes long, and at once where it does not.
    async fn made<T: Send + 'static>(
        &self,
        slowly: bool,
        make: impl FnOnce(&dyn Entropy) -> Result<T, CannotGenerate> + Send + 'static,
    ) -> Result<T, String> {
        let made = if slowly {
            let entropy = Arc::clone(&self.entropy);
            at(&self.workshop.making, move || make(&*entropy)).await?
        } else {
            make(&*self.entropy)
        };
        made.map_err(|fault: CannotGenerate| fault.to_string())
    }

    /// Makes fresh material for a key, sealed.
    ///
    /// # Errors
    /// A broken machine.
    pub(crate) async fn new_material(
        &self,
        spec: KeySpec,
        key: KeyId,
    ) -> Result<(KeyMaterialId, MaterialRecord), SealBroken> {
        let making = move |entropy: &dyn Entropy| KeyMaterial::generate(spec, key, entropy);
        let material = self.made(spec.is_made_slowly(), making).await.map_err(|why| not_made(key, &why))?;
        Ok((material.id(), self.sealed(&material)?))
    }

    /// Does work that takes long where it keeps no other request waiting.
    ///
    /// # Errors
    /// A broken machine, or the work panicked; the text is for the operator.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        at(&self.workshop.using, work).await
    }

    /// Makes a pair under which its owner will wrap material, on the same bench.
    ///
    /// # Errors
    /// A broken machine; the text is for the operator.
    pub(crate) async fn wrapping_key(&self, spec: WrappingSpec) -> Result<WrappingKey, String> {
        self.made(true, move |_| WrappingKey::generate(spec)).await
    }
}

/// Does work that takes long and borrows: the thread's other tasks go to another one meanwhile, if the runtime has any.
pub(crate) fn beside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => block_in_place(work),
    }
}

impl Passage<'_> {
    /// Works out an answer about everybody, or about every key, where it keeps no other request waiting. No more than half of
    /// the threads ever do such work; who comes first is served first.
    pub async fn study<T>(&self, work: impl FnOnce() -> T) -> T {
        // It is never closed.
        let _place = self.gate.workshop.studying.acquire().await.ok();
        beside(work)
    }

    /// Makes a data key pair for the client, on the bench for making where that takes long. Nothing of it is
    /// kept.
    ///
    /// # Errors
    /// There are no such pairs of this spec, or a broken machine; the text is for the operator.
    pub async fn new_data_key_pair(&self, spec: KeySpec) -> Result<DataKeyPair, String> {
        let making = move |entropy: &dyn Entropy| DataKeyPair::generate(spec, entropy);
        self.gate.made(spec.is_made_slowly(), making).await
    }

    /// The material of this id, opened. The first opening of what takes long to parse is done aside.
    ///
    /// # Errors
    /// There is none of that id, or its seal is broken; the text is for the operator.
    pub async fn material(&self, key: &Key, id: &KeyMaterialId) -> Result<Arc<KeyMaterial>, String> {
        let gate = self.gate;
        if !key.record.spec.takes_long() {
            return self.open_material(key, id);
        }
        if let Some(material) = gate.materials.find(key, id) {
            return Ok(material);
        }
        let (keychain, owner, id) = (Arc::clone(&gate.keychain), key.arn.key, *id);
        let sealed = key.material(&id).cloned().ok_or("the key has no such material")?;
        let opened =
            at(&gate.workshop.using, move || materials::unseal(&keychain, owner, &id, &sealed)).await??;
        self.keep_material(key, &id, &opened);
        Ok(opened)
    }

    /// Works with a material: aside where its kind takes long, and at once where it does not.
    ///
    /// # Errors
    /// As [`Passage::material`].
    pub async fn work_with<T: Send + 'static>(
        &self,
        key: &Key,
        id: &KeyMaterialId,
        work: impl FnOnce(&KeyMaterial) -> T + Send + 'static,
    ) -> Result<T, String> {
        let material = self.material(key, id).await?;
        if !key.record.spec.takes_long() {
            return Ok(work(&material));
        }
        at(&self.gate.workshop.using, move || work(&material)).await
    }

    /// Makes fresh material for a key, sealed.
    ///
    /// # Errors
    /// A broken machine.
    pub async fn new_material(
        &self,
        spec: KeySpec,
        key: KeyId,
    ) -> Result<(KeyMaterialId, MaterialRecord), SealBroken> {
        self.gate.new_material(spec, key).await
    }
}

fn not_made(key: KeyId, why: &str) -> SealBroken {
    tracing::error!(%key, why, "no key material could be made");
    SealBroken {
        table: materials::MATERIAL.into(),
        key: key.to_string().into_bytes().into(),
        version: 0,
        defect: Defect::CannotSeal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_at_a_bench_leaves_the_runtime_s_thread_free_and_waits_for_its_place() {
        let bench = Arc::new(Semaphore::new(1));
        let (finish, wait) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { at(&bench, move || wait.recv().is_ok()).await }
        });
        // This test has one thread: it comes here again only because the work does not hold it.
        while bench.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { at(&bench, || 2).await }
        });
        tokio::task::yield_now().await;
        assert!(!first.is_finished() && !second.is_finished());
        finish.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(true), Ok(2)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_study_leaves_the_thread_s_other_tasks_to_another() {
        let (finish, wait) = mpsc::channel::<()>();
        let study = tokio::spawn(async move { beside(|| wait.recv().is_ok()) });
        // There is one thread, and it studies until this task, which is another one's then, lets it.
        let other = tokio::spawn(async move { finish.send(()).is_ok() });
        assert_eq!((study.await.unwrap(), other.await.unwrap()), (true, true));
    }

    #[tokio::test]
    async fn a_place_is_free_again_only_when_the_work_of_a_request_that_went_away_is_done() {
        let bench = Arc::new(Semaphore::new(1));
        let (finish, wait) = mpsc::channel::<()>();
        let abandoned = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { at(&bench, move || wait.recv().is_ok()).await }
        });
        while bench.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        assert_eq!(bench.available_permits(), 0);
        finish.send(()).unwrap();
        assert_eq!(at(&bench, || 3).await, Ok(3));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let bench = Arc::new(Semaphore::new(1));
        assert!(at::<()>(&bench, || panic!("a defect")).await.is_err());
        assert_eq!(at(&bench, || 4).await, Ok(4));
    }
}
