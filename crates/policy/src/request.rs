//! The question, and everything that has a say in the answer.

use crate::{Action, ConditionKey, Context, Grant, GrantTerms, Grants, KeyName, Policy, Principal, Values};
use gatekey_types::{AccountId, Arn, GrantId, Timestamp};
use std::{fmt, sync::Arc};

/// Which rule combines the layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A key of KMS: the key policy must allow, alone or by delegating to identity policies; or a grant does.
    Kms,
    /// Any other resource: within one account the resource's policy or an identity policy suffices.
    Generic,
    /// Assuming a role: as for a key, the role's trust policy must allow. There are no grants.
    Trust,
}

/// What a request acts on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resource<'a> {
    /// Actions without a resource: `*`.
    Any,
    /// This resource.
    Named(&'a Arn),
}

impl<'a> Resource<'a> {
    /// The ARN, or `*`.
    pub fn text(self) -> &'a str {
        match self {
            Self::Any => "*",
            Self::Named(arn) => arn.as_str(),
        }
    }
}

/// Condition keys that follow from what whoever asks knows beside the question: how a request came, what its resource is. Most of
/// them no policy looks at, so each is worked out where one does.
pub trait Derive: fmt::Debug {
    /// What there is under the key of this name; `None` if nothing follows about it. Keys of a family, `aws:ResourceTag/NAME` for
    /// instance, are for the [`Context`].
    fn derive(&self, name: KeyName) -> Option<Values<'_>>;
}

/// One question: may this principal do this to that?
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Which rule decides.
    pub mode: Mode,
    /// Who asks.
    pub principal: &'a Principal,
    /// To do what. Operations that need two or three checks ask once for each: [`checks_for`](crate::checks_for).
    pub action: &'a Action,
    /// On what.
    pub resource: Resource<'a>,
    /// The account that the resource belongs to. `None` is the caller's own, and leaves `aws:ResourceAccount` absent.
    pub resource_account: Option<AccountId>,
    /// What else the request carries.
    pub context: &'a Context<'a>,
    /// What follows beside that. What the context sets wins.
    pub derived: Option<&'a dyn Derive>,
    /// The present moment: `aws:CurrentTime`, `aws:EpochTime` and `aws:MultiFactorAuthAge`. `None` leaves them absent.
    pub now: Option<Timestamp>,
    /// Whether the key is one that AWS manages: no RCP binds it.
    pub aws_managed_key: bool,
    /// Whether the operator lets root users in who are locked out of their account's keys. It is not AWS behaviour.
    pub root_rescue: bool,
    /// For `kms:RetireGrant`: the grant to retire.
    pub retiring: Option<&'a Grant>,
    /// For `kms:CreateGrant`: what is asked for. A caller whose right comes from a grant can give no more than that has.
    pub new_grant: Option<&'a GrantTerms>,
}

impl<'a> Request<'a> {
    /// A question about a resource of the account that its ARN names (or of the caller's, where it names none).
    pub fn new(
        mode: Mode,
        principal: &'a Principal,
        action: &'a Action,
        resource: Resource<'a>,
        context: &'a Context<'a>,
    ) -> Self {
        let resource_account = match resource {
            Resource::Any => None,
            Resource::Named(arn) => arn.account(),
        };
        Self {
            mode,
            principal,
            action,
            resource,
            resource_account,
            context,
            derived: None,
            now: None,
            aws_managed_key: false,
            root_rescue: false,
            retiring: None,
            new_grant: None,
        }
    }

    /// The condition keys that whoever asks gave, one way or the other: those that are set, in the order of setting, and those
    /// that follow.
    pub fn keys(&self) -> impl Iterator<Item = (ConditionKey<'a>, Values<'a>)> {
        let set = self.context.entries().map(|(key, values)| (key.clone(), values.clone()));
        let (context, derived) = (self.context, self.derived);
        let follow = KeyName::all().filter_map(move |facts| {
            let key = ConditionKey::from(facts.name);
            let values = derived?.derive(facts.name)?;
            context.set_values(&key).is_none().then_some((key, values))
        });
        set.chain(follow)
    }
}

/// A policy together with what it is attached as. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The policy.
    pub policy: Arc<Policy>,
    /// How it is named to people: the name of an inline policy, the ARN of a managed one.
    pub name: Arc<str>,
    /// Whether it is a managed policy, so that `name` is its ARN. Denials by a managed policy name it.
    pub managed: bool,
}

impl Attachment {
    /// A policy that is embedded in its principal.
    pub fn inline(name: impl Into<Arc<str>>, policy: Arc<Policy>) -> Self {
        Self { policy, name: name.into(), managed: false }
    }

    /// A managed policy.
    pub fn managed(arn: &Arn, policy: Arc<Policy>) -> Self {
        Self { policy, name: arn.as_str().into(), managed: true }
    }
}

/// The control policies of one level of an organization: its root, an organizational unit, or the account.
pub type Level = Arc<[Attachment]>;

/// The control policies that bind an account of an organization. Each level must allow; a level without policies allows
/// nothing.
#[derive(Clone, Copy, Debug)]
pub struct ControlPolicies<'a> {
    /// The organization's management account: its principals are bound by no SCP, its resources by no RCP.
    pub management_account: Option<AccountId>,
    /// Root first.
    pub levels: &'a [Level],
}

/// Every policy that has a say. `None` says that there is no such policy: it limits nothing, and allows nothing.
#[derive(Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The resource's own policy: the key policy, the trust policy, a secret's policy.
    pub resource: Option<&'a Policy>,
    /// The caller's identity policies, those of its groups included. Of a federated user the parent's.
    pub identity: &'a [Attachment],
    /// The permissions boundary of the user or role.
    pub boundary: Option<&'a Attachment>,
    /// The policies passed when the session was made; several together allow what any of them allows. Empty is none passed.
    pub session: &'a [Attachment],
    /// The service control policies of the caller's account; `None` outside an organization.
    pub service_control: Option<ControlPolicies<'a>>,
    /// The resource control policies of the resource's account; `None` outside an organization.
    pub resource_control: Option<ControlPolicies<'a>>,
    /// The policy of the VPC endpoint that the request came through.
    pub endpoint: Option<&'a Attachment>,
    /// The grants of the key.
    pub grants: Option<&'a dyn Grants>,
    /// The grants whose tokens the request presents.
    pub grant_tokens: &'a [GrantId],
}
