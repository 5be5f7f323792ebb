//! Principals who are gone, in a key's policy and grants: what is left of them is a unique id that matches nobody. Made again
//! under the same name, a principal is another one, and what names the old one does not name it.

use crate::world::{Entity, Key, World};
use gatekey_policy::{Effect, Named, Party};
use gatekey_types::{AccountId, GrantId, PrincipalArn, UniqueId};
use std::collections::{HashMap, HashSet};

#[cfg(test)]
mod tests;

/// Where a principal who is gone is named.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a statement of the key's policy, counted from 0.
    Statement {
        /// Which statement.
        index: usize,
        /// Its `Sid`.
        sid: Option<String>,
        /// Whether it denies: then someone is no longer denied.
        denies: bool,
        /// Whether it is a `NotPrincipal`: then someone is no longer excepted.
        is_negated: bool,
    },
    /// As the grantee of a grant.
    Grantee(GrantId),
    /// As the retiring principal of a grant.
    Retiring(GrantId),
}

/// A principal who is gone.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Orphan {
    /// Where it is named.
    pub place: Place,
    /// As it is written there: an ARN, or the bare id.
    pub written: String,
    /// The unique id of the one who is gone, where it is known.
    pub id: Option<String>,
    /// Who it may be meant to be now.
    pub rebind: Rebind,
}

/// Whom to name instead.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum Rebind {
    /// There is a user or role of the same name now, with another id. Whether it is meant is for people to say: whoever made
    /// it may have wanted just this.
    SameName {
        /// Its ARN.
        arn: String,
        /// Its id.
        id: String,
    },
    /// Nobody has the name: take the name out, or make the principal again first.
    Nobody,
    /// The name is not known, only the id.
    NameUnknown,
    /// It is another account's principal: whether that has one of the same name is not told.
    OtherAccount,
}

/// Who is there: looked up for one key after the other.
pub struct Census<'w> {
    ids: HashSet<&'w UniqueId>,
    entities: HashMap<&'w PrincipalArn, &'w Entity>,
    roles: HashMap<(AccountId, &'w str), &'w Entity>,
    accounts: HashSet<AccountId>,
    is_elsewhere: &'w dyn Fn(&UniqueId) -> bool,
}

type Gone = (Option<String>, Rebind);

impl<'w> Census<'w> {
    /// Takes the census of the world. `is_elsewhere`: whether one of an account that is not of this world has the id.
    pub fn new(world: &'w World, is_elsewhere: &'w dyn Fn(&UniqueId) -> bool) -> Self {
        let all = || world.entities().map(|(_, entity)| entity);
        let roles = all().filter(|entity| entity.is_role());
        Self {
            ids: all().map(|entity| &entity.id).collect(),
            entities: all().map(|entity| (&entity.arn, entity)).collect(),
            roles: roles.map(|role| ((role.arn.account(), role.arn.name()), role)).collect(),
            accounts: world.accounts.keys().copied().collect(),
            is_elsewhere,
        }
    }

    /// Everyone whom the key's policy and grants name and who is gone.
    pub fn orphans(&self, key: &Key) -> Vec<Orphan> {
        let mut found = Vec::new();
        for (index, statement) in key.policy.statements().iter().enumerate() {
            let Some(block) = &statement.principal else { continue };
            let place = Place::Statement {
                index,
                sid: statement.sid.as_ref().map(|sid| sid.text.to_string()),
                denies: statement.effect == Effect::Deny,
                is_negated: block.negated,
            };
            for element in &block.elements {
                let written = element.written.text.to_string();
                let gone = self.of_named(&element.named);
                found.extend(gone.map(|(id, rebind)| Orphan { place: place.clone(), written, id, rebind }));
            }
        }
        for grant in key.grants.iter() {
            let retiring = grant.retiring.iter().map(|party| (party, Place::Retiring(grant.id)));
            for (party, place) in [(&grant.grantee, Place::Grantee(grant.id))].into_iter().chain(retiring) {
                found.extend(self.of_party(party, place));
            }
        }
        found
    }

    /// Whether what an element of a policy names is a user or role that is gone: its id, and who may be meant now.
    pub fn of_named(&self, named: &Named) -> Option<(Option<String>, Rebind)> {
        match named {
            Named::Principal { arn, id } => self.of_principal(arn, id.as_ref()),
            Named::Id(id) => self.of_id(id),
            _ => None,
        }
    }

    fn of_party(&self, party: &Party, place: Place) -> Option<Orphan> {
        let (written, (id, rebind)) = match party {
            Party::Principal { arn, id } => (arn.arn().to_string(), self.of_principal(arn, id.as_ref())?),
            Party::Id(id) => (id.as_str().to_owned(), self.of_id(id)?),
            Party::Service(_) => return None,
        };
        Some(Orphan { place, written, id, rebind })
    }

    /// The principal is gone if nobody has its id; without one, if nobody has its name.
    fn of_principal(&self, arn: &PrincipalArn, id: Option<&UniqueId>) -> Option<Gone> {
        let is_of_entity =
            matches!(arn, PrincipalArn::User(..) | PrincipalArn::Role(..) | PrincipalArn::AssumedRole(..));
        let told = id.map(|id| id.as_str().to_owned());
        match (self.accounts.contains(&arn.account()), id) {
            _ if !is_of_entity => None,
            (false, None) => None,
            (_, Some(id)) if self.is_there(id) => None,
            (false, Some(_)) => Some((told, Rebind::OtherAccount)),
            (true, id) => match self.entity(arn) {
                Some(_) if id.is_none() => None,
                namesake => Some((told, namesake.map_or(Rebind::Nobody, rebind_to))),
            },
        }
    }

    fn of_id(&self, id: &UniqueId) -> Option<Gone> {
        (!self.is_there(id)).then(|| (Some(id.as_str().to_owned()), Rebind::NameUnknown))
    }

    fn is_there(&self, id: &UniqueId) -> bool {
        self.ids.contains(id) || (self.is_elsewhere)(id)
    }

    /// The user or role of this ARN; of a session its role.
    fn entity(&self, arn: &PrincipalArn) -> Option<&'w Entity> {
        match arn {
            PrincipalArn::AssumedRole(..) => self.roles.get(&(arn.account(), arn.name())).copied(),
            _ => self.entities.get(arn).copied(),
        }
    }
}

fn rebind_to(entity: &Entity) -> Rebind {
    Rebind::SameName { arn: entity.arn.arn().to_string(), id: entity.id.as_str().to_owned() }
}
