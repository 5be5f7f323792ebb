//! ListUserPolicies: the names of the inline policies of a user.
//!
//! AWS: attached policies are listed by ListAttachedUserPolicies.

use crate::{inline, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListUserPoliciesError, ListUserPoliciesRequest, ListUserPoliciesResponse, calls};

/// The handler.
pub(crate) struct ListUserPolicies;

impl Operation for ListUserPolicies {
    type Call = calls::ListUserPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListUserPoliciesRequest,
    ) -> Result<Answered<ListUserPoliciesResponse>, ListUserPoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        let asked = (input.marker.as_ref(), input.max_items);
        inline::list(passage, "iam:ListUserPolicies", &user, asked, |page| ListUserPoliciesResponse {
            policy_names: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
