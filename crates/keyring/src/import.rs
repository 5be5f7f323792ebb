//! Imported material: taken over, taken over again, and erased.
//!
//! AWS: a key remembers every material that was ever its current one by its id, and takes back only those; a symmetric
//! encryption key also takes one other, which then waits for its rotation. A key lacks its material, and waits for its import,
//! until all that it remembers is there again. What waits for its rotation is not remembered.

use crate::{
    Imported, Key, KeyFault, KeySpec, KeyState, Keyring, MaterialRecord, MaterialTable, Origin,
    PendingMaterial,
};
use core::fmt;
use gatekey_store::table::Edit;
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use std::sync::Arc;

/// Whether a key has had the material before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// NEW_KEY_MATERIAL
    New,
    /// EXISTING_KEY_MATERIAL
    Existing,
}

/// Material that is to be imported, sealed, with what was said of it.
#[derive(Debug)]
pub struct Import {
    /// Which material it is.
    pub id: KeyMaterialId,
    /// Its bytes, sealed by `crypto`.
    pub sealed: Vec<u8>,
    /// What it is said to be; by default the first material is new, any other is not.
    pub kind: Option<ImportKind>,
    /// Which material it is said to be.
    pub named: Option<KeyMaterialId>,
    /// The owner's words about it; absent, those of the last import stay.
    pub description: Option<String>,
    /// When it expires, if it does.
    pub expires: Option<Timestamp>,
}

/// Why material is not taken; `Display` is what the client may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportFault {
    /// The material is not the one that is expected.
    Incorrect(&'static str),
    /// Another material waits for its rotation already.
    OtherPending {
        /// The key.
        key: Box<KeyArn>,
        /// What was to be imported.
        new: KeyMaterialId,
        /// What waits.
        pending: KeyMaterialId,
    },
    /// New material comes to the primary key first.
    Replica(KeyFault),
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incorrect(why) => f.write_str(why),
            Self::OtherPending { key, new, pending } => write!(
                f,
                "New key material (id: {new}) cannot be imported into KMS key {key}, because another key material \
                 (id: {pending}) is pending rotation."
            ),
            Self::Replica(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for ImportFault {}

impl Key {
    /// The key takes imported material.
    ///
    /// # Errors
    /// [`KeyFault::WrongOrigin`].
    pub fn takes_imports(&self) -> Result<(), KeyFault> {
        self.of_origin(Origin::External)
    }

    /// The key's material comes from there.
    ///
    /// # Errors
    /// [`KeyFault::WrongOrigin`].
    pub fn of_origin(&self, origin: Origin) -> Result<(), KeyFault> {
        let has = self.record.origin;
        if has == origin { Ok(()) } else { Err(KeyFault::WrongOrigin { key: self.arn.clone(), origin: has }) }
    }

    /// Whether any material that the key needs is missing.
    pub fn lacks_material(&self, now: Timestamp) -> bool {
        let mut needed = self.materials.iter().filter(|(_, _, record)| record.pending.is_none()).peekable();
        let never = self.record.origin == Origin::External && needed.peek().is_none();
        never || needed.any(|(_, _, record)| !record.is_present() || record.has_expired(now))
    }

    /// Whether nothing is missing once this material is there.
    fn completed_by(&self, id: KeyMaterialId, now: Timestamp) -> bool {
        let mut others =
            self.materials.iter().filter(|(have, _, record)| record.pending.is_none() && *have != id);
        others.all(|(_, _, record)| record.is_present() && !record.has_expired(now))
    }

    /// When the first of the key's imported materials expires.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.expiries().map(|(on, _)| on).min()
    }

    /// When the first material that the key is bound to expires: what waits for its rotation does not count.
    pub fn valid_to(&self) -> Option<Timestamp> {
        self.expiries().filter(|(_, record)| record.pending.is_none()).map(|(on, _)| on).min()
    }

    fn expiries(&self) -> impl Iterator<Item = (Timestamp, &MaterialRecord)> {
        self.materials.iter().filter_map(|(_, _, record)| {
            let on = record.imported.as_ref().filter(|_| record.is_present())?.expires?;
            Some((on, &**record))
        })
    }

    /// Erases every material whose day has come, and says which.
    pub fn without_expired(&self, now: Timestamp) -> Vec<(KeyMaterialId, Edit)> {
        let due =
            self.materials.iter().filter(|(_, _, record)| record.is_present() && record.has_expired(now));
        due.filter_map(|(id, _, _)| Some((*id, self.erased(id)?))).collect()
    }

    /// Erases the bytes of a material; what waits for its rotation is forgotten altogether. Nothing if it is gone already.
    fn erased(&self, id: &KeyMaterialId) -> Option<Edit> {
        let (revision, record) = self.held_material(id)?;
        let place = (self.arn.clone(), *id);
        if record.pending.is_some() {
            return Some(Edit::delete::<MaterialTable>(&place, revision));
        }
        let imported = record.imported.clone().map(|imported| Imported { expires: None, ..imported });
        let empty = MaterialRecord { sealed: Vec::new(), imported, ..record.clone() };
        record.is_present().then(|| Edit::update::<MaterialTable>(&place, revision, &empty))
    }
}

impl Keyring {
    /// Takes over imported material.
    ///
    /// # Errors
    /// See [`ImportFault`].
    pub fn imported(&self, key: &Arc<Key>, import: Import, now: Timestamp) -> Result<Vec<Edit>, ImportFault> {
        let leader = self.rotated_by(key);
        let known = leader.materials.iter().find(|(id, _, _)| *id == import.id);
        let known =
            known.filter(|(_, _, record)| record.pending.is_none() || leader.has_live(&import.id, now));
        if import.named.is_some_and(|named| named != import.id) {
            return Err(ImportFault::Incorrect(
                "The key material is not the one that the KeyMaterialId identifies.",
            ));
        }
        let first = leader.materials.is_empty();
        match (import.kind.unwrap_or(if first { ImportKind::New } else { ImportKind::Existing }), known) {
            (ImportKind::New, Some(_)) => Err(ImportFault::Incorrect(
                "The key material is associated with the KMS key already, but new key material was expected.",
            )),
            (ImportKind::New, None) => imported_new(key, first, import, now),
            (ImportKind::Existing, None) => {
                Err(ImportFault::Incorrect("The key material is not associated with the KMS key."))
            }
            (ImportKind::Existing, Some((_, _, known))) => Ok(imported_again(key, known, import, now)),
        }
    }

    /// Erases one imported material of a key. Of a primary key, what waits for its rotation goes from the replicas too.
    pub fn without_material(&self, key: &Key, id: &KeyMaterialId) -> Vec<Edit> {
        let waits = key.held_material(id).is_some_and(|(_, record)| record.pending.is_some());
        if waits && !key.is_replica() {
            return self.members(key).iter().filter_map(|key| key.erased(id)).collect();
        }
        key.erased(id).into_iter().collect()
    }
}

impl Key {
    /// The key's record once this material is there: AWS enables a key that waited for its import and has all it needs.
    fn supplied(&self, id: KeyMaterialId, current: Option<KeyMaterialId>, now: Timestamp) -> Edit {
        let waited = self.state(now) == KeyState::PendingImport;
        let complete = self.completed_by(id, now);
        self.changed(|record| {
            record.material = record.material.or(current);
            if waited && complete {
                record.state = KeyState::Enabled;
            }
        })
    }
}

fn imported_new(
    key: &Arc<Key>,
    first: bool,
    import: Import,
    now: Timestamp,
) -> Result<Vec<Edit>, ImportFault> {
    key.follows_none().map_err(ImportFault::Replica)?;
    let symmetric = key.record.spec == KeySpec::SymmetricDefault;
    if !first && !symmetric {
        return Err(ImportFault::Incorrect("The key material is not the one that was imported before."));
    }
    if let Some(pending) = key.pending_material(now) {
        return Err(ImportFault::OtherPending { key: key.arn.clone().into(), new: import.id, pending });
    }
    let id = import.id;
    let record = MaterialRecord {
        pending: (!first).then_some(PendingMaterial::Rotation),
        imported: Some(Imported { description: import.description, expires: import.expires }),
        ..MaterialRecord::new(now, import.sealed)
    };
    // What waited for its rotation and has expired meanwhile makes room.
    let gone = key.materials.iter().filter(|(other, _, record)| *other != id && record.pending.is_some());
    let mut edits: Vec<Edit> = gone.filter_map(|(other, _, _)| key.erased(other)).collect();
    edits.push(key.with_material(id, &record));
    edits.push(key.supplied(id, first.then_some(id), now));
    Ok(edits)
}

fn imported_again(key: &Arc<Key>, known: &MaterialRecord, import: Import, now: Timestamp) -> Vec<Edit> {
    let id = import.id;
    let held = key.held_material(&id).map_or(known, |(_, record)| record);
    let before = held.imported.clone().unwrap_or_default();
    let description = import.description.or(before.description);
    let record = MaterialRecord {
        sealed: import.sealed,
        imported: Some(Imported { description, expires: import.expires }),
        ..held.clone()
    };
    vec![key.with_material(id, &record), key.supplied(id, None, now)]
}
