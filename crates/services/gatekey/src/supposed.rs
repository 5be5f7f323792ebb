//! Changes that a forecast supposes: from the request's shape to the change of the analyses.

use crate::{policy, principal, world};
use gatekey_analysis::change::{Change, Control};
use gatekey_directory::{ControlKind, ControlPolicyRecord, policy_arn};
use gatekey_gate::Passage;
use gatekey_model::gatekey::{
    ForecastChangeError as Fault, ForecastChangeRequest, InvalidQuestionException, NotFoundException,
    SupposedAttachment, SupposedBoundary, SupposedChange, SupposedInlinePolicy, SupposedKey,
    SupposedKeyPolicy, SupposedPolicy,
};
use gatekey_policy::{Attachment, Kind, Pins, Policy};
use gatekey_types::{AccountId, Arn, PrincipalArn};
use std::sync::Arc;

/// What a question may be about.
pub(crate) const WHAT: &str = "Say one change: KeyId and Policy, Policy alone, DeletePrincipal, DetachPolicyArn and \
    DetachFrom, or one member of Change.";

/// The one change of a request, whether `Change` or the older members say it; nothing where it is not one.
pub(crate) fn of(input: &ForecastChangeRequest) -> Option<SupposedChange> {
    let none = SupposedChange::default;
    let ForecastChangeRequest { key_id, policy, delete_principal, detach_policy_arn, detach_from, change } =
        input.clone();
    let change = match (key_id, policy, delete_principal, detach_policy_arn, detach_from, change) {
        (Some(key_id), Some(policy), None, None, None, None) => {
            SupposedChange { put_key_policy: Some(SupposedKeyPolicy { key_id, policy }), ..none() }
        }
        (None, Some(policy), None, None, None, None) => {
            SupposedChange { create_key: Some(SupposedKey { policy, r#as: None }), ..none() }
        }
        (None, None, delete_principal @ Some(_), None, None, None) => {
            SupposedChange { delete_principal, ..none() }
        }
        (None, None, None, Some(policy), Some(target), None) => {
            SupposedChange { detach_policy: Some(SupposedAttachment { policy, target }), ..none() }
        }
        (None, None, None, None, None, Some(change)) => change,
        _ => return None,
    };
    (count(&change) == 1).then_some(change)
}

fn count(change: &SupposedChange) -> usize {
    let SupposedChange {
        put_key_policy,
        create_key,
        delete_principal,
        attach_policy,
        detach_policy,
        change_policy,
        change_inline_policy,
        change_boundary,
    } = change;
    let there = [
        put_key_policy.is_some(),
        create_key.is_some(),
        delete_principal.is_some(),
        attach_policy.is_some(),
        detach_policy.is_some(),
        change_policy.is_some(),
        change_inline_policy.is_some(),
        change_boundary.is_some(),
    ];
    there.into_iter().filter(|is_there| *is_there).count()
}

/// The change of identities or of control policies that is supposed.
///
/// # Errors
/// InvalidQuestion or NotFound, which name what is wrong or missing.
pub(crate) fn read(passage: &mut Passage<'_>, supposed: &SupposedChange) -> Result<Change, Fault> {
    match supposed {
        SupposedChange { delete_principal: Some(who), .. } => {
            user_or_role(passage, who).map(Change::Deletion)
        }
        SupposedChange { attach_policy: Some(supposed), .. } => attached(passage, supposed),
        SupposedChange { detach_policy: Some(supposed), .. } => detached(passage, supposed),
        SupposedChange { change_policy: Some(supposed), .. } => changed(passage, supposed),
        SupposedChange { change_inline_policy: Some(supposed), .. } => inline(passage, supposed),
        SupposedChange { change_boundary: Some(supposed), .. } => boundary(passage, supposed),
        _ => Err(wrong(WHAT)),
    }
}

fn attached(passage: &Passage<'_>, supposed: &SupposedAttachment) -> Result<Change, Fault> {
    if !is_control(&supposed.policy) {
        let (to, policy) = (holder(passage, &supposed.target)?, managed(passage, &supposed.policy)?);
        return Ok(Change::Attached { to, policy });
    }
    let Controlled { control, policy, .. } = controlled(passage, &supposed.policy)?;
    Ok(Change::Bound { control, target: target(passage, &supposed.target)?, policy })
}

fn detached(passage: &Passage<'_>, supposed: &SupposedAttachment) -> Result<Change, Fault> {
    if !is_control(&supposed.policy) {
        let from = holder(passage, &supposed.target)?;
        return Ok(Change::Detached { from, policy: supposed.policy.clone() });
    }
    let Controlled { control, policy, record } = controlled(passage, &supposed.policy)?;
    let target = target(passage, &supposed.target)?;
    if !record.targets.contains(&target) {
        return Err(missing(format!("'{}' is not on '{target}'.", supposed.policy)));
    }
    Ok(Change::Unbound { control, target, policy: policy.name.to_string() })
}

/// A managed policy, or a control policy, says something else.
fn changed(passage: &mut Passage<'_>, supposed: &SupposedPolicy) -> Result<Change, Fault> {
    let (name, document, version) =
        (&supposed.policy, supposed.document.as_deref(), supposed.version_id.as_deref());
    if is_control(name) {
        let Controlled { policy, record, .. } = controlled(passage, name)?;
        let text = document.filter(|_| version.is_none());
        let text = text.ok_or_else(|| wrong("Of a control policy, say Document: it has no versions."))?;
        let new = policy::read_as::<Fault>(passage, "Document", text, kind_of(record.kind))?;
        return Ok(Change::Control(Attachment { policy: new, ..policy }));
    }
    let old = managed(passage, name)?;
    let arn: Option<Arn> = name.parse().ok();
    let owned = arn.filter(|arn| arn.account() == Some(passage.account()));
    let owned = owned.ok_or_else(|| wrong(format!("'{name}' is AWS's own, which nobody here changes.")))?;
    let new = match (document, version) {
        (Some(text), None) => policy::read_as::<Fault>(passage, "Document", text, Kind::Identity)?,
        (None, Some(version)) => version_of(passage, &owned, version)?,
        _ => return Err(wrong("Of a managed policy, say Document or VersionId.")),
    };
    Ok(Change::Managed(Attachment { policy: new, ..old }))
}

fn version_of(passage: &Passage<'_>, arn: &Arn, version: &str) -> Result<Arc<Policy>, Fault> {
    let held = passage.snapshot().directory.managed_policy(arn);
    let number: Option<u32> = version.strip_prefix('v').and_then(|number| number.parse().ok());
    let found = held.and_then(|policy| policy.record.versions.get(&number?));
    let found = found.ok_or_else(|| missing(format!("'{arn}' has no version '{version}'.")))?;
    Ok(Arc::new(Policy::read_stored(&found.document, Kind::Identity, Pins::new())))
}

fn inline(passage: &mut Passage<'_>, supposed: &SupposedInlinePolicy) -> Result<Change, Fault> {
    let of = holder(passage, &supposed.holder)?;
    let policy = match &supposed.document {
        Some(text) => Some(policy::read_as::<Fault>(passage, "Document", text, Kind::Identity)?),
        None => None,
    };
    Ok(Change::Inline { of, name: supposed.policy_name.clone(), policy })
}

fn boundary(passage: &Passage<'_>, supposed: &SupposedBoundary) -> Result<Change, Fault> {
    let of = user_or_role(passage, &supposed.principal)?;
    let boundary = supposed.policy.as_deref().map(|policy| managed(passage, policy)).transpose()?;
    Ok(Change::Boundary { of, boundary })
}

/// The user or role of this ARN; a root user cannot be deleted, and a session is none to delete.
fn user_or_role(passage: &Passage<'_>, text: &str) -> Result<PrincipalArn, Fault> {
    principal::named::<Fault>(passage, text)?;
    match text.parse() {
        Ok(arn @ (PrincipalArn::User(..) | PrincipalArn::Role(..))) => Ok(arn),
        _ => Err(wrong(format!("'{text}' is not the ARN of a user or a role."))),
    }
}

/// The user, group or role of this ARN.
fn holder(passage: &Passage<'_>, text: &str) -> Result<Arn, Fault> {
    let arn: Option<Arn> = text.parse().ok();
    let Some(group) = arn.filter(|arn| arn.service() == "iam" && arn.resource().starts_with("group/")) else {
        return user_or_role(passage, text).map(|arn| arn.arn().clone());
    };
    let name = group.resource().rsplit('/').next().unwrap_or_default();
    let found = passage.snapshot().directory.groups.get(passage.account(), name);
    let is_it = found.is_some_and(|found| found.arn() == group);
    is_it
        .then_some(group)
        .ok_or_else(|| missing(format!("There is no group '{text}' in account {}.", passage.account())))
}

/// A managed policy, of the account or of AWS.
fn managed(passage: &Passage<'_>, text: &str) -> Result<Attachment, Fault> {
    let arn: Arn = text.parse().map_err(|_| wrong(format!("'{text}' is not the ARN of a policy.")))?;
    let is_known = arn.account().is_none_or(|account| account == passage.account());
    let found = passage.snapshot().directory.attachment(&arn).filter(|_| is_known);
    found.ok_or_else(|| missing(format!("There is no managed policy '{text}'.")))
}

/// Whether a text names a control policy: by its id, or by its ARN.
fn is_control(text: &str) -> bool {
    text.starts_with("p-") || text.contains(":organizations:")
}

/// A control policy as it is.
struct Controlled {
    control: Control,
    policy: Attachment,
    record: ControlPolicyRecord,
}

/// The organization that the caller's account manages.
fn organization<'p>(passage: &'p Passage<'_>) -> Result<(&'p str, AccountId, &'p str), Fault> {
    let own = passage.account();
    let found = passage.snapshot().directory.organizations.of(own);
    let found = found.filter(|(_, kept)| kept.record.management == own);
    let (id, kept) = found.ok_or_else(|| missing(format!("Account {own} manages no organization.")))?;
    Ok((id, own, &kept.record.root))
}

fn controlled(passage: &Passage<'_>, text: &str) -> Result<Controlled, Fault> {
    let (id, management, _) = organization(passage)?;
    let organizations = &passage.snapshot().directory.organizations;
    let name = text.rsplit('/').next().unwrap_or_default();
    let found = organizations.policy(id, name);
    let record = &found.ok_or_else(|| missing(format!("There is no control policy '{text}'.")))?.record;
    let is_enabled =
        organizations.get(id).is_some_and(|kept| kept.record.policy_types.contains(&record.kind));
    if !is_enabled {
        let kind = record.kind.api_name();
        return Err(wrong(format!("Policies of the type {kind} are not enabled: '{text}' binds nobody.")));
    }
    let arn = policy_arn(id, Some(management), name, record);
    let policy = Policy::read_stored(&record.document, kind_of(record.kind), Pins::new());
    let control = match record.kind {
        ControlKind::ServiceControl => Control::Service,
        ControlKind::ResourceControl => Control::Resource,
    };
    Ok(Controlled { control, policy: Attachment::managed(&arn, Arc::new(policy)), record: record.clone() })
}

fn kind_of(kind: ControlKind) -> Kind {
    match kind {
        ControlKind::ServiceControl => Kind::ServiceControl,
        ControlKind::ResourceControl => Kind::ResourceControl,
    }
}

/// The root, a unit or an account of the organization.
fn target(passage: &Passage<'_>, text: &str) -> Result<String, Fault> {
    let (id, _, root) = organization(passage)?;
    let organizations = &passage.snapshot().directory.organizations;
    let of_account = || {
        let member = text.parse().ok().and_then(|account| organizations.member(account));
        member.is_some_and(|kept| kept.record.organization == id)
    };
    let is_there = text == root || organizations.unit(id, text).is_some() || of_account();
    is_there
        .then(|| text.to_owned())
        .ok_or_else(|| missing(format!("The organization has no root, unit or account '{text}'.")))
}

/// The accounts whose keys a change can concern.
pub(crate) fn accounts(passage: &Passage<'_>, change: &Change) -> Vec<AccountId> {
    match change {
        Change::Bound { .. } | Change::Unbound { .. } | Change::Control(_) => world::known(passage),
        _ => vec![passage.account()],
    }
}

pub(crate) fn wrong(text: impl Into<String>) -> Fault {
    InvalidQuestionException::new(text).into()
}

pub(crate) fn missing(text: impl Into<String>) -> Fault {
    NotFoundException::new(text).into()
}
