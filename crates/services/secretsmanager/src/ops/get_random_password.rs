//! GetRandomPassword: letters, digits and punctuation as the request wants them. It is told once and kept nowhere.

use crate::{
    event,
    fault::invalid,
    password::{NoPassword, Recipe},
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError, Sensitive,
    secretsmanager::{GetRandomPasswordError, GetRandomPasswordRequest, GetRandomPasswordResponse, calls},
};
use gatekey_policy::Context;

/// Characters of a password, where the request does not say.
const USUAL: i64 = 32;

/// The handler.
pub(crate) struct GetRandomPassword;

impl Operation for GetRandomPassword {
    type Call = calls::GetRandomPassword;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetRandomPasswordRequest,
    ) -> Result<Answered<GetRandomPasswordResponse>, GetRandomPasswordError> {
        event::note(passage, input);
        let on = On { owner: Some(passage.account()), ..On::default() };
        let allowed = passage
            .authorize_other("secretsmanager:GetRandomPassword", on, Context::new())
            .map_err(CommonError::from)?;
        let recipe = recipe(input).map_err(inferred_no_password)?;
        let password = recipe.make(passage.entropy());
        let random_password = Some(Sensitive::new((*password).clone()));
        Ok(passage.answer(&allowed, GetRandomPasswordResponse { random_password }))
    }
}

fn recipe(input: &GetRandomPasswordRequest) -> Result<Recipe, NoPassword> {
    let length = usize::try_from(input.password_length.unwrap_or(USUAL)).unwrap_or_default();
    let excluded =
        [input.exclude_uppercase, input.exclude_lowercase, input.exclude_numbers, input.exclude_punctuation];
    Recipe::new(
        length,
        excluded.map(|excluded| excluded.unwrap_or(false)),
        input.exclude_characters.as_deref().unwrap_or_default(),
        (input.include_space.unwrap_or(false), input.require_each_included_type.unwrap_or(true)),
    )
}

/// AWS documents neither text.
fn inferred_no_password(why: NoPassword) -> GetRandomPasswordError {
    match why {
        NoPassword::NothingLeft => invalid("No characters are left to make a password of."),
        NoPassword::TooShort => invalid("Password length is too short based on the required types."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_no_password() {
        let short = GetRandomPasswordRequest { password_length: Some(3), ..Default::default() };
        let fault = super::inferred_no_password(recipe(&short).err().unwrap());
        assert!(fault.to_string().contains("too short"), "{fault}");
        assert_eq!(recipe(&GetRandomPasswordRequest::default()).map(|recipe| recipe.length), Ok(32));
    }
}
