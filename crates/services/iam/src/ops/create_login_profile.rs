//! CreateLoginProfile: a password for a user.
//!
//! AWS: it must meet the account's policy. The root user, asked for by itself without a password, gets one that nobody knows
//! and that must be reset.

use crate::{
    names, password,
    person::{Asked, Person},
};
use gatekey_directory::{Bearer, Subject};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{
    CreateLoginProfileError, CreateLoginProfileRequest, CreateLoginProfileResponse,
    EntityAlreadyExistsException, calls,
};
use zeroize::Zeroizing;

/// The handler.
pub(crate) struct CreateLoginProfile;

impl Operation for CreateLoginProfile {
    type Call = calls::CreateLoginProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateLoginProfileRequest,
    ) -> Result<Answered<CreateLoginProfileResponse>, CreateLoginProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<CreateLoginProfileError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:CreateLoginProfile")?;
        let person = asked.found::<CreateLoginProfileError>(passage)?;
        if person.login().is_some() {
            let name = person.name().unwrap_or_else(|| person.key());
            let text = format!("Login Profile for User {name} already exists.");
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        let (text, reset) = wanted(passage, &person, input)?;
        let profile = password::profile::<CreateLoginProfileError>(passage, None, &text, reset).await?;
        let login_profile = password::shown(&person, profile.created, reset);
        let answer = CreateLoginProfileResponse { login_profile };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![person.with_login(Some(profile))], answer).await.map_err(refused)
    }
}

/// The password that is asked for, and whether it must be reset.
fn wanted(
    passage: &Passage<'_>,
    person: &Person,
    input: &CreateLoginProfileRequest,
) -> Result<(Zeroizing<String>, bool), CreateLoginProfileError> {
    let reset = input.password_reset_required.unwrap_or_default();
    let session = passage.caller().bearer.as_ref().and_then(Bearer::session);
    let is_task =
        session.is_some_and(|session| matches!(session.claims.subject, Subject::AssumedRoot { .. }));
    match (&input.password, person) {
        // Who may let the root user recover must not come to know the password.
        (Some(_), _) if is_task => {
            Err(crate::fault::invalid("Password must be omitted in an AssumeRoot session."))
        }
        (Some(given), _) => {
            let (text, settings) =
                (password::of(given), passage.snapshot().directory.settings(passage.account()));
            let policy = settings.record.password_policy.as_ref();
            password::check::<CreateLoginProfileError>(policy, person.name().as_deref(), &text)?;
            Ok((text, reset))
        }
        (None, Person::Root(..)) if is_task => {
            Ok((Zeroizing::new(hex::encode(passage.entropy().bytes::<32>())), true))
        }
        (None, _) => Err(crate::fault::invalid("Must specify password.")),
    }
}
