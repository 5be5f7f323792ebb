//! UntagRole: tags of a role, one linked to a service included, removed.
//!
//! AWS: keys that are not there are no error.

use crate::{names, tagging, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagRoleError, UntagRoleRequest, calls},
};

/// The handler.
pub(crate) struct UntagRole;

impl Operation for UntagRole {
    type Call = calls::UntagRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagRoleRequest,
    ) -> Result<Answered<NoOutput>, UntagRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        tagging::remove(passage, "iam:UntagRole", &role, &input.tag_keys).await
    }
}
