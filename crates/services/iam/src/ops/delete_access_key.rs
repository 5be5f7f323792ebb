//! DeleteAccessKey: an access key is gone for good, from the next request on.

use crate::{access_key, names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteAccessKeyError, DeleteAccessKeyRequest, calls},
};

/// The handler.
pub(crate) struct DeleteAccessKey;

impl Operation for DeleteAccessKey {
    type Call = calls::DeleteAccessKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteAccessKeyRequest,
    ) -> Result<Answered<NoOutput>, DeleteAccessKeyError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<DeleteAccessKeyError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:DeleteAccessKey")?;
        let person = asked.found::<DeleteAccessKeyError>(passage)?;
        let (id, _) = access_key::find::<DeleteAccessKeyError>(passage, &person, &input.access_key_id)?;
        let edits = passage.delete_access_key(&id);
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
