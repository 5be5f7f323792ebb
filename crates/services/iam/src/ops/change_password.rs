//! ChangePassword: a user's own password, by one who knows the old one.
//!
//! AWS: the password policy may give every user the right to it, with no policy of the user's own; the root user changes its
//! password elsewhere. Wrong old passwords are throttled.

use crate::{password, person::Person, target::Target};
use gatekey_directory::{PasswordPolicy, UserRecord};
use gatekey_gate::{Allowed, Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    common::AccessDeniedException,
    iam::{ChangePasswordError, ChangePasswordRequest, InvalidUserTypeException, calls},
};
use gatekey_policy::{Identity, Kind, Pins, Policy};

/// The handler.
pub(crate) struct ChangePassword;

impl Operation for ChangePassword {
    type Call = calls::ChangePassword;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ChangePasswordRequest,
    ) -> Result<Answered<NoOutput>, ChangePasswordError> {
        let Identity::User { arn, .. } = &passage.caller().principal.identity else {
            return not_a_user(passage);
        };
        let name = arn.name().to_owned();
        let target = Target::<UserRecord>::named(passage, &name);
        let settings = passage.snapshot().directory.settings(passage.account());
        let policy = settings.record.password_policy.as_ref();
        let allowed = authorize(passage, &target, policy)?;
        let person = Person::User(target.found::<ChangePasswordError>()?.clone());
        let before = person.must_have_login::<ChangePasswordError>()?;
        let old = password::of(&input.old_password);
        if passage.password(&person.key(), &before.password, &old).await.is_err() {
            let text = "The old password was incorrect.";
            return Err(CommonError::from(AccessDeniedException::new(text)).into());
        }
        let new = password::of(&input.new_password);
        password::check::<ChangePasswordError>(policy, Some(&name), &new)?;
        password::check_reuse::<ChangePasswordError>(passage, policy, before, &new).await?;
        let profile = password::profile::<ChangePasswordError>(passage, Some(before), &new, false).await?;
        passage.commit(&allowed, vec![person.with_login(Some(profile))], NoOutput {}).await.map_err(refused)
    }
}

/// What the password policy gives to every user, about itself alone.
const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"iam:ChangePassword","Resource":"*"}]}"#;

fn authorize(
    passage: &mut Passage<'_>,
    target: &Target<UserRecord>,
    policy: Option<&PasswordPolicy>,
) -> Result<Allowed, CommonError> {
    let may = policy.is_some_and(|policy| policy.users_may_change);
    let own = may.then(|| Policy::read_stored(OWN, Kind::Resource, Pins::new()));
    let on = On { policy: own.as_ref(), ..target.on() };
    passage.authorize_other("iam:ChangePassword", on, target.context()).map_err(CommonError::from)
}

/// Only users have a password to change.
fn not_a_user(passage: &mut Passage<'_>) -> Result<Answered<NoOutput>, ChangePasswordError> {
    let denied = passage.authorize_other("iam:ChangePassword", On::default(), Default::default());
    denied.map_err(CommonError::from)?;
    Err(InvalidUserTypeException::new("Only IAM Users can change their own password").into())
}
