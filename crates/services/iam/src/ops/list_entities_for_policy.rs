//! ListEntitiesForPolicy: the users, groups and roles of the account that a managed policy is attached to, or limits.
//!
//! AWS: `PolicyUsageFilter` tells in which of the two ways; without it both.

use crate::{
    names,
    page::Page,
    policy::{self, HolderOf},
    target::Target,
};
use gatekey_directory::{Header, ManagedPolicyRecord};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    EntityType, ListEntitiesForPolicyError, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse,
    PolicyGroup, PolicyRole, PolicyUsageType, PolicyUser, calls,
};
use std::collections::BTreeMap;

/// The handler.
pub(crate) struct ListEntitiesForPolicy;

impl Operation for ListEntitiesForPolicy {
    type Call = calls::ListEntitiesForPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListEntitiesForPolicyRequest,
    ) -> Result<Answered<ListEntitiesForPolicyResponse>, ListEntitiesForPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            Target::<ManagedPolicyRecord>::of_arn::<ListEntitiesForPolicyError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:ListEntitiesForPolicy", target.context())?;
        let view = target.view::<ListEntitiesForPolicyError>(passage)?;
        let (attached, limits) = (view.arn().to_string(), policy::boundary_target(view.arn()));
        let targets = match input.policy_usage_filter {
            None => vec![attached, limits],
            Some(PolicyUsageType::PermissionsPolicy) => vec![attached],
            Some(PolicyUsageType::PermissionsBoundary) => vec![limits],
        };
        let (directory, account) = (&passage.snapshot().directory, passage.account());
        let all = targets.iter().flat_map(|target| policy::holders(directory, account, target));
        let wanted: BTreeMap<String, HolderOf> =
            all.filter(|holder| is_wanted(holder, input)).map(|holder| (order(&holder), holder)).collect();
        let (marker, most) = (input.marker.as_ref(), input.max_items);
        let page = Page::take::<ListEntitiesForPolicyError>(wanted.into_values(), order, marker, most)?;
        Ok(passage.answer(&allowed, told(page)))
    }
}

fn kind_and_header(holder: &HolderOf) -> (EntityType, &Header) {
    match holder {
        HolderOf::Group(group) => (EntityType::Group, group.header()),
        HolderOf::User(user) => (EntityType::User, user.header()),
        HolderOf::Role(role) => (EntityType::Role, role.header()),
    }
}

fn is_wanted(holder: &HolderOf, input: &ListEntitiesForPolicyRequest) -> bool {
    let (kind, header) = kind_and_header(holder);
    input.entity_filter.is_none_or(|wanted| wanted == kind)
        && input.path_prefix.as_ref().is_none_or(|prefix| header.path.starts_with(prefix))
}

fn order(holder: &HolderOf) -> String {
    let (kind, header) = kind_and_header(holder);
    format!("{kind}/{}", header.name.to_ascii_lowercase())
}

fn told(page: Page<HolderOf>) -> ListEntitiesForPolicyResponse {
    let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for holder in &page.items {
        let (kind, header) = kind_and_header(holder);
        let (name, id) = (Some(header.name.clone()), Some(header.id.to_string()));
        match kind {
            EntityType::Group => groups.push(PolicyGroup { group_name: name, group_id: id }),
            EntityType::User => users.push(PolicyUser { user_name: name, user_id: id }),
            _ => roles.push(PolicyRole { role_name: name, role_id: id }),
        }
    }
    ListEntitiesForPolicyResponse {
        policy_groups: Some(groups),
        policy_users: Some(users),
        policy_roles: Some(roles),
        is_truncated: Some(page.marker.is_some()),
        marker: page.marker,
    }
}
