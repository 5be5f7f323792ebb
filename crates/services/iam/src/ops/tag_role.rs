//! TagRole: tags of a role, one linked to a service included, added.
//!
//! AWS: at most 50; a key that differs in case only from one that is there takes its place.

use crate::{names, tagging, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagRoleError, TagRoleRequest, calls},
};

/// The handler.
pub(crate) struct TagRole;

impl Operation for TagRole {
    type Call = calls::TagRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagRoleRequest,
    ) -> Result<Answered<NoOutput>, TagRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        tagging::add(passage, "iam:TagRole", &role, &input.tags).await
    }
}
