//! ListServiceSpecificCredentials: a user's service-specific credentials; without a name, the caller's.
//!
//! Nobody has any here, since no operation that makes them is served. The listing is, for clients that clear a user before
//! they delete it.

use crate::{names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListServiceSpecificCredentialsError, ListServiceSpecificCredentialsRequest,
    ListServiceSpecificCredentialsResponse, calls,
};

/// The handler.
pub(crate) struct ListServiceSpecificCredentials;

impl Operation for ListServiceSpecificCredentials {
    type Call = calls::ListServiceSpecificCredentials;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListServiceSpecificCredentialsRequest,
    ) -> Result<Answered<ListServiceSpecificCredentialsResponse>, ListServiceSpecificCredentialsError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ListServiceSpecificCredentialsError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:ListServiceSpecificCredentials")?;
        asked.found::<ListServiceSpecificCredentialsError>(passage)?;
        let answer = ListServiceSpecificCredentialsResponse {
            service_specific_credentials: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
