//! CreateAccessKey: credentials for the long term.
//!
//! AWS: two for each user, and for the root user; without a name they are the caller's own. The secret is shown this once.

use crate::{moment, names, person::Asked, quota};
use gatekey_directory::NewAccessKey;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    Sensitive,
    iam::{self, CreateAccessKeyError, CreateAccessKeyRequest, CreateAccessKeyResponse, StatusType, calls},
};

/// The handler.
pub(crate) struct CreateAccessKey;

impl Operation for CreateAccessKey {
    type Call = calls::CreateAccessKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateAccessKeyRequest,
    ) -> Result<Answered<CreateAccessKeyResponse>, CreateAccessKeyError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<CreateAccessKeyError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:CreateAccessKey")?;
        let person = asked.found::<CreateAccessKeyError>(passage)?;
        let present = passage.snapshot().directory.access_keys_of(&person.key()).count();
        let most = passage.identity_quotas().access_keys_per_user;
        quota::hold::<CreateAccessKeyError>("AccessKeysPerUser", present.saturating_add(1), most)?;
        let key = NewAccessKey::long_term(person.owner(), passage.now(), passage.entropy());
        let access_key = iam::AccessKey {
            user_name: person.name().unwrap_or_default(),
            access_key_id: key.id.to_string(),
            status: StatusType::Active,
            secret_access_key: Sensitive::new(key.record.secret.expose().to_owned()),
            create_date: Some(moment(key.record.created)),
        };
        let answer = CreateAccessKeyResponse { access_key };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![key.change(), person.touch()], answer).await.map_err(refused)
    }
}
