//! Principals who cannot be told apart, decided once.

use super::access::{self, Access};
use crate::world::{Account, Caller, CallerKind, Entity, Inquiry, Key, Loosened, On, World, is_of_caller};
use gatekey_policy::{
    Action, Attachment, Context, Effect, Layer, Level, Named, Party, Policy, Statement, Truth,
    condition::Condition, key::KeyName,
};
use gatekey_types::{AccountId, Arn, PrincipalArn, UniqueId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The classes of the principals of one world, for one action on one key.
pub(crate) struct Holders<'w> {
    world: &'w World,
    on: On<'w>,
    action: &'w Action,
    named: NamedOnes,
    of_key: Features<'w>,
    sets: HashMap<(usize, usize), usize>,
    known: HashMap<Vec<usize>, usize>,
    numbers: HashMap<Base, usize>,
    classes: Vec<Class<'w>>,
    pub(super) asked: usize,
    pub(super) decided: usize,
}

/// What all members of a class have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Base {
    account: usize,
    is_role: bool,
    is_service_linked: bool,
    may_be_tagged: bool,
    identity: usize,
    boundary: usize,
}

/// A class, told apart further by what its policies ask of the caller.
struct Class<'w> {
    features: Features<'w>,
    answers: HashMap<Vec<Truth>, Arc<Access>>,
}

/// What is asked: the action, and the resource as policies name it.
type Asked<'a> = (&'a Action, &'a str);

/// Where policies that have a say look at who the caller is, beside naming it.
#[derive(Clone, Default)]
struct Features<'w> {
    conditions: Vec<(Layer, Effect, &'w Condition)>,
    /// A policy variable stands for who the caller is, or a session's id is compared: each is decided alone.
    is_individual: bool,
}

/// Who is named by the key's policy and grants, so that it is decided alone.
#[derive(Default)]
struct NamedOnes {
    arns: HashSet<Arn>,
    ids: HashSet<UniqueId>,
}

impl<'w> Holders<'w> {
    /// Whoever can do this with the key.
    pub(crate) fn on_key(world: &'w World, key: &'w Key, action: &'w Action) -> Self {
        let mut of_key = Features::default();
        of_key.add(Layer::Resource, &key.policy, (action, key.arn.as_str()));
        Self::new(world, On::Key(key), key.arn.account(), action, NamedOnes::of(key), of_key)
    }

    /// Whoever can assume the role.
    pub(crate) fn of_trust(world: &'w World, arn: &'w Arn, role: &'w Entity, action: &'w Action) -> Self {
        let (mut of_role, mut named) = (Features::default(), NamedOnes::default());
        if let Some(trust) = &role.trust {
            of_role.add(Layer::Resource, trust, (action, arn.as_str()));
            named.add_policy(trust);
        }
        let owner = role.arn.account();
        Self::new(world, On::Trust(arn, owner, role.trust.as_deref()), Some(owner), action, named, of_role)
    }

    /// Whoever can do this to something else that has no policy of its own: a user, a managed policy.
    pub(crate) fn on_other(world: &'w World, arn: &'w Arn, owner: AccountId, action: &'w Action) -> Self {
        let on = On::Other(Some(arn), owner);
        Self::new(world, on, Some(owner), action, NamedOnes::default(), Features::default())
    }

    fn new(
        world: &'w World,
        on: On<'w>,
        owner: Option<AccountId>,
        action: &'w Action,
        named: NamedOnes,
        mut of_key: Features<'w>,
    ) -> Self {
        let owner = owner.and_then(|owner| world.account(owner));
        let levels = owner.and_then(|owner| owner.resource_control.as_deref());
        of_key.add_levels(Layer::ResourceControl, levels, (action, on.resource()));
        Self {
            world,
            on,
            action,
            named,
            of_key,
            sets: HashMap::new(),
            known: HashMap::new(),
            numbers: HashMap::new(),
            classes: Vec::new(),
            asked: 0,
            decided: 0,
        }
    }

    fn inquiry<'c>(&'c self, caller: &'c Caller<'c>) -> Inquiry<'c> {
        Inquiry {
            world: self.world,
            caller,
            action: self.action,
            on: self.on,
            new_grant: None,
            retiring: None,
            loosened: Loosened::default(),
        }
    }

    /// The access of any caller.
    pub(crate) fn access(&mut self, caller: &Caller<'w>) -> Arc<Access> {
        match (caller.kind, caller.account, caller.entity) {
            (CallerKind::User | CallerKind::Role, Some(account), Some(entity)) => {
                self.of_entity(account, entity)
            }
            _ => self.decide(caller),
        }
    }

    /// Decides for one caller.
    pub(crate) fn decide(&mut self, caller: &Caller<'_>) -> Arc<Access> {
        self.decided += 1;
        Arc::new(access::decide(&self.inquiry(caller)))
    }

    /// The access of a user or of any session of a role.
    pub(crate) fn of_entity(&mut self, account: &'w Account, entity: &'w Entity) -> Arc<Access> {
        self.asked += 1;
        if self.named.has(entity) {
            return self.decide(&Caller::entity(account, entity));
        }
        let number = self.class_of(account, entity);
        let class = self.classes.get(number).filter(|class| !class.features.is_individual);
        let Some(class) = class else { return self.decide(&Caller::entity(account, entity)) };
        let signature = self.signature(&class.features, account, entity);
        if let Some(answer) = class.answers.get(&signature) {
            return Arc::clone(answer);
        }
        let answer = self.decide(&Caller::entity(account, entity));
        if let Some(class) = self.classes.get_mut(number) {
            class.answers.insert(signature, Arc::clone(&answer));
        }
        answer
    }

    /// The number of its class.
    fn class_of(&mut self, account: &'w Account, entity: &'w Entity) -> usize {
        let base = self.base(account, entity);
        if let Some(number) = self.numbers.get(&base) {
            return *number;
        }
        let class = Class { features: self.features(account, entity), answers: HashMap::new() };
        self.classes.push(class);
        let number = self.classes.len() - 1;
        self.numbers.insert(base, number);
        number
    }

    fn base(&mut self, account: &'w Account, entity: &'w Entity) -> Base {
        Base {
            account: std::ptr::from_ref(account).addr(),
            is_role: entity.is_role(),
            is_service_linked: entity.arn.arn().resource().starts_with("role/aws-service-role/"),
            may_be_tagged: entity.is_role() && entity.has_tagged_sessions(),
            identity: self.set_of(&entity.identity),
            boundary: entity.boundary.as_ref().map_or(0, |boundary| Arc::as_ptr(&boundary.policy).addr()),
        }
    }

    /// A number for a set of identity policies: the same for the same policies, wherever the list of them stands, and for all
    /// that have no say in the question, which are like none.
    fn set_of(&mut self, policies: &'w Arc<[Attachment]>) -> usize {
        let list = (policies.as_ptr().addr(), policies.len());
        if let Some(known) = self.sets.get(&list) {
            return *known;
        }
        let has_a_say = |one: &Attachment| one.policy.may_be_about(self.action, self.on.resource());
        let members: Vec<usize> = match policies.iter().any(has_a_say) {
            true => policies.iter().map(|p| Arc::as_ptr(&p.policy).addr()).collect(),
            false => Vec::new(),
        };
        let next = self.known.len();
        let number = *self.known.entry(members).or_insert(next);
        self.sets.insert(list, number);
        number
    }

    fn features(&self, account: &'w Account, entity: &'w Entity) -> Features<'w> {
        let (mut features, asked) = (self.of_key.clone(), (self.action, self.on.resource()));
        features.add_levels(Layer::ServiceControl, account.service_control.as_deref(), asked);
        for attached in entity.identity.iter() {
            features.add(Layer::Identity, &attached.policy, asked);
        }
        if let Some(boundary) = &entity.boundary {
            features.add(Layer::Boundary, &boundary.policy, asked);
        }
        features
    }

    /// Which of the conditions that look at the caller hold.
    fn signature(&self, features: &Features<'w>, account: &'w Account, entity: &'w Entity) -> Vec<Truth> {
        if features.conditions.is_empty() {
            return Vec::new();
        }
        let caller = Caller::entity(account, entity);
        let inquiry = self.inquiry(&caller);
        let mut context = Context::new();
        inquiry.set_caller(&mut context);
        inquiry.ask(&context, |request, _| {
            let truths = features.conditions.iter();
            truths.map(|(layer, effect, condition)| condition.truth(request, *layer, *effect)).collect()
        })
    }
}

impl<'w> Features<'w> {
    fn add_levels(&mut self, layer: Layer, levels: Option<&'w [Level]>, asked: Asked<'_>) {
        for attached in levels.into_iter().flatten().flat_map(|level| level.iter()) {
            self.add(layer, &attached.policy, asked);
        }
    }

    fn add(&mut self, layer: Layer, policy: &'w Policy, (action, resource): Asked<'_>) {
        let about = |statement: &&Statement| statement.may_be_about(action, resource);
        for statement in policy.statements().iter().filter(about) {
            self.is_individual |= statement.resource_variables().any(is_of_caller);
            for condition in &statement.conditions {
                self.is_individual |= condition.variables().any(is_of_caller);
                self.is_individual |= condition.key.name() == KeyName::AwsUserId;
                if is_of_caller(&condition.key) {
                    self.conditions.push((layer, statement.effect, condition));
                }
            }
        }
    }
}

impl NamedOnes {
    fn of(key: &Key) -> Self {
        let mut named = Self::default();
        named.add_policy(&key.policy);
        for grant in key.grants.iter() {
            named.add_party(&grant.grantee);
            grant.retiring.iter().for_each(|retiring| named.add_party(retiring));
        }
        named
    }

    fn add_policy(&mut self, policy: &Policy) {
        for (text, id) in policy.pins() {
            self.ids.insert(id.clone());
            self.arns.extend(text.parse());
        }
        for element in policy.principals() {
            match &element.named {
                Named::Principal { arn, .. } => self.add(arn),
                Named::Id(id) => drop(self.ids.insert(id.clone())),
                _ => {}
            }
        }
    }

    fn add(&mut self, arn: &PrincipalArn) {
        self.arns.insert(arn.arn().clone());
    }

    fn add_party(&mut self, party: &Party) {
        match party {
            Party::Principal { arn, id } => {
                self.add(arn);
                self.ids.extend(id.clone());
            }
            Party::Id(id) => drop(self.ids.insert(id.clone())),
            Party::Service(_) => {}
        }
    }

    fn has(&self, entity: &Entity) -> bool {
        self.ids.contains(&entity.id) || self.arns.contains(entity.arn.arn())
    }
}
