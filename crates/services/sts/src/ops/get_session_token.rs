//! GetSessionToken: temporary credentials of the caller's own, perhaps with a second factor.
//!
//! AWS: it needs no permission, and no policy denies it; sessions may not ask; a root user's last an hour at most, whatever
//! is asked for.

use crate::{
    event,
    fault::denied,
    mfa,
    session::{self, Terms},
};
use gatekey_directory::{Bearer, Subject};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    sts::{GetSessionTokenError, GetSessionTokenRequest, GetSessionTokenResponse, calls},
};

/// The handler.
pub(crate) struct GetSessionToken;

/// Half a day, where the request does not say.
const USUAL: u32 = 43_200;
/// Longest session of a root user.
const LONGEST_OF_ROOT: u32 = 3600;

impl Operation for GetSessionToken {
    type Call = calls::GetSessionToken;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetSessionTokenRequest,
    ) -> Result<Answered<GetSessionTokenResponse>, GetSessionTokenError> {
        passage.draft().set_parameters(&event::shown(input));
        let allowed = passage.authorize_anyone("sts:GetSessionToken").map_err(CommonError::from)?;
        let asked = input.duration_seconds.and_then(|asked| u32::try_from(asked).ok()).unwrap_or(USUAL);
        let (subject, seconds) = match &passage.caller().bearer {
            Some(Bearer::Root(account)) => (Subject::Root(*account), asked.min(LONGEST_OF_ROOT)),
            Some(Bearer::User(account, id)) => (Subject::User(*account, id.clone()), asked),
            Some(Bearer::Session(_)) | None => {
                return Err(denied("Cannot call GetSessionToken with session credentials").into());
            }
        };
        let second = mfa::given(passage, input.serial_number.as_ref(), input.token_code.as_ref())?;
        let terms = Terms { mfa: second.at, ..Terms::plain(subject, seconds) };
        let answer = GetSessionTokenResponse {
            credentials: Some(session::issue(passage, terms)?),
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        passage.commit(&allowed, second.edits, answer).await.map_err(refused)
    }
}
