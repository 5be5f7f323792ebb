//! What becomes of keys as time goes by: automatic rotation, and the expiry of imported material.

use crate::{
    CommitFault, Gate,
    event::{Deed, deed_event},
    materials,
    outbox::Outgoing,
};
use gatekey_crypto::{KeyMaterial, KeySpec};
use gatekey_keyring::{Key, Keyring, MaterialRecord, Rotated, RotationType};
use gatekey_seal::SealBroken;
use gatekey_store::table::Edit;
use gatekey_types::{KeyMaterialId, RequestId};
use std::borrow::Cow;

/// Keys changed in one sweep; more wait for the next.
const AT_ONCE: usize = 100;

impl Gate {
    /// Rotates every key whose automatic rotation is due, and says how many. To be called every few seconds. A key that could
    /// not be used at its time (it was disabled, or the server did not run) is rotated once, late.
    ///
    /// # Errors
    /// The store did not take a rotation, or the machine is broken: those keys wait for the next sweep.
    pub async fn rotate_due_keys(&self) -> Result<usize, CommitFault> {
        let snapshot = self.snapshot();
        let mut sweep = Sweep::default();
        for key in snapshot.keyring.due_for_rotation(self.now()).take(AT_ONCE) {
            sweep.note(self.rotate(&snapshot.keyring, key).await);
        }
        sweep.outcome()
    }

    async fn rotate(&self, keyring: &Keyring, key: &Key) -> Result<(), CommitFault> {
        let broken = |why: String| CommitFault::Unavailable(why);
        let material = KeyMaterial::generate(KeySpec::SymmetricDefault, key.arn.key, self.entropy())
            .map_err(|fault| broken(fault.to_string()))?;
        let record = self.sealed(&material).map_err(|fault| broken(fault.to_string()))?;
        let by = Rotated { on: self.now(), kind: RotationType::Automatic };
        let edits = keyring.rotated_to_new(key, material.id(), &record, by);
        self.do_to(key, edits, rotation(key, &material.id())).await
    }

    /// Erases imported material whose day has come, and says in how many keys. Callers see no difference, since such a key
    /// waits for its import already.
    ///
    /// # Errors
    /// The store did not take it: that material waits for the next sweep.
    pub async fn erase_expired_materials(&self) -> Result<usize, CommitFault> {
        let snapshot = self.snapshot();
        let mut sweep = Sweep::default();
        for key in snapshot.keyring.due_for_expiry(self.now()).take(AT_ONCE) {
            sweep.note(self.expire(key).await);
        }
        sweep.outcome()
    }

    async fn expire(&self, key: &Key) -> Result<(), CommitFault> {
        for (material, edit) in key.without_expired(self.now()) {
            let details = vec![key_id(key), ("keyMaterialId", material.to_string().into())];
            self.do_to(key, vec![edit], Deed { name: "DeleteExpiredKeyMaterial", details }).await?;
            self.forget(&material);
        }
        Ok(())
    }

    /// Changes a key because its time has come, and records it.
    async fn do_to(&self, key: &Key, edits: Vec<Edit>, deed: Deed<'_>) -> Result<(), CommitFault> {
        let id = RequestId::from_random(self.entropy().bytes());
        let event = Outgoing { id, bytes: deed_event(key, deed, id, self.now()).into() };
        self.commits.commit(edits, vec![event], None).await.map(|_| ())
    }

    /// The record of a material.
    pub(crate) fn sealed(&self, material: &KeyMaterial) -> Result<MaterialRecord, SealBroken> {
        let id = material.id().to_string();
        let sealed = self.keychain.seal_material(&materials::place(&id), material, self.entropy())?;
        Ok(MaterialRecord::new(self.now(), sealed))
    }
}

/// CloudTrail's RotateKey.
fn rotation<'a>(key: &Key, current: &KeyMaterialId) -> Deed<'a> {
    let previous = key.record.material.map(|id| ("previousKeyMaterialId", id.to_string().into()));
    let mut details = vec![key_id(key), ("keyOrigin", key.record.origin.as_str().into())];
    details.extend(previous);
    details
        .extend([("currentKeyMaterialId", current.to_string().into()), ("rotationType", "AUTOMATIC".into())]);
    Deed { name: "RotateKey", details }
}

fn key_id<'a>(key: &Key) -> (&'static str, Cow<'a, str>) {
    ("keyId", key.arn.key.to_string().into())
}

/// How many were done, and what went wrong with the others: one key must not hold up the rest.
#[derive(Default)]
struct Sweep {
    done: usize,
    failed: Option<CommitFault>,
}

impl Sweep {
    fn note(&mut self, outcome: Result<(), CommitFault>) {
        match outcome {
            Ok(()) => self.done = self.done.saturating_add(1),
            // Changed meanwhile: the next sweep looks again.
            Err(CommitFault::Conflict) => {}
            Err(fault) => self.failed = Some(fault),
        }
    }

    fn outcome(self) -> Result<usize, CommitFault> {
        self.failed.map_or(Ok(self.done), Err)
    }
}
