//! GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, a group or a role name.
//!
//! AWS: a user's groups count too, and so do the policies of the request.

use crate::{names, simulation as sim};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        GetContextKeysForPolicyResponse, GetContextKeysForPrincipalPolicyError,
        GetContextKeysForPrincipalPolicyRequest, calls,
    },
};
use gatekey_policy::{Context, Kind, context_keys};

/// The handler.
pub(crate) struct GetContextKeysForPrincipalPolicy;

type Fault = GetContextKeysForPrincipalPolicyError;

impl Operation for GetContextKeysForPrincipalPolicy {
    type Call = calls::GetContextKeysForPrincipalPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetContextKeysForPrincipalPolicyRequest,
    ) -> Result<Answered<GetContextKeysForPolicyResponse>, GetContextKeysForPrincipalPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let arn = sim::Subject::arn::<Fault>(&input.policy_source_arn)?;
        let allowed = passage
            .authorize_other("iam:GetContextKeysForPrincipalPolicy", On::resource(&arn), Context::new())
            .map_err(CommonError::from)?;
        let subject = sim::Subject::find::<Fault>(passage, &arn)?;
        let mut policies = subject.policies(&passage.snapshot().directory);
        let given = input.policy_input_list.as_deref().unwrap_or_default();
        let given = sim::documents::<Fault>(passage, "PolicyInputList", given, Kind::Identity)?;
        policies.extend(given.into_iter().map(|attachment| attachment.policy));
        let names = context_keys(policies.iter().map(|policy| &**policy));
        Ok(passage.answer(&allowed, GetContextKeysForPolicyResponse { context_key_names: Some(names) }))
    }
}
