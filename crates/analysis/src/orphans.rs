//! Principals who are gone, in a key's policy and grants: what is left of them is a unique id that matches nobody. Made again
//! under the same name, a principal is another one, and what names the old one does not name it.

use crate::world::{Entity, Key, World};
use gatekey_policy::{Effect, Named, Party};
use gatekey_types::{GrantId, PrincipalArn, UniqueId};

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
}

/// Everyone whom the key's policy and grants name and who is gone. Principals of accounts that are not of this world are not
/// looked for.
pub fn orphans(world: &World, key: &Key) -> Vec<Orphan> {
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
            let named = match &element.named {
                Named::Principal { arn, id } => of_principal(world, arn, id.as_ref()),
                Named::Id(id) => of_id(world, id),
                _ => None,
            };
            let written = element.written.text.to_string();
            found.extend(named.map(|(id, rebind)| Orphan { place: place.clone(), written, id, rebind }));
        }
    }
    for grant in key.grants.iter() {
        let retiring = grant.retiring.iter().map(|party| (party, Place::Retiring(grant.id)));
        for (party, place) in [(&grant.grantee, Place::Grantee(grant.id))].into_iter().chain(retiring) {
            found.extend(of_party(world, party, place));
        }
    }
    found
}

type Gone = (Option<String>, Rebind);

fn of_party(world: &World, party: &Party, place: Place) -> Option<Orphan> {
    let (written, (id, rebind)) = match party {
        Party::Principal { arn, id } => (arn.arn().to_string(), of_principal(world, arn, id.as_ref())?),
        Party::Id(id) => (id.as_str().to_owned(), of_id(world, id)?),
        Party::Service(_) => return None,
    };
    Some(Orphan { place, written, id, rebind })
}

/// The principal is gone if nobody has its id; without one, if nobody has its name.
fn of_principal(world: &World, arn: &PrincipalArn, id: Option<&UniqueId>) -> Option<Gone> {
    let is_of_entity =
        matches!(arn, PrincipalArn::User(..) | PrincipalArn::Role(..) | PrincipalArn::AssumedRole(..));
    let account = world.account(arn.account()).filter(|_| is_of_entity)?;
    let is_there = match id {
        Some(id) => account.entities.iter().any(|entity| entity.id == *id),
        None => world.entity(arn).is_some(),
    };
    let told = id.map(|id| id.as_str().to_owned());
    (!is_there).then(|| (told, world.entity(arn).map_or(Rebind::Nobody, rebind_to)))
}

fn of_id(world: &World, id: &UniqueId) -> Option<Gone> {
    let is_there = world.entities().any(|(_, entity)| entity.id == *id);
    (!is_there).then(|| (Some(id.as_str().to_owned()), Rebind::NameUnknown))
}

fn rebind_to(entity: &Entity) -> Rebind {
    Rebind::SameName { arn: entity.arn.arn().to_string(), id: entity.id.as_str().to_owned() }
}
