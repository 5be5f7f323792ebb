//! Who can make a request at all: principals as callers.

use super::{Account, Entity, Key, World};
use gatekey_policy::{Action, Attachment, Identity, Kind, Named, Organization, Party, Policy, Principal};
use gatekey_types::{AccountId, Arn, PrincipalArn, ServicePrincipal, UniqueId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// One way in which someone can make a request.
#[derive(Clone, Debug)]
pub struct Caller<'w> {
    /// What kind of caller it is.
    pub kind: CallerKind,
    /// The caller as the decision sees it.
    pub principal: Principal,
    /// Its account, where that is one of the world's.
    pub account: Option<&'w Account>,
    /// The user, or the role of the session.
    pub entity: Option<&'w Entity>,
    /// Its session, where it has a say in how open the request is.
    pub session: Session,
    /// Whether it stands for any user, any federated user, or any session of any role, of its account: its name is open.
    pub(crate) is_vague: bool,
}

/// What kind of caller it is, which decides how it is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallerKind {
    /// The root user of an account.
    Root,
    /// A user.
    User,
    /// Any session of a role whose session name no policy mentions.
    Role,
    /// The sessions of a role that have this very name.
    Session,
    /// The federated users of this very name. What they have beside what names them is at most what the user has who makes
    /// the session; that user is listed.
    FederatedUser,
    /// A service that calls for itself.
    Service,
    /// A principal, or anyone, of an account that is not of this world. What its own account lets it do is not known and
    /// taken to be everything.
    Outside,
    /// Anyone of any account that no policy names, likewise.
    Anyone,
    /// One of an account that no policy names, of whom nothing else is open either: in no organization, from no network and no
    /// address that a policy names.
    Stranger,
}

/// What may vary with the session beside the request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Session {
    /// Nothing: a user, a root user, a service.
    None,
    /// Its name is known; it may be tagged if the role's trust policy lets anyone do that.
    Named,
    /// Its name can be any that no policy mentions.
    Any,
}

/// What stands for the name of a session that no policy mentions.
const UNNAMED: &str = "any-session";

/// A policy that allows everything: what is assumed of accounts that are not known.
pub(super) static EVERYTHING: LazyLock<Arc<[Attachment]>> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let policy = Policy::read_stored(text, Kind::Identity, BTreeMap::new());
    [Attachment::inline("everything", Arc::new(policy))].into()
});

impl<'w> Caller<'w> {
    /// The root user of an account.
    pub fn root(account: &'w Account) -> Self {
        Self::of(CallerKind::Root, Principal::root(account.root.clone()), Some(account), None)
    }

    /// A user, or any session of a role.
    pub fn entity(account: &'w Account, entity: &'w Entity) -> Self {
        if entity.is_role() {
            return Self::session(account, entity, UNNAMED, CallerKind::Role);
        }
        let user = Principal::user(entity.arn.clone(), Some(entity.id.clone()));
        Self::of(CallerKind::User, user, Some(account), Some(entity))
    }

    /// The sessions of a role that have this name.
    pub fn named_session(account: &'w Account, role: &'w Entity, name: &str) -> Self {
        Self::session(account, role, name, CallerKind::Session)
    }

    fn session(account: &'w Account, role: &'w Entity, name: &str, kind: CallerKind) -> Self {
        let arn = PrincipalArn::assumed_role(account.id(), role.arn.name(), name);
        let principal = Principal::role_session(arn, role.arn.clone(), Some(role.id.clone()));
        Self::of(kind, principal, Some(account), Some(role))
    }

    fn of(
        kind: CallerKind,
        mut principal: Principal,
        account: Option<&'w Account>,
        entity: Option<&'w Entity>,
    ) -> Self {
        principal.organization = account.and_then(|account| account.organization.clone());
        principal.tags = entity.map(|entity| entity.tags.clone()).unwrap_or_default();
        let session = match kind {
            CallerKind::Role => Session::Any,
            CallerKind::Session | CallerKind::FederatedUser => Session::Named,
            _ => Session::None,
        };
        Self { kind, principal, account, entity, session, is_vague: false }
    }

    /// How the caller is named to people: a role by its own ARN, a session by the session's, a service by its name.
    pub fn name(&self) -> String {
        match (self.kind, self.entity) {
            (CallerKind::Role, Some(role)) => role.arn.arn().to_string(),
            (CallerKind::Anyone, _) => "*".to_owned(),
            _ => self.principal.display_name().to_owned(),
        }
    }

    /// The same caller in a session of this name, where it is any session of a role.
    #[must_use]
    pub fn in_session(&self, name: &str) -> Self {
        match (self.session, self.account, self.entity) {
            (Session::Any, Some(account), Some(role)) => Self::session(account, role, name, self.kind),
            _ => self.clone(),
        }
    }

    /// Its identity policies.
    pub(crate) fn identity(&self) -> &[Attachment] {
        match (self.entity, self.kind) {
            (Some(entity), _) => &entity.identity,
            (None, CallerKind::Outside | CallerKind::Anyone | CallerKind::Stranger) => &EVERYTHING,
            (None, CallerKind::FederatedUser) if self.is_asked_for_by_root() => &EVERYTHING,
            (None, _) => &[],
        }
    }

    /// Whether it is a federated user for whom a root user asked: its session's own policies alone limit it.
    fn is_asked_for_by_root(&self) -> bool {
        matches!(
            &self.principal.identity,
            Identity::FederatedUser { parent: Some(PrincipalArn::Root(..)), .. }
        )
    }

    /// Whether whoever opens the session may tag it: then the tags of the principal are open.
    pub(crate) fn may_be_tagged(&self) -> bool {
        match (self.session, self.entity) {
            (Session::None, _) => matches!(self.kind, CallerKind::Outside | CallerKind::Anyone),
            (_, Some(role)) => role.has_tagged_sessions(),
            (_, None) => true,
        }
    }
}

/// `sts:TagSession`
static TAG_SESSION: LazyLock<Option<Action>> = LazyLock::new(|| "sts:TagSession".parse().ok());

/// Whether a trust policy has an Allow that is about tagging sessions.
fn lets_tag(trust: &Policy) -> bool {
    let Some(action) = &*TAG_SESSION else { return true };
    trust.statements().iter().any(|statement| {
        statement.effect == gatekey_policy::Effect::Allow
            && statement.action.as_ref().is_some_and(|block| block.contains(action))
    })
}

impl Entity {
    /// Whether whoever opens a session of this role may tag it.
    pub(crate) fn has_tagged_sessions(&self) -> bool {
        self.trust.as_ref().is_none_or(|trust| lets_tag(trust))
    }
}

impl World {
    /// Everyone who is here: the root users, the users, and the roles (as any session).
    pub fn residents(&self) -> impl Iterator<Item = Caller<'_>> {
        self.accounts.values().flat_map(|account| {
            let entities = account.entities.iter().map(move |entity| Caller::entity(account, entity));
            std::iter::once(Caller::root(account)).chain(entities)
        })
    }

    /// Those beside the [`residents`](Self::residents) whom the key's policy or grants mean in particular: named sessions,
    /// federated users, services, principals of accounts that are not here; and whoever else, where everyone is meant.
    pub fn particular(&self, key: &Key) -> Vec<Caller<'_>> {
        let mut named = Particular { world: self, callers: BTreeMap::new() };
        let mut everyone = false;
        for block in key.policy.statements().iter().filter_map(|statement| statement.principal.as_ref()) {
            everyone |= block.negated;
            for element in &block.elements {
                everyone |= element.named == Named::Everyone;
                named.add_named(&element.named);
            }
        }
        for grant in key.grants.iter() {
            named.add_party(&grant.grantee);
        }
        let mut callers: Vec<_> = named.callers.into_values().collect();
        if everyone {
            callers.extend(self.anyone());
        }
        callers
    }

    /// The caller of this ARN: a user, a role (any session), a root user, a session, a federated user. `None` if the
    /// account or the user or role does not exist.
    pub fn caller(&self, arn: &PrincipalArn) -> Option<Caller<'_>> {
        let account = self.account(arn.account())?;
        match arn {
            PrincipalArn::Root(..) => Some(Caller::root(account)),
            PrincipalArn::User(..) | PrincipalArn::Role(..) => {
                self.entity(arn).map(|entity| Caller::entity(account, entity))
            }
            PrincipalArn::AssumedRole(..) => {
                let role = self.entity(arn)?;
                Some(Caller::named_session(account, role, arn.session_name()?))
            }
            PrincipalArn::FederatedUser(..) => {
                let principal = Principal::federated_user(arn.clone(), None, None);
                Some(Caller::of(CallerKind::FederatedUser, principal, Some(account), None))
            }
        }
    }

    /// A federated user as each might have asked for it who can, every user of its account and its root user, and who that is: no
    /// policy tells. Without a name it is any whom no policy names.
    pub(crate) fn asked_for<'w>(
        &'w self,
        account: AccountId,
        named: Option<&PrincipalArn>,
    ) -> impl Iterator<Item = (Caller<'w>, Caller<'w>)> + use<'w> {
        let any = || PrincipalArn::federated_user(account, "any-user");
        let (arn, is_vague) = (named.cloned().unwrap_or_else(any), named.is_none());
        let home = self.account(account);
        let of_account = move |parent: &Caller<'w>| {
            matches!(parent.kind, CallerKind::Root | CallerKind::User)
                && parent.principal.account() == Some(account)
        };
        let federated = move |parent: Caller<'w>| -> (Caller<'w>, Caller<'w>) {
            let (name, id) = (parent.principal.arn().cloned(), parent.entity.map(|entity| entity.id.clone()));
            let principal = Principal::federated_user(arn.clone(), name, id);
            let caller = Caller::of(CallerKind::FederatedUser, principal, home, parent.entity);
            (Caller { is_vague, ..caller }, parent)
        };
        self.residents().filter(of_account).map(federated)
    }

    /// Whoever the key's policy and grants mean, in a world that knows nobody: of an account its root user, a user and a role.
    pub(crate) fn named_by(&self, key: &Key) -> Vec<Caller<'_>> {
        let mut callers = self.particular(key);
        let accounts = callers.iter().filter(|caller| caller.principal.is_root());
        let accounts: Vec<AccountId> = accounts.filter_map(|caller| caller.principal.account()).collect();
        for account in accounts {
            let user = PrincipalArn::user(account, "/", "any-user");
            let role = PrincipalArn::role(account, "/", "any-role");
            let session = PrincipalArn::assumed_role(account, "any-role", UNNAMED);
            let both = [Principal::user(user, None), Principal::role_session(session, role, None)];
            callers.extend(both.map(|principal| Caller {
                is_vague: true,
                ..Caller::of(CallerKind::Outside, principal, None, None)
            }));
        }
        callers
    }

    /// Someone of whom nothing is known.
    pub(crate) fn stranger(&self) -> Option<Caller<'static>> {
        let anyone = self.anyone()?;
        Some(Caller { kind: CallerKind::Stranger, ..anyone })
    }

    /// Someone of an account that nothing mentions.
    fn anyone(&self) -> Option<Caller<'static>> {
        let taken: BTreeSet<String> = self.accounts.keys().map(|id| id.as_str().to_owned()).collect();
        let free = (0..=taken.len()).map(|n| format!("{:012}", 999_999_999_999_usize.saturating_sub(n)));
        let account: AccountId = free.into_iter().find(|id| !taken.contains(id))?.parse().ok()?;
        let user = Principal::user(PrincipalArn::user(account, "/", "anyone"), None);
        Some(Caller::of(CallerKind::Anyone, user, None, None))
    }
}

/// The callers whom documents name.
struct Particular<'w> {
    world: &'w World,
    callers: BTreeMap<String, Caller<'w>>,
}

impl<'w> Particular<'w> {
    fn add(&mut self, caller: Caller<'w>) {
        self.callers.insert(caller.name(), caller);
    }

    fn add_named(&mut self, named: &Named) {
        match named {
            Named::Account(account) => self.add_account(*account),
            Named::Principal { arn, id } => self.add_arn(arn, id.as_ref()),
            Named::Service(service) => self.add_service(service),
            Named::Everyone | Named::Id(_) | Named::Federated(_) | Named::Nobody => {}
        }
    }

    fn add_party(&mut self, party: &Party) {
        match party {
            Party::Principal { arn, id } => self.add_arn(arn, id.as_ref()),
            Party::Service(service) => self.add_service(service),
            Party::Id(_) => {}
        }
    }

    fn add_service(&mut self, service: &ServicePrincipal) {
        let principal = Principal::service(service.clone());
        self.add(Caller::of(CallerKind::Service, principal, None, None));
    }

    fn add_account(&mut self, account: AccountId) {
        if self.world.account(account).is_none() {
            let root = PrincipalArn::root(gatekey_types::Partition::Aws, account);
            self.add(Caller::of(CallerKind::Outside, Principal::root(root), None, None));
        }
    }

    fn add_arn(&mut self, arn: &PrincipalArn, id: Option<&UniqueId>) {
        if self.world.account(arn.account()).is_none() {
            return self.add_outside(arn, id.cloned());
        }
        if matches!(arn, PrincipalArn::AssumedRole(..) | PrincipalArn::FederatedUser(..))
            && let Some(caller) = self.world.caller(arn)
        {
            self.add(caller);
        }
    }

    /// Documents may be pinned to the unique id of whom they name, even where the reader does not know the account.
    fn add_outside(&mut self, arn: &PrincipalArn, id: Option<UniqueId>) {
        let principal = match arn {
            PrincipalArn::Root(..) => return self.add_account(arn.account()),
            PrincipalArn::User(..) => Principal::user(arn.clone(), id),
            PrincipalArn::Role(..) => Principal::role_session(arn.clone(), arn.clone(), id),
            PrincipalArn::AssumedRole(..) => {
                let role = PrincipalArn::role(arn.account(), "/", arn.name());
                Principal::role_session(arn.clone(), role, id)
            }
            PrincipalArn::FederatedUser(..) => Principal::federated_user(arn.clone(), None, None),
        };
        self.add(Caller::of(CallerKind::Outside, principal, None, None));
    }
}

impl Caller<'_> {
    /// The organization whose keys the request has.
    pub(crate) fn organization(&self) -> Option<&Organization> {
        self.principal.organization.as_ref()
    }

    /// The ARN of the user, role or root user behind it.
    pub fn arn(&self) -> Option<&Arn> {
        self.principal.condition_arn().map(PrincipalArn::arn)
    }
}
