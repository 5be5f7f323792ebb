//! Changes of keys, identities and control policies, made in a [`World`]: what a forecast supposes, and what it is tested by.

#[cfg(test)]
mod tests;

use crate::world::{Account, Entity, Key, World};
use gatekey_policy::{Attachment, Level, Policy};
use gatekey_types::{Arn, PrincipalArn};
use std::fmt;
use std::sync::Arc;

/// One change that can give or take rights.
#[derive(Clone, Debug)]
pub enum Change {
    /// The key is made, or has this policy from then on.
    Key(Box<Key>),
    /// A user or a role is deleted.
    Deletion(PrincipalArn),
    /// A user, group or role gets an inline policy of this name, or loses it.
    Inline {
        /// Whose.
        of: Arn,
        /// Its name.
        name: String,
        /// What it says from then on; nothing where it is deleted.
        policy: Option<Arc<Policy>>,
    },
    /// A managed policy is attached to a user, group or role.
    Attached {
        /// To whom.
        to: Arn,
        /// Which.
        policy: Attachment,
    },
    /// A managed policy is detached from a user, group or role.
    Detached {
        /// From whom.
        from: Arn,
        /// The policy's ARN.
        policy: String,
    },
    /// A managed policy says this from then on, to whomever it is attached and whomever it bounds.
    Managed(Attachment),
    /// A user or role gets a permissions boundary, or loses it.
    Boundary {
        /// Whose.
        of: PrincipalArn,
        /// Which; nothing where it is taken away.
        boundary: Option<Attachment>,
    },
    /// A control policy is attached to a root, a unit or an account.
    Bound {
        /// Its kind.
        control: Control,
        /// The id of the root or unit, or the number of the account.
        target: String,
        /// Which.
        policy: Attachment,
    },
    /// A control policy is detached from a root, a unit or an account.
    Unbound {
        /// Its kind.
        control: Control,
        /// The id of the root or unit, or the number of the account.
        target: String,
        /// The policy's ARN.
        policy: String,
    },
    /// A control policy says this from then on, wherever it is attached.
    Control(Attachment),
}

/// The kinds of control policies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Service control policies.
    Service,
    /// Resource control policies.
    Resource,
}

/// What a change is about and the world does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotThere {
    /// The user, group or role.
    Holder(String),
    /// The policy, or the boundary, on whom it was to be.
    Policy {
        /// The policy.
        policy: String,
        /// Who does not have it.
        on: String,
    },
}

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(name) => write!(f, "There is no '{name}'."),
            Self::Policy { policy, on } => write!(f, "'{policy}' is not on '{on}'."),
        }
    }
}

impl std::error::Error for NotThere {}

impl World {
    /// The world as it is once the change is made.
    ///
    /// # Errors
    /// What the change is about is not there.
    pub fn after(&self, change: &Change) -> Result<Self, NotThere> {
        let mut world = self.clone();
        match change {
            Change::Key(key) => drop(world.keys.insert(key.arn.clone(), (**key).clone())),
            Change::Deletion(who) => world.delete(who)?,
            Change::Inline { of, name, policy } => {
                let put = policy.as_ref().map(|policy| Attachment::inline(name.as_str(), Arc::clone(policy)));
                world.edit(of, |own| replace(own, name, false, put, of))?;
            }
            Change::Attached { to, policy } => {
                world.edit(to, |own| replace(own, &policy.name, true, Some(policy.clone()), to))?;
            }
            Change::Detached { from, policy } => {
                world.edit(from, |own| replace(own, policy, true, None, from))?;
            }
            Change::Managed(policy) => world.rewrite(policy),
            Change::Boundary { of, boundary } => world.bound(of, boundary.as_ref())?,
            Change::Bound { control, target, policy } => {
                let put = |level: &mut Vec<Attachment>| {
                    level.retain(|known| known.name != policy.name);
                    level.push(policy.clone());
                    true
                };
                world.edit_levels(*control, target, &policy.name, put)?;
            }
            Change::Unbound { control, target, policy } => {
                let take = |level: &mut Vec<Attachment>| {
                    let before = level.len();
                    level.retain(|known| &*known.name != policy.as_str());
                    level.len() < before
                };
                world.edit_levels(*control, target, policy, take)?;
            }
            Change::Control(policy) => world.rewrite_control(policy),
        }
        Ok(world)
    }

    fn delete(&mut self, who: &PrincipalArn) -> Result<(), NotThere> {
        let missing = || NotThere::Holder(who.to_string());
        let account = self.account_mut(who.account()).ok_or_else(missing)?;
        let before = account.entities.len();
        account.entities.retain(|entity| entity.arn != *who);
        if account.entities.len() < before { Ok(()) } else { Err(missing()) }
    }

    /// Changes what a user, group or role has of its own; of a group, its members have it from then on.
    fn edit(
        &mut self,
        holder: &Arn,
        edit: impl FnOnce(&mut Vec<Attachment>) -> Result<(), NotThere>,
    ) -> Result<(), NotThere> {
        let missing = || NotThere::Holder(holder.to_string());
        let account = holder.account().and_then(|id| self.account_mut(id)).ok_or_else(missing)?;
        if let Some(group) = account.groups.iter_mut().find(|group| group.arn == *holder) {
            let mut policies = group.policies.to_vec();
            edit(&mut policies)?;
            group.policies = policies.into();
            account.regroup(holder);
            return Ok(());
        }
        let entity = account.entities.iter_mut().find(|entity| entity.arn.arn() == holder);
        let entity = entity.ok_or_else(missing)?;
        let mut own = entity.own().to_vec();
        edit(&mut own)?;
        let of_groups = entity.identity.get(entity.own().len()..).unwrap_or_default();
        entity.identity = own.into_iter().chain(of_groups.iter().cloned()).collect();
        Ok(())
    }

    fn rewrite(&mut self, policy: &Attachment) {
        let is_it = |known: &Attachment| known.managed && known.name == policy.name;
        for account in self.accounts.values_mut().map(Arc::make_mut) {
            let of_entities = account.entities.iter_mut().map(|entity| &mut entity.identity);
            let of_groups = account.groups.iter_mut().map(|group| &mut group.policies);
            for policies in of_entities.chain(of_groups).filter(|policies| policies.iter().any(is_it)) {
                *policies = rewritten(policies, policy);
            }
            let boundaries = account.entities.iter_mut().filter_map(|entity| entity.boundary.as_mut());
            boundaries.filter(|boundary| is_it(boundary)).for_each(|boundary| *boundary = policy.clone());
        }
    }

    fn bound(&mut self, of: &PrincipalArn, boundary: Option<&Attachment>) -> Result<(), NotThere> {
        let account = self.account_mut(of.account());
        let entity = account.and_then(|account| account.entities.iter_mut().find(|one| one.arn == *of));
        let entity = entity.ok_or_else(|| NotThere::Holder(of.to_string()))?;
        if boundary.is_none() && entity.boundary.is_none() {
            return Err(NotThere::Policy { policy: "a permissions boundary".to_owned(), on: of.to_string() });
        }
        entity.boundary = boundary.cloned();
        Ok(())
    }

    /// Changes the level of every account that the target is, or is above of. `edit` says whether it did anything.
    fn edit_levels(
        &mut self,
        control: Control,
        target: &str,
        policy: &str,
        edit: impl Fn(&mut Vec<Attachment>) -> bool,
    ) -> Result<(), NotThere> {
        for account in self.accounts.values_mut() {
            let Some(place) = account.places.iter().position(|place| place == target) else { continue };
            let Some(levels) = Arc::make_mut(account).levels_mut(control) else { continue };
            let mut changed: Vec<Level> = levels.to_vec();
            let Some(level) = changed.get_mut(place) else { continue };
            let mut policies = level.to_vec();
            if !edit(&mut policies) {
                return Err(NotThere::Policy { policy: policy.to_owned(), on: target.to_owned() });
            }
            *level = policies.into();
            *levels = changed.into();
        }
        Ok(())
    }

    fn rewrite_control(&mut self, policy: &Attachment) {
        for account in self.accounts.values_mut().map(Arc::make_mut) {
            for control in [Control::Service, Control::Resource] {
                let Some(levels) = account.levels_mut(control) else { continue };
                *levels = levels.iter().map(|level| rewritten(level, policy)).collect();
            }
        }
    }
}

impl Account {
    fn levels_mut(&mut self, control: Control) -> Option<&mut Arc<[Level]>> {
        match control {
            Control::Service => self.service_control.as_mut(),
            Control::Resource => self.resource_control.as_mut(),
        }
    }

    /// Gives the members of this group what their groups have now.
    fn regroup(&mut self, group: &Arn) {
        for entity in self.entities.iter_mut().filter(|entity| entity.groups.contains(group)) {
            let of_groups = entity.groups.iter().filter_map(|arn| self.groups.iter().find(|g| g.arn == *arn));
            let of_groups: Vec<Attachment> =
                of_groups.flat_map(|group| group.policies.iter().cloned()).collect();
            let count = of_groups.len();
            entity.identity = entity.own().iter().cloned().chain(of_groups).collect();
            entity.from_groups = count;
        }
    }
}

impl Entity {
    /// The identity policies that are not those of its groups.
    pub fn own(&self) -> &[Attachment] {
        let count = self.identity.len().saturating_sub(self.from_groups);
        self.identity.get(..count).unwrap_or_default()
    }
}

/// Puts a policy in the place of the one of its name, or takes that away.
fn replace(
    all: &mut Vec<Attachment>,
    name: &str,
    managed: bool,
    put: Option<Attachment>,
    on: &Arn,
) -> Result<(), NotThere> {
    let before = all.len();
    all.retain(|known| !(known.managed == managed && &*known.name == name));
    if put.is_none() && all.len() == before {
        return Err(NotThere::Policy { policy: name.to_owned(), on: on.to_string() });
    }
    all.extend(put);
    Ok(())
}

/// The same policies, that of this name with its new text.
fn rewritten(policies: &[Attachment], policy: &Attachment) -> Arc<[Attachment]> {
    let is_it = |known: &Attachment| known.managed && known.name == policy.name;
    policies.iter().map(|known| if is_it(known) { policy.clone() } else { known.clone() }).collect()
}
