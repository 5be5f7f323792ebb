//! Who could give themselves a right that they do not have, and by which steps.
//!
//! Worked out from the right backwards. Whoever has it, and whoever can change what keeps it from them (the key's policy, a
//! grant, a tag or alias that a policy looks at, their own policies or boundary), is a target; whoever can act as a target (by
//! assuming a role, by making credentials for a user, by changing whom a role trusts, by handing a role to a service) has a path
//! that is one step longer. Paths are found shortest first, until there is nothing new.
//!
//! Each step is one that some request of its own may be allowed; what it depends on is told with it. That steps which are each
//! allowed can be taken one after the other by the same person is what a path claims, no more. Not combined are changing another
//! principal's policy and acting as that one, and lifting a service control policy; `sts:AssumeRoot` is no path, since the tasks
//! of such sessions hold no right to any key.

mod steps;
#[cfg(test)]
mod tests;
mod widen;

use crate::who_can::{Holders, NoAnswer, Who, residue_in_words};
use crate::world::{Account, Caller, Entity, Key, World};
use gatekey_policy::{Action, KmsAction};
use gatekey_types::PrincipalArn;
use std::collections::{BTreeMap, VecDeque};

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Step {
    /// Who takes it: an ARN.
    pub by: String,
    /// The action: `kms:PutKeyPolicy`, `sts:AssumeRole`.
    pub action: String,
    /// On what: an ARN, or `*`.
    pub on: String,
    /// What it is good for.
    pub to: Purpose,
    /// On what it depends, in words; empty if on nothing.
    pub condition: String,
}

/// What a step is good for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To let oneself by the key's policy.
    KeyPolicy,
    /// To give oneself a grant.
    Grant,
    /// To give the key a tag, or take one from it, that a policy looks at.
    Tag,
    /// To give the key an alias, or take one from it, that a policy looks at.
    Alias,
    /// To give oneself an identity policy.
    IdentityPolicy,
    /// To be rid of a permissions boundary.
    Boundary,
    /// To act as another principal.
    ActAs,
    /// To let oneself be trusted by a role.
    Trust,
    /// To have a service act as a role; the service has to be one that the caller can make do what is wanted.
    Service,
}

/// Someone who could give themselves the right.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// Who.
    pub who: Who,
    /// The steps, in the order in which they are taken. After the last the right is there.
    pub path: Vec<Step>,
    /// Who then has it: the same, or who the path leads to.
    pub holder: String,
}

/// All who could.
#[derive(Clone, Debug)]
pub struct Closure {
    /// The right.
    pub action: KmsAction,
    /// Each with a shortest path. Those who have the right already are not among them.
    pub escalations: Vec<Escalation>,
    /// Whether all targets were followed: no more than [`MOST_TARGETS`] are, and no path is longer than [`MOST_STEPS`] targets.
    pub is_complete: bool,
}

/// More targets than this are not followed.
pub const MOST_TARGETS: usize = 200;
/// No chain of principals is longer than this.
pub const MOST_STEPS: usize = 6;

/// Everyone who could give themselves the right to do this with the key.
///
/// # Errors
/// The action acts on no key.
pub fn escalations(world: &World, key: &Key, action: KmsAction) -> Result<Closure, NoAnswer> {
    if action.is_iam_only() {
        return Err(NoAnswer::NotAboutKeys(action));
    }
    let mut search =
        Search { world, key, action, paths: BTreeMap::new(), waiting: VecDeque::new(), is_complete: true };
    search.begin();
    search.follow();
    Ok(search.finish())
}

/// What is known of one principal.
#[derive(Clone, Debug)]
struct Reached {
    path: Vec<Step>,
    holder: String,
    /// How many principals the path goes through.
    length: usize,
}

struct Search<'w> {
    world: &'w World,
    key: &'w Key,
    action: KmsAction,
    /// Who gets there, by ARN; with an empty path those who are there.
    paths: BTreeMap<PrincipalArn, Reached>,
    waiting: VecDeque<(&'w Account, &'w Entity)>,
    is_complete: bool,
}

impl<'w> Search<'w> {
    /// Whoever has the right, and whoever can give it to themselves without anybody else.
    fn begin(&mut self) {
        let asked = Action::from(self.action);
        let mut holders = Holders::on_key(self.world, self.key, &asked);
        let mut lacking = Vec::new();
        for caller in self.world.residents() {
            let Some(arn) = caller.principal.condition_arn().cloned() else { continue };
            if !holders.access(&caller).is_possible() {
                lacking.push(caller);
                continue;
            }
            self.reach(&arn, Reached { path: Vec::new(), holder: caller.name(), length: 0 });
            if let (Some(account), Some(entity)) = (caller.account, caller.entity) {
                self.waiting.push_back((account, entity));
            }
        }
        self.begin_alone(&lacking);
    }

    fn begin_alone(&mut self, lacking: &[Caller<'w>]) {
        let mut alone = widen::Alone::new(self.world, self.key, self.action);
        for caller in lacking {
            let Some(path) = alone.path_of(caller) else { continue };
            let Some(arn) = caller.principal.condition_arn().cloned() else { continue };
            self.reach(&arn, Reached { path, holder: caller.name(), length: 0 });
            if let (Some(account), Some(entity)) = (caller.account, caller.entity) {
                self.waiting.push_back((account, entity));
            }
        }
    }

    /// Keeps the first path, which is a shortest.
    fn reach(&mut self, arn: &PrincipalArn, reached: Reached) -> bool {
        if self.paths.contains_key(arn) {
            return false;
        }
        self.paths.insert(arn.clone(), reached);
        true
    }

    /// Whoever can act as a target is a target.
    fn follow(&mut self) {
        let mut followed = 0;
        while let Some((account, target)) = self.waiting.pop_front() {
            let Some(reached) = self.paths.get(&target.arn).cloned() else { continue };
            if followed >= MOST_TARGETS || reached.length >= MOST_STEPS {
                self.is_complete = false;
                continue;
            }
            followed += 1;
            for (caller, step) in steps::to_act_as(self.world, account, target) {
                let Some(arn) = caller.principal.condition_arn().cloned() else { continue };
                let path = std::iter::once(step).chain(reached.path.iter().cloned()).collect();
                let next = Reached { path, holder: reached.holder.clone(), length: reached.length + 1 };
                if self.reach(&arn, next)
                    && let (Some(account), Some(entity)) = (caller.account, caller.entity)
                {
                    self.waiting.push_back((account, entity));
                }
            }
        }
    }

    fn finish(self) -> Closure {
        let world = self.world;
        let found = self.paths.into_iter().filter(|(_, reached)| !reached.path.is_empty());
        let told = found.filter_map(|(arn, reached)| {
            let caller = world.caller(&arn)?;
            Some(Escalation { who: Who::of(&caller), path: reached.path, holder: reached.holder })
        });
        let mut escalations: Vec<_> = told.collect();
        escalations.sort_by_key(|escalation| escalation.path.len());
        Closure { action: self.action, escalations, is_complete: self.is_complete }
    }
}

/// The step, on what it depends included.
fn step(by: &Caller<'_>, action: &str, on: &str, to: Purpose, access: &crate::who_can::Access) -> Step {
    let condition = access.residue().map(residue_in_words).unwrap_or_default();
    Step { by: by.name(), action: action.to_owned(), on: on.to_owned(), to, condition }
}
