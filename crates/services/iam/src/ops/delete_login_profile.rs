//! DeleteLoginProfile: a user can no longer sign in with a password.

use crate::{names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteLoginProfileError, DeleteLoginProfileRequest, calls},
};

/// The handler.
pub(crate) struct DeleteLoginProfile;

impl Operation for DeleteLoginProfile {
    type Call = calls::DeleteLoginProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteLoginProfileRequest,
    ) -> Result<Answered<NoOutput>, DeleteLoginProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<DeleteLoginProfileError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:DeleteLoginProfile")?;
        let person = asked.found::<DeleteLoginProfileError>(passage)?;
        person.must_have_login::<DeleteLoginProfileError>()?;
        passage.commit(&allowed, vec![person.with_login(None)], NoOutput {}).await.map_err(refused)
    }
}
