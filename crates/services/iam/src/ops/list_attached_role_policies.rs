//! ListAttachedRolePolicies: the managed policies attached to a role.
//!
//! AWS: `PathPrefix` is about the paths of the policies.

use crate::{
    attachment::{self, Asked},
    names,
    target::Target,
};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListAttachedRolePoliciesError, ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse, calls,
};

/// The handler.
pub(crate) struct ListAttachedRolePolicies;

impl Operation for ListAttachedRolePolicies {
    type Call = calls::ListAttachedRolePolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAttachedRolePoliciesRequest,
    ) -> Result<Answered<ListAttachedRolePoliciesResponse>, ListAttachedRolePoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let asked = Asked {
            prefix: input.path_prefix.as_ref(),
            marker: input.marker.as_ref(),
            most: input.max_items,
        };
        attachment::list(passage, "iam:ListAttachedRolePolicies", &role, &asked, |page| {
            ListAttachedRolePoliciesResponse {
                attached_policies: Some(page.items),
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
