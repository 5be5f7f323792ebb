//! Who may come in: first the caller's own policies decide, then what Organizations grants the caller's account.

use crate::{
    delegation,
    fault::not_permitted,
    org::Org,
    resource::{Resource, arn_of, kind_of},
    tag,
};
use gatekey_directory::Tags;
use gatekey_gate::{Allowed, Denied, On, Passage};
use gatekey_model::{
    CommonError,
    organizations::{AWSOrganizationsNotInUseException, AccessDeniedException},
};
use gatekey_policy::{Context, KeyName, Policy};
use gatekey_types::AccountId;

/// Whose accounts may call an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// The management account's alone.
    Management,
    /// The management account's, and accounts that the organization's resource policy names.
    Delegates,
    /// Those, and every delegated administrator: they may read.
    Readers,
    /// Every member's.
    Members,
}

/// A caller who was let in.
pub(crate) struct Entry {
    pub(crate) allowed: Allowed,
    pub(crate) org: Org,
}

/// What a request is about to do.
pub(crate) struct Asked<'a> {
    /// `organizations:AttachPolicy`
    pub(crate) action: &'a str,
    /// Whose accounts may.
    pub(crate) who: Who,
    /// The ids of what it is done to; none for the organization as a whole.
    pub(crate) about: &'a [&'a str],
    /// What the request alone tells.
    pub(crate) context: Context<'a>,
}

/// Asks the gate.
///
/// # Errors
/// AccessDeniedException, or AWSOrganizationsNotInUseException to those whose own policies would have let them.
pub(crate) fn enter<E>(passage: &mut Passage<'_>, asked: &Asked<'_>) -> Result<Entry, E>
where
    E: From<CommonError> + From<AccessDeniedException> + From<AWSOrganizationsNotInUseException>,
{
    let account = passage.account();
    let Some(org) = Org::of(passage) else {
        let on = On { owner: Some(account), ..On::default() };
        passage.authorize_other(asked.action, on, asked.context.clone()).map_err(CommonError::from)?;
        let text = "Your account is not a member of an organization.";
        return Err(AWSOrganizationsNotInUseException::new(text).into());
    };
    if may(&org, account, asked.who) {
        let allowed = authorize(passage, &org, asked, None).map_err(CommonError::from)?;
        return Ok(Entry { allowed, org });
    }
    let delegation = org.record().resource_policy.as_ref().filter(|_| asked.who != Who::Management);
    let Some(policy) = delegation.map(delegation::compiled) else {
        authorize(passage, &org, asked, None).map_err(CommonError::from)?;
        return Err(not_permitted());
    };
    // One question, as about the management account's: nothing of it is told to a member that is refused.
    let allowed = authorize(passage, &org, asked, Some(&policy)).map_err(|_| not_permitted::<E>())?;
    Ok(Entry { allowed, org })
}

/// The same for what is made with tags: they need `organizations:TagResource` too.
///
/// # Errors
/// As [`enter`].
pub(crate) fn enter_with_tags<'a, E>(
    passage: &mut Passage<'_>,
    mut asked: Asked<'a>,
    tags: &'a Tags,
) -> Result<Entry, E>
where
    E: From<CommonError> + From<AccessDeniedException> + From<AWSOrganizationsNotInUseException>,
{
    let mut context = asked.context;
    tag::set_request_tags(&mut context, tags);
    asked.context = context.clone();
    let entry = enter::<E>(passage, &asked)?;
    if !tags.is_empty() {
        enter::<E>(passage, &Asked { action: "organizations:TagResource", about: &[], context, ..asked })?;
    }
    Ok(entry)
}

/// Whether Organizations grants this to the account as such.
fn may(org: &Org, account: AccountId, who: Who) -> bool {
    let is_management = account == org.management();
    let is_administrator = org.record().delegated.contains_key(&account);
    match who {
        Who::Members => true,
        Who::Readers => is_management || is_administrator,
        Who::Management | Who::Delegates => is_management,
    }
}

/// Without a resource policy the caller's own policies decide, as about something of its own; with one both must allow,
/// as about something of the management account's.
fn authorize(
    passage: &mut Passage<'_>,
    org: &Org,
    asked: &Asked<'_>,
    policy: Option<&Policy>,
) -> Result<Allowed, Denied> {
    let owner = Some(if policy.is_some() { org.management() } else { passage.account() });
    let Some((last, before)) = asked.about.split_last() else {
        let on = On { owner, policy, ..On::default() };
        return passage.authorize_other(asked.action, on, asked.context.clone());
    };
    for id in before {
        authorize_one(passage, org, asked, id, On { owner, policy, ..On::default() })?;
    }
    authorize_one(passage, org, asked, last, On { owner, policy, ..On::default() })
}

fn authorize_one(
    passage: &mut Passage<'_>,
    org: &Org,
    asked: &Asked<'_>,
    id: &str,
    on: On<'_>,
) -> Result<Allowed, Denied> {
    let sees = on.policy.is_some() || may(org, passage.account(), asked.who);
    let (found, arn) = (Resource::find(org, id).filter(|_| sees), arn_of(org, id));
    passage.draft().touch_resource(kind_of(id), org.management(), &arn);
    let mut context = asked.context.clone();
    if let Some(resource) = &found {
        let tags = resource.tags(org).iter().map(|(key, value)| (key.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags);
        if let Resource::Policy(_, policy) = resource {
            context.set("organizations:PolicyType", policy.record.kind.api_name());
        }
    }
    passage.authorize_other(asked.action, On { arn: Some(&arn), ..on }, context)
}
