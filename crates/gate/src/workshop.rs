//! Work that takes long, done where it keeps no other request waiting.
//!
//! A signature by RSA takes about as long as a hundred whole requests for symmetric encryption, and a new pair of RSA_4096
//! seconds. Such work goes to threads of its own, so that the operating system shares the processors between it and the
//! requests; there are no more of them than one for a processor, and who comes first is served first. Making pairs has a bench of
//! its own: whoever makes many keeps no signature waiting.

use crate::{Gate, Passage, materials};
use gatekey_crypto::{CannotGenerate, DataKeyPair, KeyMaterial, KeySpec, WrappingKey, WrappingSpec};
use gatekey_keyring::{Key, MaterialRecord};
use gatekey_seal::{Defect, SealBroken};
use gatekey_types::{Entropy, KeyId, KeyMaterialId};
use std::sync::Arc;
use tokio::{
    runtime::{Builder, Handle, Runtime, RuntimeFlavor},
    sync::Semaphore,
    task::{JoinHandle, block_in_place, spawn_blocking},
};

/// The benches.
pub(crate) struct Workshop {
    using: Bench,
    making: Bench,
    studying: Semaphore,
}

impl Workshop {
    /// A workshop with a place for each thread of the present runtime. One more makes pairs, and half as many as there are threads
    /// study.
    pub(crate) fn new() -> Self {
        let places = Handle::current().metrics().num_workers();
        Self {
            using: Bench::with(places),
            making: Bench::with(1),
            studying: Semaphore::new(places.div_ceil(2)),
        }
    }
}

/// Threads for one kind of work, which is done in the order in which it came.
///
/// Under load a thread that has finished goes on with what is next at once. A semaphore before the runtime's own threads would let
/// it wait until whoever is next has been told, and a signature cost two switches between threads more.
struct Bench {
    /// A runtime that never runs: of it there are the threads that it starts for work that blocks, no more than there are
    /// places. `None` where it could not be made; the present one's then serve.
    threads: Option<Runtime>,
}

impl Bench {
    fn with(places: usize) -> Self {
        let threads = Builder::new_current_thread().max_blocking_threads(places).thread_name("bench").build();
        Self { threads: threads.ok() }
    }

    /// Does the work as soon as there is a place. Of a request that goes away before that, nothing is done.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
        let mut done = Ordered(match &self.threads {
            Some(threads) => threads.spawn_blocking(work),
            None => spawn_blocking(work),
        });
        (&mut done.0).await.map_err(|error| crate::lost::told(&error))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Nobody waits for what is still being done.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Work that somebody waits for.
struct Ordered<T>(JoinHandle<T>);

impl<T> Drop for Ordered<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
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
            self.workshop.making.work(move || make(&*entropy)).await?
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
        self.workshop.using.work(work).await
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
            gate.workshop.using.work(move || materials::unseal(&keychain, owner, &id, &sealed)).await??;
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
        self.gate.workshop.using.work(move || work(&material)).await
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

    /// Work that says when it has begun and ends when it is told to.
    fn held() -> (impl FnOnce() -> bool + Send + 'static, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let ((begin, begun), (finish, wait)) = (mpsc::channel(), mpsc::channel());
        (move || begin.send(()).is_ok() && wait.recv().is_ok(), begun, finish)
    }

    /// This test has one thread: it goes on only because the work does not hold it.
    async fn until_begun(begun: &mpsc::Receiver<()>) {
        while begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn work_at_a_bench_leaves_the_runtime_s_thread_free_and_waits_for_its_place() {
        let bench = Arc::new(Bench::with(1));
        let (work, begun, finish) = held();
        let first = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { bench.work(work).await }
        });
        until_begun(&begun).await;
        let (waiting, second_begun, let_second) = held();
        let second = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { bench.work(waiting).await }
        });
        tokio::task::yield_now().await;
        assert!(!first.is_finished() && second_begun.try_recv().is_err());
        finish.send(()).unwrap();
        let_second.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(true), Ok(true)));
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
    async fn what_was_begun_for_a_request_that_went_away_keeps_its_place_and_what_was_not_is_never_done() {
        let bench = Arc::new(Bench::with(1));
        let (work, begun, finish) = held();
        let abandoned = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { bench.work(work).await }
        });
        until_begun(&begun).await;
        let (never, never_begun, _let_it) = held();
        let unheard = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { bench.work(never).await }
        });
        tokio::task::yield_now().await;
        let next = tokio::spawn({
            let bench = Arc::clone(&bench);
            async move { bench.work(|| 3).await }
        });
        tokio::task::yield_now().await;
        for gone in [abandoned, unheard] {
            gone.abort();
            assert!(gone.await.unwrap_err().is_cancelled());
        }
        assert!(!next.is_finished());
        finish.send(()).unwrap();
        assert_eq!(next.await.unwrap(), Ok(3));
        assert_eq!(never_begun.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let bench = Bench::with(1);
        assert!(bench.work::<()>(|| panic!("a defect")).await.is_err());
        assert_eq!(bench.work(|| 4).await, Ok(4));
    }
}
