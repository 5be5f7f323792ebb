//! ListRoles: the roles of the account, by path.
//!
//! AWS: boundaries and tags are not listed.

use crate::{listing, names, role};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListRolesError, ListRolesRequest, ListRolesResponse, calls};

/// The handler.
pub(crate) struct ListRoles;

impl Operation for ListRoles {
    type Call = calls::ListRoles;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRolesRequest,
    ) -> Result<Answered<ListRolesResponse>, ListRolesError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = (input.marker.as_ref(), input.max_items);
        let (allowed, page) = listing::page::<RoleRecord, ListRolesError>(
            passage,
            "iam:ListRoles",
            input.path_prefix.as_ref(),
            asked,
        )?;
        let answer = ListRolesResponse {
            roles: page.items.iter().map(|found| role::listed(passage, found)).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
