//! UpdateLoginProfile: another password for a user, or that it must be reset.

use crate::{names, password, person::Asked};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{UpdateLoginProfileError, UpdateLoginProfileRequest, calls},
};

/// The handler.
pub(crate) struct UpdateLoginProfile;

impl Operation for UpdateLoginProfile {
    type Call = calls::UpdateLoginProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateLoginProfileRequest,
    ) -> Result<Answered<NoOutput>, UpdateLoginProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<UpdateLoginProfileError>(passage, Some(&input.user_name))?;
        let allowed = asked.authorize(passage, "iam:UpdateLoginProfile")?;
        let person = asked.found::<UpdateLoginProfileError>(passage)?;
        let before = person.must_have_login::<UpdateLoginProfileError>()?;
        let reset = input.password_reset_required.unwrap_or(before.reset_required);
        let profile = match &input.password {
            Some(given) => {
                let text = password::of(given);
                let settings = passage.snapshot().directory.settings(passage.account());
                let policy = settings.record.password_policy.as_ref();
                password::check::<UpdateLoginProfileError>(policy, person.name().as_deref(), &text)?;
                password::profile::<UpdateLoginProfileError>(passage, Some(before), &text, reset).await?
            }
            None => gatekey_directory::LoginProfile { reset_required: reset, ..before.clone() },
        };
        passage.commit(&allowed, vec![person.with_login(Some(profile))], NoOutput {}).await.map_err(refused)
    }
}
