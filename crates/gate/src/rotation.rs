//! What becomes of keys as time goes by: automatic rotation, and the expiry of imported material.

use crate::{
    CommitFault, Gate,
    deeds::{Deed, Sweep},
};
use gatekey_crypto::KeySpec;
use gatekey_keyring::{Key, Keyring, Rotated, RotationType};

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
        let fresh = self.new_material(KeySpec::SymmetricDefault, key.arn.key).await;
        let (id, record) = fresh.map_err(|broken| CommitFault::Unavailable(broken.to_string()))?;
        let by = Rotated { on: self.now(), kind: RotationType::Automatic };
        let edits = keyring.rotated_to_new(key, id, &record, by);
        let deed = Deed::rotation(key, &id, by.kind);
        self.do_to(key, edits, core::iter::once(deed).chain(Deed::synchronization(key))).await
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
            let details = Some(vec![("keyMaterialId", material.to_string().into())]);
            self.do_to(key, vec![edit], [Deed { name: "DeleteExpiredKeyMaterial", details }]).await?;
            self.forget(&material);
        }
        Ok(())
    }
}
