//! GetFederationToken: temporary credentials for somebody whom the caller knows by a name.
//!
//! AWS: the session may do what both the caller and the session policies allow; sessions may not ask; a root user's last an
//! hour at most.

use crate::{
    event,
    fault::denied,
    policy::Passed,
    session::{self, Terms},
    tag::SessionTags,
};
use gatekey_directory::{Bearer, Subject};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{
        FederatedUser, GetFederationTokenError, GetFederationTokenRequest, GetFederationTokenResponse, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::PrincipalArn;

/// The handler.
pub(crate) struct GetFederationToken;

/// Half a day, where the request does not say.
const USUAL: u32 = 43_200;
/// Longest session by a root user.
const LONGEST_OF_ROOT: u32 = 3600;

impl Operation for GetFederationToken {
    type Call = calls::GetFederationToken;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetFederationTokenRequest,
    ) -> Result<Answered<GetFederationTokenResponse>, GetFederationTokenError> {
        passage.draft().set_parameters(&event::shown(input));
        let asked = input.duration_seconds.and_then(|asked| u32::try_from(asked).ok()).unwrap_or(USUAL);
        let account = passage.account();
        let (parent, seconds) = match &passage.caller().bearer {
            Some(Bearer::Root(_)) => (None, asked.min(LONGEST_OF_ROOT)),
            Some(Bearer::User(_, id)) => (Some(id.clone()), asked),
            Some(Bearer::Session(_)) | None => {
                return Err(denied("Cannot call GetFederationToken with session credentials").into());
            }
        };
        let tags = SessionTags::of_request(passage, input.tags.as_ref(), None)?;
        let user = PrincipalArn::federated_user(account, &input.name);
        let mut context = Context::new();
        tags.set_keys(&mut context);
        let on = On::resource(user.arn());
        let allowed = passage
            .authorize_other("sts:GetFederationToken", on, context.clone())
            .map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("sts:TagSession", on, context.clone()).map_err(CommonError::from)?;
        }
        let passed = Passed { document: input.policy.as_ref(), arns: input.policy_arns.as_ref() };
        let policies = passed.read::<GetFederationTokenError>(passage, account, &tags)?;
        let percent = policies.percent;
        drop(context);
        let subject = Subject::Federated { account, name: input.name.clone(), parent };
        let terms = Terms { policies, tags, ..Terms::plain(subject, seconds) };
        let federated_user =
            FederatedUser { federated_user_id: format!("{account}:{}", input.name), arn: user.to_string() };
        let answer = GetFederationTokenResponse {
            credentials: Some(session::issue(passage, terms)?),
            federated_user: Some(federated_user),
            packed_policy_size: percent,
            session_token_utilization: None,
            session_token_size: None,
        };
        passage.draft().set_response(&event::shown(&answer));
        Ok(passage.answer(&allowed, answer))
    }
}
