//! ListInstanceProfiles: the instance profiles of the account, by path.
//!
//! AWS: tags are not listed.

use crate::{listing, names, profile};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListInstanceProfilesError, ListInstanceProfilesRequest, ListInstanceProfilesResponse, calls,
};

/// The handler.
pub(crate) struct ListInstanceProfiles;

impl Operation for ListInstanceProfiles {
    type Call = calls::ListInstanceProfiles;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListInstanceProfilesRequest,
    ) -> Result<Answered<ListInstanceProfilesResponse>, ListInstanceProfilesError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = (input.marker.as_ref(), input.max_items);
        let (allowed, page) = listing::page::<InstanceProfileRecord, ListInstanceProfilesError>(
            passage,
            "iam:ListInstanceProfiles",
            input.path_prefix.as_ref(),
            asked,
        )?;
        let answer = ListInstanceProfilesResponse {
            instance_profiles: page.items.iter().map(|found| profile::listed(passage, found)).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
