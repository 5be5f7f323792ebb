//! Who calls, and which policies go with that.

use crate::{Directory, Role, Session, Subject, User};
use gatekey_policy::{Attachment, Credentials, Organization, Principal, RootTask};
use gatekey_types::{AccountId, Arn, PrincipalArn, Timestamp, UniqueId};
use std::sync::Arc;

/// The policy that allows everything.
const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
/// The service that is delegated where another account administers IAM for the organization.
const IAM: &str = "iam.amazonaws.com";

/// Whom a verified signature stands for: a name for somebody, to be looked up in the snapshot that decides.
#[derive(Clone, Debug)]
pub enum Bearer {
    /// A root user by a long-term key.
    Root(AccountId),
    /// A user by a long-term key.
    User(AccountId, UniqueId),
    /// Temporary credentials.
    Session(Arc<Session>),
}

impl Bearer {
    /// The account that the bearer acts in.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Root(account) | Self::User(account, _) => *account,
            Self::Session(session) => session.claims.subject.account(),
        }
    }

    /// The session, where the credentials are temporary.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Session(session) => Some(session),
            Self::Root(_) | Self::User(..) => None,
        }
    }

    /// Whether IAM takes the credentials. AWS: neither a federated user's, nor those that a user or root user got by
    /// GetSessionToken without a second factor.
    pub fn is_taken_by_iam(&self) -> bool {
        let Some(Session { claims, .. }) = self.session() else { return true };
        match claims.subject {
            Subject::Federated { .. } => false,
            Subject::Root(_) | Subject::User(..) => claims.mfa.is_some(),
            Subject::Role { .. } | Subject::AssumedRoot { .. } => true,
        }
    }
}

/// The caller of one request, as one snapshot has it: the principal, and every policy that goes with it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The principal as policies see it.
    pub principal: Arc<Principal>,
    /// The account that the caller belongs to.
    pub account: AccountId,
    /// The policies of the user or role, the groups' included; of a federated user the parent's.
    pub identity: Vec<Attachment>,
    /// The permissions boundary.
    pub boundary: Option<Attachment>,
    /// The session policies.
    pub session: Vec<Attachment>,
    /// Whom the credentials stand for; nobody without credentials.
    pub bearer: Option<Bearer>,
}

impl Caller {
    /// Who presents no credentials but, perhaps, an identity provider's token.
    pub fn unsigned(principal: Principal) -> Self {
        Self::new(principal, AccountId::NOBODY)
    }

    /// Somebody whom no directory knows, and who has no policies: an AWS service, or a part of one that acts in an account. A
    /// simulation supposes them; no credentials are theirs.
    pub fn supposed(principal: Principal) -> Self {
        let account = principal.account().unwrap_or(AccountId::NOBODY);
        Self::new(principal, account)
    }

    fn new(principal: Principal, account: AccountId) -> Self {
        Self {
            principal: Arc::new(principal),
            account,
            identity: Vec::new(),
            boundary: None,
            session: Vec::new(),
            bearer: None,
        }
    }

    /// What AWS keeps temporary credentials from, whatever any policy allows: GetSessionToken's from IAM, unless a second
    /// factor was given, and from most of STS; a federated user's from IAM and most of STS.
    pub fn is_kept_from(&self, service: &str, operation: &str) -> bool {
        let Some(bearer) = &self.bearer else { return false };
        if service == "iam" {
            return !bearer.is_taken_by_iam();
        }
        let subject = bearer.session().map(|session| &session.claims.subject).filter(|_| service == "sts");
        // The handlers of GetSessionToken and GetFederationToken refuse in AWS's own words.
        let asks_for_a_session =
            ["GetCallerIdentity", "GetSessionToken", "GetFederationToken"].contains(&operation);
        match subject {
            Some(Subject::Root(_) | Subject::User(..)) => !asks_for_a_session && operation != "AssumeRole",
            Some(Subject::Federated { .. }) => !asks_for_a_session,
            Some(Subject::Role { .. } | Subject::AssumedRoot { .. }) | None => false,
        }
    }

    /// The ARN by which messages and events name the caller.
    pub fn arn(&self) -> Option<&Arn> {
        self.principal.arn().map(PrincipalArn::arn)
    }
}

impl Directory {
    /// The bearer of credentials as this snapshot has it; `None` if the user or role, or the account, is gone, or the
    /// account was closed.
    pub fn caller(&self, bearer: &Bearer) -> Option<Caller> {
        if self.organizations.is_closed(bearer.account()) {
            return None;
        }
        let mut caller = match bearer {
            Bearer::Root(account) => self.root(*account, Credentials::LongTerm)?,
            Bearer::User(account, id) => self.user(*account, id, Credentials::LongTerm)?,
            Bearer::Session(session) => self.session_caller(session)?,
        };
        caller.bearer = Some(bearer.clone());
        Some(caller)
    }

    /// The user as a caller by long-term keys, for what is supposed and not real.
    pub fn as_user(&self, user: &User) -> Option<Caller> {
        self.user(user.account, user.id(), Credentials::LongTerm)
    }

    /// A session of the role that begins at this moment, for what is supposed and not real.
    pub fn as_role(&self, role: &Role, session: &str, issued: Timestamp) -> Option<Caller> {
        let mut caller = self.role_session(role.account, role.id(), session)?;
        Arc::make_mut(&mut caller.principal).credentials = Credentials::Temporary { issued, mfa: None };
        Some(caller)
    }

    /// A session of a federated user, whose parent is a user or the root user, for what is supposed and not real.
    pub fn as_federated_user(
        &self,
        account: AccountId,
        name: &str,
        parent: Option<&UniqueId>,
        issued: Timestamp,
    ) -> Option<Caller> {
        let mut caller = self.federated(account, name, parent)?;
        Arc::make_mut(&mut caller.principal).credentials = Credentials::Temporary { issued, mfa: None };
        Some(caller)
    }

    fn session_caller(&self, session: &Session) -> Option<Caller> {
        let claims = &session.claims;
        let credentials = Credentials::Temporary { issued: claims.issued, mfa: claims.mfa };
        let mut caller = match &claims.subject {
            Subject::Root(account) => self.root(*account, credentials)?,
            Subject::User(account, id) => self.user(*account, id, credentials)?,
            Subject::Role { account, role, session } => self.role_session(*account, role, session)?,
            Subject::Federated { account, name, parent } => {
                self.federated(*account, name, parent.as_ref())?
            }
            Subject::AssumedRoot { account, task, by } => {
                self.assumed_root(*account, task, by, claims.limits_itself())?
            }
        };
        let principal = Arc::make_mut(&mut caller.principal);
        principal.credentials = credentials;
        principal.source_identity.clone_from(&claims.source_identity);
        principal.federated_provider.clone_from(&claims.federated_provider);
        for (key, value) in &claims.tags {
            principal.tags.retain(|(known, _)| !gatekey_policy::key::same_name(known, key));
            principal.tags.push((key.clone(), value.clone()));
        }
        caller.session.extend(session.inline.clone());
        caller.session.extend(claims.policy_arns.iter().map(|arn| self.attachment_or_nothing(arn)));
        Some(caller)
    }

    fn root(&self, account: AccountId, credentials: Credentials) -> Option<Caller> {
        let mut principal = Principal::root(self.root_user(account)?.clone());
        principal.credentials = credentials;
        principal.organization = self.organization_of(account);
        Some(Caller::new(principal, account))
    }

    fn user(&self, account: AccountId, id: &UniqueId, credentials: Credentials) -> Option<Caller> {
        let user = self.own_user(account, id)?;
        let arn = PrincipalArn::user(account, &user.header().path, user.name());
        let mut principal = Principal::user(arn, Some(id.clone()));
        principal.credentials = credentials;
        principal.tags = tags(&user.header().tags);
        principal.organization = self.organization_of(account);
        let mut caller = Caller::new(principal, account);
        caller.identity = self.policies_of_user(user);
        caller.boundary = self.boundary(&user.record.permissions);
        Some(caller)
    }

    fn own_user(&self, account: AccountId, id: &UniqueId) -> Option<&Arc<User>> {
        self.users.by_id(id).filter(|user| user.account == account && self.has_account(account))
    }

    fn role_session(&self, account: AccountId, id: &UniqueId, session: &str) -> Option<Caller> {
        let role =
            self.roles.by_id(id).filter(|role| role.account == account && self.has_account(account))?;
        let mut principal = role_principal(role, session);
        principal.organization = self.organization_of(account);
        let mut caller = Caller::new(principal, account);
        caller.identity = self.policies_of_role(role);
        caller.boundary = self.boundary(&role.record.permissions);
        Some(caller)
    }

    /// A federated user has its parent's policies; the root user's sessions have none that limit them but their own.
    fn federated(&self, account: AccountId, name: &str, parent: Option<&UniqueId>) -> Option<Caller> {
        let root = self.root_user(account)?;
        let arn = PrincipalArn::federated_user(account, name);
        let parent = match parent {
            Some(id) => Some(self.own_user(account, id)?),
            None => None,
        };
        let parent_arn = match parent {
            Some(user) => PrincipalArn::user(account, &user.header().path, user.name()),
            None => root.clone(),
        };
        let id = parent.map(|user| user.id().clone());
        let mut principal = Principal::federated_user(arn, Some(parent_arn), id);
        principal.tags = parent.map(|user| tags(&user.header().tags)).unwrap_or_default();
        principal.organization = self.organization_of(account);
        let mut caller = Caller::new(principal, account);
        if let Some(user) = parent {
            caller.identity = self.policies_of_user(user);
            caller.boundary = self.boundary(&user.record.permissions);
        } else {
            caller.identity.extend(self.aws_managed.get(EVERYTHING).map(crate::AwsManagedPolicy::attachment));
        }
        Some(caller)
    }

    /// The root user of a member account, held to a task. Task policies only deny, so whatever they leave must be allowed
    /// beside them; without the task policy there is no such caller. AssumeRoot takes no policies beside: a session that has
    /// some is none of its.
    ///
    /// Who asked for it must administer root users still: a session to unlock key policies ends with that right.
    fn assumed_root(&self, account: AccountId, task: &Arn, by: &Arn, is_limited: bool) -> Option<Caller> {
        let task = self.aws_managed.root_task(task.as_str()).filter(|_| !is_limited)?;
        let rest = self.aws_managed.get(EVERYTHING)?;
        let mut caller = self.root(account, Credentials::Unstated)?;
        let root_task = RootTask::named(task.name);
        let is_unlocking = root_task == RootTask::UnlockKeyPolicy;
        if is_unlocking && !by.account().is_some_and(|by| self.administers_root_of(by, account)) {
            return None;
        }
        Arc::make_mut(&mut caller.principal).root_task = Some(root_task);
        caller.session.extend([task.attachment(), rest.attachment()]);
        Some(caller)
    }

    /// Whether principals of the first account may ask for root sessions of the other: central root access is on, the first
    /// manages the organization, or administers IAM for it, and the other is a member.
    pub fn administers_root_of(&self, account: AccountId, member: AccountId) -> bool {
        let Some((id, organization)) = self.organizations.of(account) else { return false };
        let record = &organization.record;
        let delegated = record.delegated.get(&account);
        let administers =
            record.management == account || delegated.is_some_and(|services| services.contains_key(IAM));
        let is_member = self.organizations.member(member).is_some_and(|kept| {
            kept.record.organization == id && !kept.record.suspended && member != record.management
        });
        administers && is_member && record.root_features.contains("RootSessions") && self.has_account(member)
    }

    /// The organization of an account, as conditions see it.
    pub fn organization_of(&self, account: AccountId) -> Option<Organization> {
        let (id, _) = self.organizations.of(account)?;
        Some(Organization {
            id: id.to_owned(),
            paths: self.organizations.path(account).into_iter().collect(),
        })
    }

    /// Every identity policy of a user: its own, inline and attached, then its groups'.
    pub fn policies_of_user(&self, user: &User) -> Vec<Attachment> {
        let mut all = self.with_attached(&user.compiled, &user.record.permissions);
        for group in user.record.groups.iter().filter_map(|id| self.groups.by_id(id)) {
            all.extend(self.with_attached(&group.compiled, &group.record.permissions));
        }
        all
    }

    /// Every identity policy of a role.
    pub fn policies_of_role(&self, role: &Role) -> Vec<Attachment> {
        self.with_attached(&role.compiled, &role.record.permissions)
    }

    /// Inline policies, then attached ones.
    pub fn with_attached(&self, inline: &[Attachment], permissions: &crate::Permissions) -> Vec<Attachment> {
        let attached = permissions.attached.iter().filter_map(|arn| self.attachment(arn));
        inline.iter().cloned().chain(attached).collect()
    }

    /// The permissions boundary. One that is gone allows nothing.
    pub fn boundary(&self, permissions: &crate::Permissions) -> Option<Attachment> {
        permissions.boundary.as_ref().map(|arn| self.attachment_or_nothing(arn))
    }
}

/// The principal that a session of a role is, but for its organization and credentials.
pub fn role_principal(role: &Role, session: &str) -> Principal {
    let (account, header) = (role.account, role.header());
    let mut principal = Principal::role_session(
        PrincipalArn::assumed_role(account, role.name(), session),
        PrincipalArn::role(account, &header.path, role.name()),
        Some(role.id().clone()),
    );
    principal.tags = tags(&header.tags);
    principal
}

fn tags(tags: &crate::Tags) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}
