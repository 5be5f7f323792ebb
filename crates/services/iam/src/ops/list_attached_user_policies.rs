//! ListAttachedUserPolicies: the managed policies attached to a user.
//!
//! AWS: `PathPrefix` is about the paths of the policies.

use crate::{
    attachment::{self, Asked},
    names,
    target::Target,
};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListAttachedUserPoliciesError, ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse, calls,
};

/// The handler.
pub(crate) struct ListAttachedUserPolicies;

impl Operation for ListAttachedUserPolicies {
    type Call = calls::ListAttachedUserPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAttachedUserPoliciesRequest,
    ) -> Result<Answered<ListAttachedUserPoliciesResponse>, ListAttachedUserPoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        let asked = Asked {
            prefix: input.path_prefix.as_ref(),
            marker: input.marker.as_ref(),
            most: input.max_items,
        };
        attachment::list(passage, "iam:ListAttachedUserPolicies", &user, &asked, |page| {
            ListAttachedUserPoliciesResponse {
                attached_policies: Some(page.items),
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
