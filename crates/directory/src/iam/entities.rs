use super::entity::{Entity, EntityRecord};
use core::ops::Bound;
use gatekey_types::{AccountId, UniqueId};
use imbl::{HashMap, OrdMap};
use std::sync::Arc;

/// All entities of one kind: by account and name, and by id.
#[derive(Debug)]
pub struct Entities<R> {
    by_name: OrdMap<(AccountId, Arc<str>), Arc<Entity<R>>>,
    by_id: HashMap<UniqueId, Arc<Entity<R>>>,
}

impl<R> Default for Entities<R> {
    fn default() -> Self {
        Self { by_name: OrdMap::new(), by_id: HashMap::new() }
    }
}

impl<R> Clone for Entities<R> {
    fn clone(&self) -> Self {
        Self { by_name: self.by_name.clone(), by_id: self.by_id.clone() }
    }
}

impl<R: EntityRecord> Entities<R> {
    /// The entity of this name, in any case.
    pub fn get(&self, account: AccountId, name: &str) -> Option<&Arc<Entity<R>>> {
        self.by_name.get(&(account, R::folded(name).into()))
    }

    /// The entity of this id.
    pub fn by_id(&self, id: &UniqueId) -> Option<&Arc<Entity<R>>> {
        self.by_id.get(id)
    }

    /// An account's entities, in the order of their folded names.
    pub fn of(&self, account: AccountId) -> impl Iterator<Item = &Arc<Entity<R>>> {
        self.after(account, "")
    }

    /// An account's entities whose folded names come after this one, in order: what follows a marker.
    pub fn after<'a>(
        &'a self,
        account: AccountId,
        folded: &str,
    ) -> impl Iterator<Item = &'a Arc<Entity<R>>> + use<'a, R> {
        let from = Bound::Excluded((account, Arc::from(folded)));
        let range = self.by_name.range((from, Bound::Unbounded));
        range.take_while(move |((owner, _), _)| *owner == account).map(|(_, entity)| entity)
    }

    /// How many there are in all accounts.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Puts an entity in, or takes it out; gives what was there.
    pub(crate) fn apply(
        &mut self,
        (account, folded): (AccountId, String),
        entity: Option<Entity<R>>,
    ) -> Option<Arc<Entity<R>>> {
        let key = (account, Arc::<str>::from(folded));
        let Some(entity) = entity else {
            let gone = self.by_name.remove(&key);
            gone.iter().for_each(|gone| self.forget_id_of(gone));
            return gone;
        };
        let entity = Arc::new(entity);
        let before = self.by_name.insert(key, Arc::clone(&entity));
        before.iter().for_each(|before| self.forget_id_of(before));
        self.by_id.insert(entity.id().clone(), entity);
        before
    }

    /// Forgets the id of an entity that has lost its name. A rename writes the new name first or last: the id stays with the entity
    /// that has the new name.
    fn forget_id_of(&mut self, gone: &Arc<Entity<R>>) {
        if self.by_id.get(gone.id()).is_some_and(|present| Arc::ptr_eq(present, gone)) {
            self.by_id.remove(gone.id());
        }
    }
}
