//! Who signs in: a user, or the account's root user. Access keys, passwords and second factors belong to either.

use crate::{fault::invalid, target::Target};
use gatekey_directory::{LoginProfile, MfaOwner, Owner, Settings, User, UserRecord};
use gatekey_gate::{Allowed, On, Passage};
use gatekey_model::{CommonError, iam::NoSuchEntityException};
use gatekey_policy::{Context, Identity};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, Partition};
use std::sync::Arc;

/// Whom a request is about, before it is known whether that one exists.
pub(crate) enum Asked {
    /// The caller, who is the root user.
    Root(AccountId, Arn),
    /// A user.
    User(Target<UserRecord>),
}

/// Somebody who exists.
pub(crate) enum Person {
    /// The root user.
    Root(AccountId, Arc<Settings>),
    /// A user.
    User(Arc<User>),
}

impl Asked {
    /// The user that a request names, or the caller where it names none. The root user may name itself by its account's
    /// number, where a name must be given.
    ///
    /// # Errors
    /// ValidationError: a session that names nobody.
    pub(crate) fn of<E: From<CommonError>>(
        passage: &mut Passage<'_>,
        named: Option<&String>,
    ) -> Result<Self, E> {
        let account = passage.account();
        let is_self = |name: &String| name == account.as_str();
        if passage.caller().principal.is_root() && named.is_none_or(is_self) {
            let arn = Arn::of_parts(Partition::Aws, "iam", "", account, &"root");
            passage.draft().touch_resource("AWS::IAM::User", account, &arn);
            return Ok(Self::Root(account, arn));
        }
        let name = match (named, &passage.caller().principal.identity) {
            (Some(name), _) => name.clone(),
            (None, Identity::User { arn, .. }) => arn.name().to_owned(),
            (None, _) => return Err(invalid("Must specify userName when calling with non-User credentials")),
        };
        Ok(Self::User(Target::named(passage, &name)))
    }

    /// May the caller do this?
    ///
    /// # Errors
    /// Access is denied.
    pub(crate) fn authorize(&self, passage: &mut Passage<'_>, action: &str) -> Result<Allowed, CommonError> {
        match self {
            Self::Root(_, arn) => {
                passage.authorize_other(action, On::resource(arn), Context::new()).map_err(CommonError::from)
            }
            Self::User(user) => user.authorize(passage, action, user.context()),
        }
    }

    /// The person, after the request was allowed.
    ///
    /// # Errors
    /// NoSuchEntity.
    pub(crate) fn found<E: From<NoSuchEntityException>>(&self, passage: &Passage<'_>) -> Result<Person, E> {
        match self {
            Self::Root(account, _) => {
                Ok(Person::Root(*account, passage.snapshot().directory.settings(*account)))
            }
            Self::User(user) => user.found().cloned().map(Person::User),
        }
    }
}

impl Person {
    /// The user's name; the root user has none.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Root(..) => None,
            Self::User(user) => Some(user.name().to_owned()),
        }
    }

    /// By what access keys and throttles know it: a user's unique id, the root user's account.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Root(account, _) => account.to_string(),
            Self::User(user) => user.id().to_string(),
        }
    }

    /// As the owner of access keys.
    pub(crate) fn owner(&self) -> Owner {
        match self {
            Self::Root(account, _) => Owner::Root(*account),
            Self::User(user) => Owner::User(user.account, user.id().clone()),
        }
    }

    /// As the owner of MFA devices.
    pub(crate) fn mfa_owner(&self) -> MfaOwner {
        match self {
            Self::Root(..) => MfaOwner::Root,
            Self::User(user) => MfaOwner::User(user.id().clone()),
        }
    }

    /// Written beside whatever belongs to it, so that it is not deleted meanwhile, and that limits hold.
    pub(crate) fn touch(&self) -> Edit {
        match self {
            Self::Root(account, settings) => settings.update(*account, &settings.record),
            Self::User(user) => user.touch(),
        }
    }

    /// Its password.
    pub(crate) fn login(&self) -> Option<&LoginProfile> {
        match self {
            Self::Root(_, settings) => settings.record.root_login.as_ref(),
            Self::User(user) => user.record.login.as_ref(),
        }
    }

    /// Sets or takes its password.
    pub(crate) fn with_login(&self, login: Option<LoginProfile>) -> Edit {
        match self {
            Self::Root(account, settings) => {
                let mut record = settings.record.clone();
                record.root_login = login;
                settings.update(*account, &record)
            }
            Self::User(user) => user.update(&UserRecord { login, ..user.record.clone() }),
        }
    }

    /// Its password, where there must be one.
    ///
    /// # Errors
    /// NoSuchEntity.
    pub(crate) fn must_have_login<E: From<NoSuchEntityException>>(&self) -> Result<&LoginProfile, E> {
        self.login().ok_or_else(|| {
            let name = self.name().unwrap_or_else(|| self.key());
            NoSuchEntityException::new(format!("Login Profile for User {name} cannot be found.")).into()
        })
    }
}
