//! GetLoginProfile: whether a user has a password, and since when.

use crate::{names, password, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetLoginProfileError, GetLoginProfileRequest, GetLoginProfileResponse, calls};

/// The handler.
pub(crate) struct GetLoginProfile;

impl Operation for GetLoginProfile {
    type Call = calls::GetLoginProfile;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetLoginProfileRequest,
    ) -> Result<Answered<GetLoginProfileResponse>, GetLoginProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<GetLoginProfileError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:GetLoginProfile")?;
        let person = asked.found::<GetLoginProfileError>(passage)?;
        let profile = person.must_have_login::<GetLoginProfileError>()?;
        let login_profile = password::shown(&person, profile.created, profile.reset_required);
        Ok(passage.answer(&allowed, GetLoginProfileResponse { login_profile }))
    }
}
