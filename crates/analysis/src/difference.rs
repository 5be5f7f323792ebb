//! What a change of a key's policy does: every permission that is gained or lost, each with a request that shows it; and the
//! proof that something can never happen.

#[cfg(test)]
mod tests;

use crate::search::{Side, Sought, Witness, find, find_allowed};
use crate::who_can::{Access, Holders, NoAnswer, Who, grant_cases, key_actions};
use crate::world::{Caller, CallerKind, Inquiry, Key, World};
use gatekey_policy::{Action, KmsAction};
use gatekey_types::{AccountId, PrincipalArn, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Whether a permission comes or goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Some request is allowed that was not.
    Gained,
    /// Some request is no longer allowed that was.
    Lost,
}

/// One permission that is gained or lost.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whether it comes or goes.
    pub effect: Effect,
    /// To do what.
    pub action: KmsAction,
    /// By whom: all to whom the same happens, the first of them in the witness.
    pub who: Vec<Who>,
    /// A request that is decided one way under the old policy and the other way under the new.
    pub witness: Witness,
    /// What was possible before.
    pub before: Arc<Access>,
    /// What is possible after.
    pub after: Arc<Access>,
}

/// A permission of which it could not be told whether it changes.
#[derive(Clone, Debug)]
pub struct Untold {
    /// Whether it may come or go.
    pub effect: Effect,
    /// To do what.
    pub action: KmsAction,
    /// By whom.
    pub who: Vec<Who>,
    /// Why it cannot be told.
    pub why: String,
}

/// What changes between two policies of a key.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Each permission that is gained or lost.
    pub changes: Vec<Change>,
    /// Those that may be. If there are none, all others are proved to stay as they are.
    pub untold: Vec<Untold>,
}

/// What changes for everyone if `new` takes the place of `old`, a key of the same ARN. `since` is the earliest moment that
/// counts: what only requests of the past could do is no permission.
///
/// The right to retire grants follows from the grants, not from the policy: it is not compared.
pub fn difference(world: &World, old: &Key, new: &Key, since: Option<Timestamp>) -> Difference {
    let mut found = Difference::default();
    for action in key_actions().filter(|action| *action != KmsAction::RetireGrant) {
        let asked = Action::from(action);
        Comparison { world, old, new, action, asked: &asked, since, groups: HashMap::new() }.run(&mut found);
    }
    found
}

struct Comparison<'w> {
    world: &'w World,
    old: &'w Key,
    new: &'w Key,
    action: KmsAction,
    asked: &'w Action,
    since: Option<Timestamp>,
    /// Callers to whom the same happens, by the answers before and after.
    groups: HashMap<(usize, usize), usize>,
}

/// Those to whom the same happens.
struct Group<'w> {
    first: Caller<'w>,
    who: Vec<Who>,
    before: Arc<Access>,
    after: Arc<Access>,
}

impl<'w> Comparison<'w> {
    fn run(mut self, found: &mut Difference) {
        for group in self.groups() {
            self.compare(&group, Effect::Gained, found);
            self.compare(&group, Effect::Lost, found);
        }
    }

    /// All callers, those who cannot be told apart together.
    fn groups(&mut self) -> Vec<Group<'w>> {
        let mut before = Holders::on_key(self.world, self.old, self.asked);
        let mut after = Holders::on_key(self.world, self.new, self.asked);
        let mut groups: Vec<Group<'w>> = Vec::new();
        let named = named_in(self.world, [self.old, self.new]);
        for caller in self.world.residents().chain(named) {
            let (old, new) = (before.access(&caller), after.access(&caller));
            if (!old.is_possible() && !new.is_possible()) || (old.is_always() && new.is_always()) {
                continue;
            }
            let pair = (Arc::as_ptr(&old).addr(), Arc::as_ptr(&new).addr());
            let index = *self.groups.entry(pair).or_insert(groups.len());
            match groups.get_mut(index) {
                Some(group) => group.who.push(Who::of(&caller)),
                None => {
                    let who = vec![Who::of(&caller)];
                    groups.push(Group { first: caller, who, before: old, after: new });
                }
            }
        }
        groups
    }

    fn compare(&self, group: &Group<'_>, effect: Effect, found: &mut Difference) {
        let side = |key: &'w Key, is_to_allow| Side {
            inquiry: Inquiry::on_key(self.world, &group.first, self.asked, key),
            is_to_allow,
        };
        let is_gain = effect == Effect::Gained;
        let sides = [side(self.old, !is_gain), side(self.new, is_gain)];
        let (action, who) = (self.action, group.who.clone());
        match find(&sides, self.since) {
            Sought::Nothing => {}
            Sought::Unknown(why) => found.untold.push(Untold { effect, action, who, why }),
            Sought::Found(witness) => {
                let (before, after) = (Arc::clone(&group.before), Arc::clone(&group.after));
                found.changes.push(Change { effect, action, who, witness, before, after });
            }
        }
    }
}

/// Whoever either policy means in particular, each once.
fn named_in<'w>(world: &'w World, keys: [&Key; 2]) -> impl Iterator<Item = Caller<'w>> + use<'w> {
    let all = keys.into_iter().flat_map(|key| world.particular(key));
    let by_name: BTreeMap<String, Caller<'w>> = all.map(|caller| (caller.name(), caller)).collect();
    by_name.into_values()
}

/// About whom something is to be proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// A user, a root user, one session; or a role, in each of its sessions. Federated users have names of their own and are
    /// not meant by the user who made their session.
    Principal(PrincipalArn),
    /// Every principal of an account.
    Account(AccountId),
    /// Everyone, whoever the world knows or does not.
    Everyone,
}

/// What a proof came to.
#[derive(Clone, Debug)]
pub enum Proof {
    /// No request of those who were meant is ever allowed.
    Proved,
    /// One is: this.
    Counterexample(Witness),
    /// It could not be told, because of this.
    Unknown(String),
}

/// Whether it is proved that they can never do this with the key, as all policies and grants are now.
///
/// # Errors
/// The action acts on no key; the principal or account does not exist.
pub fn prove_never(
    world: &World,
    key: &Key,
    whom: &Whom,
    action: KmsAction,
    since: Option<Timestamp>,
) -> Result<Proof, NoAnswer> {
    if action.is_iam_only() {
        return Err(NoAnswer::NotAboutKeys(action));
    }
    let asked = Never { world, key, action: Action::from(action), since };
    let proof = asked.by(&meant(world, key, whom)?);
    Ok(match (proof, whom) {
        (Proof::Proved, Whom::Principal(arn @ PrincipalArn::FederatedUser(..))) => {
            asked.by_federated(world.asked_for(arn.account(), Some(arn)))
        }
        (Proof::Proved, Whom::Account(account)) => asked.by_federated(world.asked_for(*account, None)),
        (Proof::Proved, Whom::Everyone) => {
            asked.by_federated(world.accounts.keys().flat_map(|account| world.asked_for(*account, None)))
        }
        (proof, _) => proof,
    })
}

/// What is never to happen.
struct Never<'a> {
    world: &'a World,
    key: &'a Key,
    action: Action,
    since: Option<Timestamp>,
}

impl Never<'_> {
    fn by(&self, callers: &[Caller<'_>]) -> Proof {
        let mut doubt = None;
        let mut classes = Holders::on_key(self.world, self.key, &self.action);
        for caller in callers {
            // Nothing open could help: it needs no search.
            if !classes.access(caller).is_possible() {
                continue;
            }
            let (cases, are_all) = grant_cases(Inquiry::on_key(self.world, caller, &self.action, self.key));
            if !are_all {
                doubt = Some("the key has more grants than are looked at".to_owned());
            }
            for case in cases {
                match find_allowed(case, self.since) {
                    Sought::Found(witness) => return Proof::Counterexample(witness),
                    Sought::Unknown(why) => doubt = Some(format!("{}: {why}", caller.name())),
                    Sought::Nothing => {}
                }
            }
        }
        doubt.map_or(Proof::Proved, Proof::Unknown)
    }

    /// A federated user has of the rights of whoever asks for it those that the session's policies leave. Both are known once the
    /// session is made, and not before. Where nobody's rights would do, it is proved.
    fn by_federated<'w>(&self, all: impl Iterator<Item = (Caller<'w>, Caller<'w>)>) -> Proof {
        for (federated, parent) in all {
            match self.by(&[federated]) {
                Proof::Proved => {}
                Proof::Counterexample(_) => {
                    return Proof::Unknown(format!(
                        "a federated user could, if {} asked for it with session policies that leave it enough, and \
                         whether that happens is not known",
                        parent.name()
                    ));
                }
                unknown => return unknown,
            }
        }
        Proof::Proved
    }
}

fn meant<'w>(world: &'w World, key: &Key, whom: &Whom) -> Result<Vec<Caller<'w>>, NoAnswer> {
    let particular = world.particular(key).into_iter();
    match whom {
        Whom::Everyone => Ok(world.residents().chain(particular).collect()),
        Whom::Account(account) => {
            let of_account = |caller: &Caller<'_>| {
                caller.kind != CallerKind::Anyone && caller.principal.account() == Some(*account)
            };
            let all: Vec<_> = world.residents().chain(particular).filter(of_account).collect();
            if all.is_empty() { Err(NoAnswer::NoSuchPrincipal(account.to_string())) } else { Ok(all) }
        }
        Whom::Principal(arn) => {
            let missing = || NoAnswer::NoSuchPrincipal(arn.arn().to_string());
            let caller = world.caller(arn).ok_or_else(missing)?;
            let is_session = |other: &Caller<'_>| {
                other.kind == CallerKind::Session
                    && other.principal.condition_arn() == caller.principal.condition_arn()
            };
            let sessions: Vec<_> = match caller.kind {
                CallerKind::Role => particular.filter(is_session).collect(),
                _ => Vec::new(),
            };
            Ok(std::iter::once(caller.clone()).chain(sessions).collect())
        }
    }
}
