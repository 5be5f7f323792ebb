//! DecodeAuthorizationMessage: why a request was denied, from the sealed header that came with the denial.
//!
//! AWS: only the account that was denied can decode it, and only who has the permission.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{
        DecodeAuthorizationMessageError, DecodeAuthorizationMessageRequest,
        DecodeAuthorizationMessageResponse, InvalidAuthorizationMessageException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DecodeAuthorizationMessage;

impl Operation for DecodeAuthorizationMessage {
    type Call = calls::DecodeAuthorizationMessage;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DecodeAuthorizationMessageRequest,
    ) -> Result<Answered<DecodeAuthorizationMessageResponse>, DecodeAuthorizationMessageError> {
        let allowed = passage
            .authorize_other("sts:DecodeAuthorizationMessage", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let decoded = passage.decode_denial(&input.encoded_message);
        let unreadable = || InvalidAuthorizationMessageException::new("Invalid Authorization Message");
        let answer =
            DecodeAuthorizationMessageResponse { decoded_message: Some(decoded.ok_or_else(unreadable)?) };
        Ok(passage.answer(&allowed, answer))
    }
}
