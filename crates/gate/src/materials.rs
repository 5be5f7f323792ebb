use crate::Gate;
use foldhash::fast::RandomState;
use gatekey_crypto::KeyMaterial;
use gatekey_keyring::{Key, MaterialRecord};
use gatekey_seal::{Keychain, Place, SealBroken};
use gatekey_types::{KeyId, KeyMaterialId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Opened key materials, a bounded number of them. A material that falls out is erased with its last use.
pub(crate) struct Materials {
    shards: Box<[Shard]>,
    each: usize,
}

/// Ids are digests that the server made, so that nobody chooses where they fall.
type Shard = Mutex<HashMap<KeyMaterialId, Arc<KeyMaterial>, RandomState>>;

/// Locks that share the cache.
const SHARDS: usize = 16;

/// The table by which sealed materials are bound: that of the records they are in.
pub(crate) const MATERIAL: &str = "material";

impl Materials {
    /// A cache of about `capacity` materials.
    pub(crate) fn new(capacity: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, each: capacity.div_ceil(SHARDS).max(1) }
    }

    fn shard(&self, id: &KeyMaterialId) -> Option<&Shard> {
        let [first, ..] = id.bytes();
        self.shards.get(usize::from(*first) % SHARDS)
    }

    /// The key's material, if it is open already. The key is asked first, since the id may come from a ciphertext, and the
    /// cache has every key's materials.
    pub(crate) fn find(&self, key: &Key, id: &KeyMaterialId) -> Option<Arc<KeyMaterial>> {
        key.material(id)?;
        self.shard(id)?.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Keeps an opened material.
    pub(crate) fn keep(&self, id: &KeyMaterialId, material: &Arc<KeyMaterial>) {
        let Some(shard) = self.shard(id) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= self.each
            && let Some(victim) = shard.keys().next().copied()
        {
            shard.remove(&victim);
        }
        shard.insert(*id, Arc::clone(material));
    }

    /// Erases a material that was deleted.
    pub(crate) fn forget(&self, id: &KeyMaterialId) {
        if let Some(shard) = self.shard(id) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        }
    }
}

impl Gate {
    /// The record of a material.
    ///
    /// # Errors
    /// A broken machine.
    pub(crate) fn sealed(&self, material: &KeyMaterial) -> Result<MaterialRecord, SealBroken> {
        let id = material.id().to_string();
        let sealed = self.keychain.seal_material(&place(&id), material, self.entropy())?;
        Ok(MaterialRecord::new(self.now(), sealed))
    }
}

/// Opens the sealed material of a key.
///
/// # Errors
/// Its seal is broken; the text is for the operator.
pub(crate) fn unseal(
    keychain: &Keychain,
    key: KeyId,
    id: &KeyMaterialId,
    record: &MaterialRecord,
) -> Result<Arc<KeyMaterial>, String> {
    let opened = keychain.open_material(&place(&id.to_string()), key, &record.sealed);
    opened.map(Arc::new).map_err(|broken| broken.to_string())
}

/// Materials are bound to their id. Their version is always 0, since a material never changes.
pub(crate) fn place(id: &str) -> Place<'_> {
    Place { table: MATERIAL, key: id.as_bytes(), version: 0 }
}
