//! PutUserPermissionsBoundary: a managed policy that limits a user.
//!
//! AWS: it takes the place of the one before, and must exist.

use crate::{boundary, holder::always, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{PutUserPermissionsBoundaryError, PutUserPermissionsBoundaryRequest, calls},
};

/// The handler.
pub(crate) struct PutUserPermissionsBoundary;

impl Operation for PutUserPermissionsBoundary {
    type Call = calls::PutUserPermissionsBoundary;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutUserPermissionsBoundaryRequest,
    ) -> Result<Answered<NoOutput>, PutUserPermissionsBoundaryError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        let policy = &input.permissions_boundary;
        boundary::put(passage, "iam:PutUserPermissionsBoundary", &user, policy, always).await
    }
}
