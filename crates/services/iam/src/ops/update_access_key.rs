//! UpdateAccessKey: makes an access key inactive, or active again.
//!
//! AWS: an inactive key is refused from the next request on.

use crate::{access_key, names, person::Asked};
use gatekey_directory::KeyStatus;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{InvalidInputException, StatusType, UpdateAccessKeyError, UpdateAccessKeyRequest, calls},
};

/// The handler.
pub(crate) struct UpdateAccessKey;

impl Operation for UpdateAccessKey {
    type Call = calls::UpdateAccessKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateAccessKeyRequest,
    ) -> Result<Answered<NoOutput>, UpdateAccessKeyError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<UpdateAccessKeyError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:UpdateAccessKey")?;
        let person = asked.found::<UpdateAccessKeyError>(passage)?;
        let (id, key) = access_key::find::<UpdateAccessKeyError>(passage, &person, &input.access_key_id)?;
        let mut record = key.record.clone();
        record.status = match input.status {
            StatusType::Active => KeyStatus::Active,
            StatusType::Inactive => KeyStatus::Inactive,
            _ => return Err(InvalidInputException::new("Access keys do not expire by hand.").into()),
        };
        passage.commit(&allowed, vec![key.update(&id, &record)], NoOutput {}).await.map_err(refused)
    }
}
