//! GetContextKeysForCustomPolicy: the condition keys that policies name.

use crate::{names, simulation as sim};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        GetContextKeysForCustomPolicyError, GetContextKeysForCustomPolicyRequest,
        GetContextKeysForPolicyResponse, calls,
    },
};
use gatekey_policy::{Context, Kind, context_keys};

/// The handler.
pub(crate) struct GetContextKeysForCustomPolicy;

impl Operation for GetContextKeysForCustomPolicy {
    type Call = calls::GetContextKeysForCustomPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetContextKeysForCustomPolicyRequest,
    ) -> Result<Answered<GetContextKeysForPolicyResponse>, GetContextKeysForCustomPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let allowed = passage
            .authorize_other("iam:GetContextKeysForCustomPolicy", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let texts = &input.policy_input_list;
        let given = sim::documents::<GetContextKeysForCustomPolicyError>(
            passage,
            "PolicyInputList",
            texts,
            Kind::Identity,
        )?;
        let names = context_keys(given.iter().map(|attachment| &*attachment.policy));
        Ok(passage.answer(&allowed, GetContextKeysForPolicyResponse { context_key_names: Some(names) }))
    }
}
