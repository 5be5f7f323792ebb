//! ListGroupPolicies: the names of the inline policies of a group.
//!
//! AWS: attached policies are listed by ListAttachedGroupPolicies.

use crate::{inline, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListGroupPoliciesError, ListGroupPoliciesRequest, ListGroupPoliciesResponse, calls,
};

/// The handler.
pub(crate) struct ListGroupPolicies;

impl Operation for ListGroupPolicies {
    type Call = calls::ListGroupPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListGroupPoliciesRequest,
    ) -> Result<Answered<ListGroupPoliciesResponse>, ListGroupPoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        let asked = (input.marker.as_ref(), input.max_items);
        inline::list(passage, "iam:ListGroupPolicies", &group, asked, |page| ListGroupPoliciesResponse {
            policy_names: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
