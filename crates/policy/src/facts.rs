//! Condition keys of a request: what was set, and what follows from the caller and the rest of the request.

use crate::action::{Action, KmsAction};
use crate::context::{Value, Values};
use crate::key::{ConditionKey, KeyName, same_name};
use crate::principal::{Credentials, Identity, Principal};
use crate::request::{Mode, Request, Resource};
use crate::template::Variable;
use crate::verdict::Layer;
use gatekey_types::{PrincipalArn, Timestamp};
use std::borrow::Cow;

/// What a request has under a key.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Seen<'a> {
    /// The key is absent.
    Absent,
    /// A single-valued key.
    One(Cow<'a, Value<'a>>),
    /// A multivalued key with at least one value.
    Many(Cow<'a, [Value<'a>]>),
    /// Several entries whose names differ in case only.
    Colliding(Vec<&'a Value<'a>>),
    /// It cannot be told.
    Unknown,
}

/// A request's keys as the policies of one layer see them.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) request: &'a Request<'a>,
    /// Whether a key policy asks: `kms:ResourceAliases` is for identity policies only.
    pub(crate) in_key_policy: bool,
}

impl<'a> Facts<'a> {
    /// As the policies of this layer see them.
    pub(crate) fn of_layer(request: &'a Request<'a>, layer: Layer) -> Self {
        Self { request, in_key_policy: layer == Layer::Resource && request.mode == Mode::Kms }
    }

    /// Looks a key up. What was set wins, then what whoever asks derives, then what was said to be unknown, then what follows from
    /// the request.
    pub(crate) fn look(&self, key: &ConditionKey<'_>) -> Seen<'a> {
        let context = self.request.context;
        if self.in_key_policy && key.name() == KeyName::KmsResourceAliases {
            return Seen::Absent;
        }
        if let Some(values) = context.set_values(key) {
            return self.collisions(key).unwrap_or_else(|| Seen::of(values));
        }
        if let Some(values) = self.request.derived.and_then(|derived| derived.derive(key.name())) {
            return Seen::own(values);
        }
        if context.is_unknown(key) {
            return Seen::Unknown;
        }
        match self.derived(key) {
            Seen::Absent if context.rest_is_unknown() && !self.is_known_to_be_absent(key.name()) => {
                Seen::Unknown
            }
            derived => derived,
        }
    }

    /// Looks a policy variable up: a multivalued key stands for nothing.
    pub(crate) fn variable(&self, key: &ConditionKey<'_>) -> Variable<'a> {
        match self.look(key) {
            Seen::One(Cow::Borrowed(value)) => Variable::Is(value.text()),
            Seen::One(Cow::Owned(value)) => Variable::Is(Cow::Owned(value.text().into_owned())),
            Seen::Unknown => Variable::Unknown,
            Seen::Absent | Seen::Many(_) | Seen::Colliding(_) => Variable::Absent,
        }
    }

    /// The names of tags and of an encryption context are distinct with case, those of condition keys are not.
    fn collisions(&self, key: &ConditionKey<'_>) -> Option<Seen<'a>> {
        // Other services' keys have families, too: `ssm:resourceTag/NAME`.
        let families =
            [KeyName::KmsEncryptionContext, KeyName::AwsResourceTag, KeyName::AwsRequestTag, KeyName::Other];
        if !families.contains(&key.name()) {
            return None;
        }
        let mut named = self.request.context.values_of(key);
        let (first, second) = (named.next()?, named.next()?);
        Some(Seen::Colliding([first, second].into_iter().chain(named).collect()))
    }

    fn derived(&self, key: &ConditionKey<'_>) -> Seen<'a> {
        match key.name() {
            KeyName::Other => Seen::Absent,
            KeyName::AwsCurrentTime => Seen::maybe(self.request.now.map(Value::Time)),
            KeyName::AwsEpochTime => Seen::maybe(self.request.now.map(|now| Value::Integer(now.seconds()))),
            KeyName::AwsViaAwsService => Seen::value(false),
            KeyName::AwsResourceAccount => {
                Seen::maybe(self.request.resource_account.map(|a| a.as_str().to_owned().into()))
            }
            KeyName::AwsRequestedRegion => Seen::maybe(self.region().map(Value::from)),
            KeyName::KmsCallerAccount if self.has_caller_account() => Seen::maybe(self.account()),
            name => self.of_credentials(name).unwrap_or_else(|| self.of_principal(name, key)),
        }
    }

    fn of_principal(&self, name: KeyName, key: &ConditionKey<'_>) -> Seen<'a> {
        let principal = self.request.principal;
        let organization = principal.organization.as_ref();
        match name {
            KeyName::AwsPrincipalType => Seen::maybe(principal_type(&principal.identity).map(Value::from)),
            KeyName::AwsAssumedRoot => assumed_root(principal),
            KeyName::AwsPrincipalArn => Seen::maybe(principal.condition_arn().map(arn_value)),
            KeyName::AwsPrincipalAccount => Seen::maybe(self.account()),
            KeyName::AwsUserId => Seen::maybe(user_id(&principal.identity).map(Value::Text)),
            KeyName::AwsUserName => Seen::maybe(user_name(&principal.identity).map(Value::from)),
            KeyName::AwsPrincipalIsAwsService => {
                Seen::value(matches!(principal.identity, Identity::Service { .. }))
            }
            KeyName::AwsPrincipalServiceName | KeyName::AwsPrincipalServiceNamesList => {
                service_names(&principal.identity, name)
            }
            KeyName::AwsPrincipalOrgId => Seen::maybe(organization.map(|o| o.id.as_str().into())),
            KeyName::AwsPrincipalOrgPaths => {
                Seen::list(organization.into_iter().flat_map(|o| &o.paths).map(|p| p.as_str().into()))
            }
            KeyName::AwsPrincipalTag => {
                let tag = principal.tags.iter().find(|(name, _)| same_name(name, key.rest()));
                Seen::maybe(tag.map(|(_, value)| value.as_str().into()))
            }
            KeyName::AwsFederatedProvider => {
                Seen::maybe(principal.federated_provider.as_deref().map(Value::from))
            }
            KeyName::AwsSourceIdentity => Seen::maybe(principal.source_identity.as_deref().map(Value::from)),
            _ => Seen::Absent,
        }
    }

    /// MFA keys are there with temporary credentials only, root's and users' access keys have none.
    fn of_credentials(&self, name: KeyName) -> Option<Seen<'a>> {
        let Credentials::Temporary { issued, mfa } = self.request.principal.credentials else { return None };
        let age =
            |since: Timestamp| self.request.now.map(|now| Value::Integer(now.millis_since(since) / 1000));
        match name {
            KeyName::AwsTokenIssueTime => Some(Seen::value(issued)),
            KeyName::AwsMultiFactorAuthPresent => {
                Some(Seen::value(inferred_second_factor_of_a_root_user(mfa)))
            }
            KeyName::AwsMultiFactorAuthAge => Some(Seen::maybe(mfa.and_then(age))),
            _ => None,
        }
    }

    fn account(&self) -> Option<Value<'a>> {
        let arn = self.request.principal.arn()?;
        Some(Value::from(arn.arn().account_text()))
    }

    fn region(&self) -> Option<&'a str> {
        match self.request.resource {
            Resource::Named(arn) if !arn.region().is_empty() => Some(arn.region()),
            _ => None,
        }
    }

    /// The documented lists give `kms:CallerAccount` to every action of KMS but four.
    fn has_caller_account(&self) -> bool {
        let without = [
            KmsAction::ListKeys,
            KmsAction::ListAliases,
            KmsAction::ListRetirableGrants,
            KmsAction::GenerateRandom,
        ];
        self.request.mode == Mode::Kms
            && !matches!(self.request.action, Action::Kms(action) if without.contains(action))
    }

    /// Keys that follow from the caller wholly: their absence is known even where everything else is unknown.
    fn is_known_to_be_absent(&self, name: KeyName) -> bool {
        let of_credentials = matches!(
            name,
            KeyName::AwsTokenIssueTime | KeyName::AwsMultiFactorAuthPresent | KeyName::AwsMultiFactorAuthAge
        );
        let of_identity = matches!(
            name,
            KeyName::AwsAssumedRoot
                | KeyName::AwsPrincipalType
                | KeyName::AwsPrincipalArn
                | KeyName::AwsPrincipalAccount
                | KeyName::AwsUserName
                | KeyName::AwsPrincipalServiceName
                | KeyName::AwsPrincipalServiceNamesList
        );
        let is_foreign = match (self.request.action, self.request.mode, name) {
            (Action::Kms(action), Mode::Kms, _) => is_of_kms(name) && !carries(*action, name),
            _ => false,
        };
        of_identity
            || is_foreign
            || self.request.context.is_closed(name)
            || (of_credentials && self.request.principal.credentials == Credentials::LongTerm)
    }
}

/// Temporary credentials say whether a second factor was given. Documented for users; of root users it is taken to be so.
fn inferred_second_factor_of_a_root_user(given: Option<Timestamp>) -> bool {
    given.is_some()
}

/// Whether the key is one of KMS's own.
fn is_of_kms(name: KeyName) -> bool {
    name.facts().is_some_and(|facts| facts.text.starts_with("kms:"))
}

fn carries(action: KmsAction, name: KeyName) -> bool {
    // These two are old names of KeySpec and KeyUsage; the lists of actions leave them out.
    let old = matches!(name, KeyName::KmsCustomerMasterKeySpec | KeyName::KmsCustomerMasterKeyUsage);
    old || action.facts().keys_in_request().any(|key| key == name)
}

impl<'a> Seen<'a> {
    fn of(values: &'a Values<'a>) -> Self {
        match values {
            Values::One(value) => Self::One(Cow::Borrowed(value)),
            Values::Many(values) if !values.is_empty() => Self::Many(Cow::Borrowed(values)),
            Values::Many(_) | Values::Absent => Self::Absent,
        }
    }

    fn own(values: Values<'a>) -> Self {
        match values {
            Values::One(value) => Self::One(Cow::Owned(value)),
            Values::Many(values) if !values.is_empty() => Self::Many(Cow::Owned(values)),
            Values::Many(_) | Values::Absent => Self::Absent,
        }
    }

    fn value(value: impl Into<Value<'a>>) -> Self {
        Self::One(Cow::Owned(value.into()))
    }

    fn maybe(value: Option<Value<'a>>) -> Self {
        value.map_or(Self::Absent, |value| Self::One(Cow::Owned(value)))
    }

    fn list(values: impl Iterator<Item = Value<'a>>) -> Self {
        let values: Vec<_> = values.collect();
        if values.is_empty() { Self::Absent } else { Self::Many(Cow::Owned(values)) }
    }

    /// For traces: the values as text; nothing if the key is absent or unknown.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::Absent | Self::Unknown => Vec::new(),
            Self::One(value) => vec![value.text().into_owned()],
            Self::Many(values) => values.iter().map(|value| value.text().into_owned()).collect(),
            Self::Colliding(values) => values.iter().map(|value| value.text().into_owned()).collect(),
        }
    }
}

fn arn_value(arn: &PrincipalArn) -> Value<'_> {
    Value::from(arn.arn().as_str())
}

/// `aws:AssumedRoot`: there, and true, for the root sessions of AssumeRoot; absent for everybody else.
fn assumed_root(principal: &Principal) -> Seen<'_> {
    Seen::maybe((principal.root_task.is_some() && principal.is_root()).then(|| true.into()))
}

/// `aws:PrincipalType`. For services it is not documented, so it is absent.
fn principal_type(identity: &Identity) -> Option<&'static str> {
    match identity {
        Identity::Root { .. } => Some("Account"),
        Identity::User { .. } => Some("User"),
        Identity::RoleSession { .. } => Some("AssumedRole"),
        Identity::FederatedUser { .. } => Some("FederatedUser"),
        Identity::Service { .. } => None,
        Identity::Unsigned { .. } => Some("Anonymous"),
    }
}

fn user_id(identity: &Identity) -> Option<Cow<'_, str>> {
    match identity {
        Identity::Root { arn } => Some(arn.arn().account_text().into()),
        Identity::User { id, .. } => id.as_ref().map(|id| id.as_str().into()),
        Identity::RoleSession { session, role_id, .. } => {
            let (id, name) = (role_id.as_ref()?, session.session_name()?);
            Some(format!("{id}:{name}").into())
        }
        Identity::FederatedUser { arn, .. } => Some(format!("{}:{}", arn.account(), arn.name()).into()),
        Identity::Service { .. } => None,
        Identity::Unsigned { .. } => Some("anonymous".into()),
    }
}

fn user_name(identity: &Identity) -> Option<&str> {
    match identity {
        Identity::User { arn, .. } => Some(arn.name()),
        _ => None,
    }
}

fn service_names(identity: &Identity, key: KeyName) -> Seen<'_> {
    match (identity, key) {
        (Identity::Service { name, .. }, KeyName::AwsPrincipalServiceName) => Seen::value(name.as_str()),
        (Identity::Service { names, .. }, _) => Seen::list(names.iter().map(|name| name.as_str().into())),
        _ => Seen::Absent,
    }
}
