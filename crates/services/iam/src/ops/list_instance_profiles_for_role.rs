//! ListInstanceProfilesForRole: the instance profiles that a role is in.
//!
//! AWS: it is decided on the role.

use crate::{names, page::Page, profile, target::Target};
use gatekey_directory::{EntityRecord, InstanceProfileRecord, RoleRecord};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListInstanceProfilesForRoleError, ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse, calls,
};

/// The handler.
pub(crate) struct ListInstanceProfilesForRole;

impl Operation for ListInstanceProfilesForRole {
    type Call = calls::ListInstanceProfilesForRole;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListInstanceProfilesForRoleRequest,
    ) -> Result<Answered<ListInstanceProfilesForRoleResponse>, ListInstanceProfilesForRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:ListInstanceProfilesForRole", target.context())?;
        let role = target.found::<ListInstanceProfilesForRoleError>()?;
        let directory = &passage.snapshot().directory;
        let referrers = directory.referrers(role.id().as_str());
        let order = |name: &str| InstanceProfileRecord::folded(name);
        let mut profiles: Vec<_> =
            referrers.filter_map(|id| directory.instance_profiles.by_id(id)).cloned().collect();
        profiles.sort_by_key(|profile| order(profile.name()));
        let (marker, most) = (input.marker.as_ref(), input.max_items);
        let page = Page::take::<ListInstanceProfilesForRoleError>(
            profiles.into_iter(),
            |profile| order(profile.name()),
            marker,
            most,
        )?;
        let answer = ListInstanceProfilesForRoleResponse {
            instance_profiles: page.items.iter().map(|found| profile::listed(passage, found)).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
