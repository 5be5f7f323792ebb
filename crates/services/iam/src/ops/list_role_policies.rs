//! ListRolePolicies: the names of the inline policies of a role.
//!
//! AWS: attached policies are listed by ListAttachedRolePolicies.

use crate::{inline, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListRolePoliciesError, ListRolePoliciesRequest, ListRolePoliciesResponse, calls};

/// The handler.
pub(crate) struct ListRolePolicies;

impl Operation for ListRolePolicies {
    type Call = calls::ListRolePolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRolePoliciesRequest,
    ) -> Result<Answered<ListRolePoliciesResponse>, ListRolePoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let asked = (input.marker.as_ref(), input.max_items);
        inline::list(passage, "iam:ListRolePolicies", &role, asked, |page| ListRolePoliciesResponse {
            policy_names: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
