//! One question about one caller, with everything that has a say in the answer.

use super::{Caller, CallerKind, Key, Session, World};
use gatekey_policy::{
    Action, Attachment, ConditionKey, Context, ControlPolicies, Grant, GrantTerms, Kind, Mode, Policies,
    Policy, Request, Resource, UnknownKeys, Value, Values, key::KeyName,
};
use gatekey_types::{AccountId, Arn};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// May this caller do this to that, whatever the request carries?
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inquiry<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a Caller<'a>,
    pub(crate) action: &'a Action,
    pub(crate) on: On<'a>,
    /// Of `kms:CreateGrant` by a grant: what is asked for.
    pub(crate) new_grant: Option<&'a GrantTerms>,
    /// Of `kms:RetireGrant`: which.
    pub(crate) retiring: Option<&'a Grant>,
    /// What is supposed to be otherwise than it is.
    pub(crate) loosened: Loosened,
}

/// What is supposed to be looser than it is, for those who could change it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Loosened {
    /// The key may have any tags.
    pub(crate) tags: bool,
    /// The key may have any aliases.
    pub(crate) aliases: bool,
    /// The caller's identity policies allow everything beside what they say.
    pub(crate) identity: bool,
    /// The caller has no permissions boundary.
    pub(crate) boundary: bool,
    /// The key's policy allows everyone everything, and says nothing else.
    pub(crate) key_policy: bool,
}

/// What the question is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    /// A key.
    Key(&'a Key),
    /// No key, a user for instance or a managed policy; `None` is `*`.
    Other(Option<&'a Arn>, AccountId),
    /// A role that is to be assumed.
    Trust(&'a Arn, AccountId, Option<&'a Policy>),
}

impl On<'_> {
    /// The resource as policies name it.
    pub(crate) fn resource(&self) -> &str {
        match self {
            Self::Key(key) => key.arn.as_str(),
            Self::Other(arn, _) => arn.map_or("*", Arn::as_str),
            Self::Trust(arn, ..) => arn.as_str(),
        }
    }
}

impl<'a> Inquiry<'a> {
    pub(crate) fn on_key(world: &'a World, caller: &'a Caller<'a>, action: &'a Action, key: &'a Key) -> Self {
        Self {
            world,
            caller,
            action,
            on: On::Key(key),
            new_grant: None,
            retiring: None,
            loosened: Loosened::default(),
        }
    }

    /// Asks with this context.
    pub(crate) fn ask<R>(
        &self,
        context: &Context<'_>,
        ask: impl FnOnce(&Request<'_>, &Policies<'_>) -> R,
    ) -> R {
        let (mode, resource, owner) = match self.on {
            On::Key(key) => (Mode::Kms, Resource::Named(&key.arn), key.arn.account()),
            On::Other(arn, owner) => (Mode::Generic, arn.map_or(Resource::Any, Resource::Named), Some(owner)),
            On::Trust(arn, owner, _) => (Mode::Trust, Resource::Named(arn), Some(owner)),
        };
        let mut request = Request::new(mode, &self.caller.principal, self.action, resource, context);
        request.resource_account = owner;
        request.new_grant = self.new_grant;
        request.retiring = self.retiring;
        request.aws_managed_key = matches!(self.on, On::Key(key) if key.is_aws_managed);
        let widened: Vec<Attachment>;
        let mut policies = self.policies(owner);
        if self.loosened.identity {
            let all = policies.identity.iter().chain(super::callers::EVERYTHING.iter());
            widened = all.cloned().collect();
            policies.identity = &widened;
        }
        if self.loosened.boundary {
            policies.boundary = None;
        }
        if self.loosened.key_policy {
            policies.resource = Some(&OPEN_KEY);
        }
        ask(&request, &policies)
    }

    fn policies(&self, owner: Option<AccountId>) -> Policies<'_> {
        let management_account = self.world.management;
        let control = |levels| ControlPolicies { management_account, levels };
        let own = self.caller.account.and_then(|account| account.service_control.as_deref());
        let owner = owner.and_then(|owner| self.world.account(owner));
        let of_owner = owner.and_then(|account| account.resource_control.as_deref());
        let is_federated = matches!(self.caller.kind, CallerKind::FederatedUser);
        Policies {
            resource: match self.on {
                On::Key(key) => Some(&key.policy),
                On::Trust(_, _, trust) => trust,
                On::Other(..) => None,
            },
            identity: self.caller.identity(),
            boundary: self.caller.entity.and_then(|entity| entity.boundary.as_ref()),
            session: if is_federated { &super::callers::EVERYTHING } else { &[] },
            service_control: own.map(control),
            resource_control: of_owner.map(control),
            endpoint: None,
            grants: match self.on {
                On::Key(key) => Some(&key.grants),
                _ => None,
            },
            grant_tokens: &[],
        }
    }

    /// A context with all known that follows from the key and the caller, and all else open.
    pub(crate) fn open_context(&self) -> Context<'a> {
        let mut context = Context::new();
        context.set_unknown(UnknownKeys::Everything);
        self.set_known(&mut context);
        if matches!(self.on, On::Key(_)) {
            // What Gatekey does not know by name is in no request on a key.
            context.close(KeyName::Other);
        }
        self.set_caller(&mut context);
        self.close_foreign(&mut context);
        context
    }

    /// What every such request carries.
    pub(crate) fn set_known(&self, context: &mut Context<'a>) {
        if let On::Key(key) = self.on {
            set_key(key, context, self.loosened);
        }
        self.set_organizations(context);
    }

    fn set_organizations(&self, context: &mut Context<'a>) {
        let owner = match self.on {
            On::Key(key) => key.arn.account(),
            On::Other(_, owner) | On::Trust(_, owner, _) => Some(owner),
        };
        let owner = owner.and_then(|owner| self.world.account(owner)).and_then(|a| a.organization.as_ref());
        if let Some(organization) = owner {
            context
                .set(KeyName::AwsResourceOrgId, organization.id.as_str())
                .set_many(KeyName::AwsResourceOrgPaths, organization.paths.iter().map(String::as_str));
        }
        context.close(KeyName::AwsResourceOrgId).close(KeyName::AwsResourceOrgPaths);
        if self.caller.account.is_some() && self.caller.organization().is_none() {
            context.close(KeyName::AwsPrincipalOrgId).close(KeyName::AwsPrincipalOrgPaths);
        }
    }

    /// What is known and what is open of who the caller is.
    pub(crate) fn set_caller(&self, context: &mut Context<'a>) {
        let caller = self.caller;
        match caller.may_be_tagged() {
            true => context.set_unknown(UnknownKeys::Family(KeyName::AwsPrincipalTag)),
            false => context.close(KeyName::AwsPrincipalTag),
        };
        match caller.kind {
            CallerKind::Root | CallerKind::User => {
                context.close(KeyName::AwsFederatedProvider).close(KeyName::AwsSourceIdentity);
            }
            CallerKind::Outside | CallerKind::Anyone => {
                let open = [KeyName::AwsPrincipalOrgId, KeyName::AwsPrincipalOrgPaths, KeyName::AwsUserId];
                for name in open {
                    context.set_unknown(UnknownKeys::Key(name.into()));
                }
            }
            _ => {}
        }
        if caller.is_vague {
            for name in [KeyName::AwsPrincipalArn, KeyName::AwsUserName, KeyName::AwsUserId] {
                context.set_unknown(UnknownKeys::Key(name.into()));
            }
        }
        if caller.kind == CallerKind::Stranger {
            set_stranger(context);
        }
        if caller.kind == CallerKind::Anyone {
            let open = [
                KeyName::AwsPrincipalArn,
                KeyName::AwsPrincipalAccount,
                KeyName::KmsCallerAccount,
                KeyName::AwsPrincipalType,
                KeyName::AwsUserName,
            ];
            for name in open {
                context.set_unknown(UnknownKeys::Key(name.into()));
            }
        }
        if caller.session == Session::Any {
            context.set_unknown(UnknownKeys::Key(KeyName::AwsUserId.into()));
        }
    }

    /// Closes what a request of this caller or for this action never has.
    fn close_foreign(&self, context: &mut Context<'a>) {
        if self.caller.kind == CallerKind::Service {
            let of_others = [
                KeyName::AwsUserId,
                KeyName::KmsViaService,
                KeyName::AwsCalledVia,
                KeyName::AwsCalledViaFirst,
                KeyName::AwsCalledViaLast,
                KeyName::AwsPrincipalTag,
                KeyName::AwsSourceIdentity,
                KeyName::AwsFederatedProvider,
                KeyName::AwsTokenIssueTime,
                KeyName::AwsMultiFactorAuthAge,
                KeyName::AwsMultiFactorAuthPresent,
            ];
            for name in of_others {
                context.close(name);
            }
        } else {
            // Only a service that calls for itself says for which resource it does.
            let of_services = [
                KeyName::AwsSourceArn,
                KeyName::AwsSourceAccount,
                KeyName::AwsSourceOrgId,
                KeyName::AwsSourceOrgPaths,
            ];
            for name in of_services {
                context.close(name);
            }
            context.set_unknown(UnknownKeys::Key(KeyName::AwsViaAwsService.into()));
        }
        if let Action::Kms(action) = self.action {
            let carried: Vec<_> = action.facts().keys_in_request().collect();
            let of_tags = [KeyName::AwsRequestTag, KeyName::AwsTagKeys];
            for name in of_tags.into_iter().filter(|name| !carried.contains(name)) {
                context.close(name);
            }
        }
    }
}

fn set_key<'a>(key: &'a Key, context: &mut Context<'a>, loosened: Loosened) {
    context
        .set(KeyName::KmsKeyOrigin, key.origin.as_str())
        .set(KeyName::KmsKeySpec, key.spec.as_str())
        .set(KeyName::KmsCustomerMasterKeySpec, key.spec.as_str())
        .set(KeyName::KmsKeyUsage, key.usage.as_str())
        .set(KeyName::KmsCustomerMasterKeyUsage, key.usage.as_str())
        .set(KeyName::KmsMultiRegion, key.multi_region.is_some());
    match &key.multi_region {
        Some(kind) => context.set(KeyName::KmsMultiRegionKeyType, kind.as_str()),
        None => context.set_absent(KeyName::KmsMultiRegionKeyType),
    };
    if !loosened.aliases {
        set_aliases(key, context);
    }
    if !loosened.tags {
        let tags = key.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags).close(KeyName::AwsResourceTag);
    }
}

fn set_aliases<'a>(key: &'a Key, context: &mut Context<'a>) {
    let aliases = key.aliases.iter().map(|alias| Value::from(alias.as_str())).collect();
    context.put(KeyName::KmsResourceAliases.into(), Values::Many(aliases));
}

/// An address of which a policy has no reason to speak in particular.
const STRANGE_ADDRESS: &str = "198.51.100.77";

/// Nothing of what a policy could know a caller by.
fn set_stranger(context: &mut Context<'_>) {
    let closed = [
        KeyName::AwsPrincipalOrgId,
        KeyName::AwsPrincipalOrgPaths,
        KeyName::AwsPrincipalTag,
        KeyName::AwsSourceVpc,
        KeyName::AwsSourceVpce,
        KeyName::AwsVpcSourceIp,
        KeyName::AwsFederatedProvider,
        KeyName::AwsSourceIdentity,
    ];
    for name in closed {
        context.close(name);
    }
    context.set_absent(KeyName::AwsUserId).set(KeyName::AwsSourceIp, STRANGE_ADDRESS);
}

/// A key policy that lets everyone do everything.
static OPEN_KEY: LazyLock<Policy> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    Policy::read_stored(text, Kind::Key, BTreeMap::new())
});

/// Whether the key is one that follows from the caller, so that whoever is the caller cannot choose it.
pub(crate) fn is_of_caller(key: &ConditionKey<'_>) -> bool {
    matches!(
        key.name(),
        KeyName::AwsPrincipalArn
            | KeyName::AwsUserId
            | KeyName::AwsUserName
            | KeyName::AwsPrincipalTag
            | KeyName::AwsPrincipalType
    )
}
