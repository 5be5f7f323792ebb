//! Whose policies are simulated: a user, a group or a role of the caller's account.

use super::Source;
use crate::fault::no_such;
use gatekey_directory::{Caller, Directory, Group, Role, User};
use gatekey_gate::Passage;
use gatekey_model::iam::{InvalidInputException, NoSuchEntityException, PolicySourceType};
use gatekey_policy::{Attachment, Policy, Principal};
use gatekey_types::{Arn, PrincipalArn};
use std::sync::Arc;

/// A user, group or role.
pub(crate) enum Subject {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>),
}

/// What a session of a role is called that nobody began.
const SESSION: &str = "simulation";

impl Subject {
    /// Whether an ARN is one of a user, group or role, by its shape alone.
    ///
    /// # Errors
    /// InvalidInput with AWS's text.
    pub(crate) fn arn<E: From<InvalidInputException>>(text: &str) -> Result<Arn, E> {
        let arn = text.parse::<Arn>().ok().filter(|arn| {
            let kind = arn.resource().split('/').next().unwrap_or_default();
            arn.service() == "iam" && arn.account().is_some() && ["user", "group", "role"].contains(&kind)
        });
        let text = format!("Invalid Entity Arn: {text} does not clearly define entity type and name.");
        arn.ok_or_else(|| InvalidInputException::new(text).into())
    }

    /// The user, group or role of this ARN, after the request was allowed.
    ///
    /// # Errors
    /// NoSuchEntity.
    pub(crate) fn find<E: From<NoSuchEntityException>>(passage: &Passage<'_>, arn: &Arn) -> Result<Self, E> {
        let (kind, rest) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        let name = rest.rsplit('/').next().unwrap_or_default();
        let (account, directory) = (passage.account(), &passage.snapshot().directory);
        let found = match kind {
            "user" => directory.users.get(account, name).filter(|e| e.arn() == *arn).cloned().map(Self::User),
            "group" => {
                directory.groups.get(account, name).filter(|e| e.arn() == *arn).cloned().map(Self::Group)
            }
            _ => directory.roles.get(account, name).filter(|e| e.arn() == *arn).cloned().map(Self::Role),
        };
        found.ok_or_else(|| no_such(kind, name))
    }

    /// Its policies and where they come from, in the order in which they are decided on: a user's own, then its groups'.
    pub(crate) fn sources(&self, directory: &Directory) -> Vec<Source> {
        match self {
            Self::Group(group) => of_group(directory, group),
            Self::Role(role) => Source::of_holder(
                directory,
                (PolicySourceType::Role, role.name()),
                &role.compiled,
                &role.record.permissions,
            ),
            Self::User(user) => {
                let own = (PolicySourceType::User, user.name());
                let mut all = Source::of_holder(directory, own, &user.compiled, &user.record.permissions);
                let groups = user.record.groups.iter().filter_map(|id| directory.groups.by_id(id));
                all.extend(groups.flat_map(|group| of_group(directory, group)));
                all
            }
        }
    }

    /// Its permissions boundary.
    pub(crate) fn boundary(&self, directory: &Directory) -> Option<Attachment> {
        match self {
            Self::User(user) => directory.boundary(&user.record.permissions),
            Self::Role(role) => directory.boundary(&role.record.permissions),
            Self::Group(_) => None,
        }
    }

    /// It as a caller. A group calls as nobody in particular of its account.
    pub(crate) fn caller(&self, passage: &Passage<'_>) -> Option<Caller> {
        let directory = &passage.snapshot().directory;
        match self {
            Self::User(user) => directory.as_user(user),
            Self::Role(role) => directory.as_role(role, SESSION, passage.now()),
            Self::Group(_) => Some(somebody(passage)),
        }
    }

    /// All its policies as documents, the boundary included.
    pub(crate) fn policies(&self, directory: &Directory) -> Vec<Arc<Policy>> {
        let sources = self.sources(directory).into_iter().map(|source| source.attachment);
        sources.chain(self.boundary(directory)).map(|attachment| attachment.policy).collect()
    }
}

fn of_group(directory: &Directory, group: &Group) -> Vec<Source> {
    let holder = (PolicySourceType::Group, group.name());
    Source::of_holder(directory, holder, &group.compiled, &group.record.permissions)
}

/// Somebody of the caller's account of whom nothing is known.
pub(crate) fn somebody(passage: &Passage<'_>) -> Caller {
    let account = passage.account();
    let arn = PrincipalArn::user(account, "/", SESSION);
    let mut principal = Principal::user(arn, None);
    principal.organization = passage.snapshot().directory.organization_of(account);
    Caller { principal: Arc::new(principal), account, ..Caller::unsigned(Principal::anonymous()) }
}

/// The one whom `CallerArn` names. One that does not exist is who its ARN says, and nothing more.
///
/// # Errors
/// InvalidInput for what is no user, role or session.
pub(crate) fn named_caller<E: From<InvalidInputException>>(
    passage: &Passage<'_>,
    text: &str,
) -> Result<Caller, E> {
    let invalid = || E::from(InvalidInputException::new(format!("Invalid CallerArn: {text}")));
    let arn: PrincipalArn = text.parse().map_err(|_| invalid())?;
    let (account, directory) = (arn.account(), &passage.snapshot().directory);
    let is_own = account == passage.account();
    let role = directory.roles.get(account, arn.name()).filter(|_| is_own);
    let known = match &arn {
        PrincipalArn::User(..) => {
            let user =
                directory.users.get(account, arn.name()).filter(|user| is_own && user.arn() == *arn.arn());
            user.and_then(|user| directory.as_user(user))
        }
        PrincipalArn::Role(..) => role.and_then(|role| directory.as_role(role, SESSION, passage.now())),
        PrincipalArn::AssumedRole(..) => {
            let session = arn.session_name().unwrap_or(SESSION);
            role.and_then(|role| directory.as_role(role, session, passage.now()))
        }
        PrincipalArn::Root(..) | PrincipalArn::FederatedUser(..) => return Err(invalid()),
    };
    let supposed = || match &arn {
        PrincipalArn::User(..) => Principal::user(arn.clone(), None),
        _ => Principal::role_session(arn.clone(), arn.clone(), None),
    };
    Ok(known.unwrap_or_else(|| Caller {
        principal: Arc::new(supposed()),
        account,
        ..Caller::unsigned(Principal::anonymous())
    }))
}
