//! ListAttachedGroupPolicies: the managed policies attached to a group.
//!
//! AWS: `PathPrefix` is about the paths of the policies.

use crate::{
    attachment::{self, Asked},
    names,
    target::Target,
};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListAttachedGroupPoliciesError, ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse,
    calls,
};

/// The handler.
pub(crate) struct ListAttachedGroupPolicies;

impl Operation for ListAttachedGroupPolicies {
    type Call = calls::ListAttachedGroupPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAttachedGroupPoliciesRequest,
    ) -> Result<Answered<ListAttachedGroupPoliciesResponse>, ListAttachedGroupPoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        let asked = Asked {
            prefix: input.path_prefix.as_ref(),
            marker: input.marker.as_ref(),
            most: input.max_items,
        };
        attachment::list(passage, "iam:ListAttachedGroupPolicies", &group, &asked, |page| {
            ListAttachedGroupPoliciesResponse {
                attached_policies: Some(page.items),
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
