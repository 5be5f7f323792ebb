//! Who can take away what keeps a right from them, without being anybody else.

use super::{Purpose, Step, step};
use crate::who_can::{Access, Holders, who_can};
use crate::world::{Account, Caller, Entity, Inquiry, Key, Loosened, On, World};
use gatekey_policy::{Action, Effect, Grant, GrantTerms, KmsAction, Party, Truth, outlook};
use gatekey_types::{Arn, GrantId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// By the name of someone, the steps on the key that he can take, with what each is good for.
type OnKey = BTreeMap<Arc<str>, Vec<(KmsAction, Purpose, Arc<Access>)>>;

/// The steps on the key itself, and those on oneself.
pub(super) struct Alone<'w> {
    world: &'w World,
    key: &'w Key,
    action: KmsAction,
    asked: Action,
    /// Who can take which steps on the key, by name.
    on_key: OnKey,
    actions: BTreeMap<&'static str, Action>,
    /// Which lists of identity policies allow any of the actions.
    of_use: HashMap<(usize, usize), bool>,
}

/// What changes the policies of a user, a role or a group.
const OF_USERS: [&str; 2] = ["iam:PutUserPolicy", "iam:AttachUserPolicy"];
const OF_ROLES: [&str; 2] = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];
const OF_GROUPS: [&str; 2] = ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"];
const OF_POLICIES: [&str; 2] = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"];
const OF_BOUNDARIES: [&str; 2] = ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"];
const OTHERS: [&str; 1] = ["iam:AddUserToGroup"];

impl<'w> Alone<'w> {
    pub(super) fn new(world: &'w World, key: &'w Key, action: KmsAction) -> Self {
        let all = [&OF_USERS[..], &OF_ROLES, &OF_GROUPS, &OF_POLICIES, &OF_BOUNDARIES, &OTHERS];
        let parsed = all.into_iter().flatten().filter_map(|name| Some((*name, name.parse().ok()?)));
        let actions = parsed.collect();
        let asked = Action::from(action);
        Self {
            world,
            key,
            action,
            asked,
            on_key: on_key(world, key, action),
            actions,
            of_use: HashMap::new(),
        }
    }

    /// The shortest way for this caller, who does not have the right.
    pub(super) fn path_of(&mut self, caller: &Caller<'w>) -> Option<Vec<Step>> {
        self.by_the_key(caller).map(|step| vec![step]).or_else(|| self.by_itself(caller))
    }

    fn by_the_key(&self, caller: &Caller<'w>) -> Option<Step> {
        self.on_key.get(caller.name().as_str())?.iter().find_map(|(action, purpose, access)| {
            let is_of_use = match purpose {
                Purpose::Tag => self.would(caller, Loosened { tags: true, ..Loosened::default() }),
                Purpose::Alias => {
                    self.would(caller, Loosened { aliases: true, ..Loosened::default() })
                        && self.may_name(caller, *action)
                }
                // A grant that is made by a grant holds no more than that one, which does not let the caller.
                Purpose::Grant => {
                    access.through().is_none_or(|through| through.grant().is_none())
                        && self.would_by_grant(caller)
                }
                // Whoever writes the policy can let themselves, if nothing else denies.
                _ => self.would(caller, Loosened { key_policy: true, ..Loosened::default() }),
            };
            let name = Action::from(*action).to_string();
            is_of_use.then(|| step(caller, &name, self.key.arn.as_str(), *purpose, access))
        })
    }

    /// Whether a grant to the caller would do.
    fn would_by_grant(&self, caller: &Caller<'_>) -> bool {
        let (Some(arn), Some(account)) = (caller.principal.condition_arn(), caller.principal.account())
        else {
            return false;
        };
        let grant = Grant {
            id: GrantId::from_bytes([0xee; 32]),
            grantee: Party::Principal { arn: arn.clone(), id: caller.entity.map(|entity| entity.id.clone()) },
            retiring: None,
            issuing_account: account,
            terms: GrantTerms { operations: [self.action].into_iter().collect(), ..GrantTerms::default() },
        };
        let mut key = self.key.clone();
        key.grants.insert(Arc::new(grant));
        let inquiry = Inquiry::on_key(self.world, caller, &self.asked, &key);
        inquiry.ask(&inquiry.open_context(), outlook) != Truth::False
    }

    /// The alias side of an operation on an alias: some alias that the key has, or any other.
    fn may_name(&self, caller: &Caller<'_>, action: KmsAction) -> bool {
        let arn = &self.key.arn;
        let Some(account) = arn.account() else { return false };
        let own = self.key.aliases.iter().map(String::as_str);
        own.chain(["alias/any"]).any(|alias| {
            let text = format!("arn:{}:kms:{}:{account}:{alias}", arn.partition(), arn.region());
            let Ok(alias) = text.parse::<Arn>() else { return false };
            let action = Action::from(action);
            let on = On::Other(Some(&alias), account);
            let inquiry = Inquiry { on, ..Inquiry::on_key(self.world, caller, &action, self.key) };
            inquiry.ask(&inquiry.open_context(), outlook) != Truth::False
        })
    }

    /// Whether the right would be there, if this were loosened.
    fn would(&self, caller: &Caller<'_>, loosened: Loosened) -> bool {
        let inquiry = Inquiry::on_key(self.world, caller, &self.asked, self.key);
        let inquiry = Inquiry { loosened, ..inquiry };
        inquiry.ask(&inquiry.open_context(), outlook) != Truth::False
    }

    fn by_itself(&mut self, caller: &Caller<'w>) -> Option<Vec<Step>> {
        let (account, entity) = (caller.account?, caller.entity?);
        if !self.allows_any(entity) {
            return None;
        }
        let widened = Loosened { identity: true, ..Loosened::default() };
        if self.would(caller, widened) {
            return self.widening(caller, account, entity).map(|step| vec![step]);
        }
        let free = Loosened { boundary: true, ..Loosened::default() };
        if entity.boundary.is_none() || !self.would(caller, Loosened { identity: true, ..free }) {
            return None;
        }
        let removal = self.removal(caller, account, entity)?;
        if self.would(caller, free) {
            return Some(vec![removal]);
        }
        Some(vec![removal, self.widening(caller, account, entity)?])
    }

    /// Whether an identity policy allows any of the actions at all: most allow none.
    fn allows_any(&mut self, entity: &Entity) -> bool {
        let list = (entity.identity.as_ptr().addr(), entity.identity.len());
        let actions = &self.actions;
        *self.of_use.entry(list).or_insert_with(|| {
            let statements = entity.identity.iter().flat_map(|attached| attached.policy.statements());
            let mut allows = statements.filter(|statement| statement.effect == Effect::Allow);
            allows.any(|s| {
                s.action.as_ref().is_some_and(|block| actions.values().any(|action| block.contains(action)))
            })
        })
    }

    fn removal(&self, caller: &Caller<'w>, account: &'w Account, entity: &'w Entity) -> Option<Step> {
        let [of_users, of_roles] = OF_BOUNDARIES;
        let name = if entity.is_role() { of_roles } else { of_users };
        self.try_one(caller, account, name, entity.arn.arn(), Purpose::Boundary)
    }

    /// A way to give oneself an identity policy.
    fn widening(&self, caller: &Caller<'w>, account: &'w Account, entity: &'w Entity) -> Option<Step> {
        let own = if entity.is_role() { OF_ROLES } else { OF_USERS };
        let on = |names: &[&'static str], arn: &'w Arn| {
            names.iter().find_map(|name| self.try_one(caller, account, name, arn, Purpose::IdentityPolicy))
        };
        on(&own, entity.arn.arn())
            .or_else(|| entity.groups.iter().find_map(|group| on(&OF_GROUPS, group)))
            .or_else(|| self.by_new_version(caller, account, entity))
            .or_else(|| self.by_group(caller, account, entity))
    }

    fn by_new_version(&self, caller: &Caller<'w>, account: &'w Account, entity: &Entity) -> Option<Step> {
        let managed = entity.identity.iter().filter(|attached| attached.managed);
        managed.into_iter().find_map(|attached| {
            let arn: Arn = attached.name.parse().ok()?;
            // The policies of AWS are nobody's to change.
            let is_own = arn.account() == Some(account.id());
            // A new version can say anything; another default only what some version says already.
            let [create, _] = OF_POLICIES;
            is_own.then(|| self.try_one(caller, account, create, &arn, Purpose::IdentityPolicy)).flatten()
        })
    }

    /// A group whose policies would do.
    fn by_group(&self, caller: &Caller<'w>, account: &'w Account, entity: &Entity) -> Option<Step> {
        let [add] = OTHERS;
        let others =
            account.groups.iter().filter(|group| !entity.is_role() && !entity.groups.contains(&group.arn));
        others.into_iter().find_map(|group| {
            let all = entity.identity.iter().chain(group.policies.iter()).cloned();
            let joined = Entity { identity: all.collect(), ..entity.clone() };
            let as_member = Caller::entity(account, &joined);
            let does = self.would(&as_member, Loosened::default());
            does.then(|| self.try_one(caller, account, add, &group.arn, Purpose::IdentityPolicy)).flatten()
        })
    }

    fn try_one(
        &self,
        caller: &Caller<'w>,
        account: &Account,
        name: &'static str,
        arn: &Arn,
        to: Purpose,
    ) -> Option<Step> {
        let action = self.actions.get(name)?;
        let access = Holders::on_other(self.world, arn, account.id(), action).decide(caller);
        access.is_possible().then(|| step(caller, name, arn.as_str(), to, &access))
    }
}

/// Who can take which steps on the key, in the order of what they are good for.
fn on_key(world: &World, key: &Key, action: KmsAction) -> OnKey {
    use KmsAction as A;
    let grant = action.facts().grantable.then_some((A::CreateGrant, Purpose::Grant));
    let of_tags = [A::TagResource, A::UntagResource].map(|action| (action, Purpose::Tag));
    let of_aliases = [A::CreateAlias, A::UpdateAlias, A::DeleteAlias].map(|action| (action, Purpose::Alias));
    let all =
        [(A::PutKeyPolicy, Purpose::KeyPolicy)].into_iter().chain(grant).chain(of_tags).chain(of_aliases);
    let mut found = OnKey::new();
    for (step, purpose) in all {
        let Ok(answer) = who_can(world, key, step) else { continue };
        for holder in answer.holders {
            found.entry(holder.who.name).or_default().push((step, purpose, holder.access));
        }
    }
    found
}
