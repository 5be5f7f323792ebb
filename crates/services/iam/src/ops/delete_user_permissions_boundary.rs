//! DeleteUserPermissionsBoundary: a user without a limit again.
//!
//! AWS: nothing but identity policies limits it then.

use crate::{boundary, holder::always, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DeleteUserPermissionsBoundaryError, DeleteUserPermissionsBoundaryRequest, calls},
};

/// The handler.
pub(crate) struct DeleteUserPermissionsBoundary;

impl Operation for DeleteUserPermissionsBoundary {
    type Call = calls::DeleteUserPermissionsBoundary;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteUserPermissionsBoundaryRequest,
    ) -> Result<Answered<NoOutput>, DeleteUserPermissionsBoundaryError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        boundary::delete(passage, "iam:DeleteUserPermissionsBoundary", &user, always).await
    }
}
