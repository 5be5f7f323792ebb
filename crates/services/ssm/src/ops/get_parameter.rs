//! GetParameter: one parameter, by name or ARN, the newest version or the one that a selector names.
//!
//! AWS: `ssm:GetParameter` on the parameter; a SecureString is decrypted with the caller's own rights at KMS.

use crate::{naming::Named, reading, rights};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::ssm::{
    GetParameterError, GetParameterRequest, GetParameterResult, ParameterNotFound, calls,
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_decryption: Option<bool>,
}

/// The handler.
pub(crate) struct GetParameter;

impl Operation for GetParameter {
    type Call = calls::GetParameter;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetParameterRequest,
    ) -> Result<Answered<GetParameterResult>, GetParameterError> {
        let with_decryption = input.with_decryption;
        passage.draft().set_parameters(&Parameters { name: &input.name, with_decryption });
        let named = Named::read(passage, &input.name)?;
        let found = named.find(passage);
        let allowed = rights::ask(passage, "ssm:GetParameter", &named.arn, found.as_deref(), Context::new())?;
        let parameter = found.ok_or_else(ParameterNotFound::bare)?;
        let which = (&*parameter, named.version(&parameter)?);
        let decrypt = with_decryption.unwrap_or_default();
        let shown =
            reading::shown::<GetParameterError>(passage, &allowed, which, named.shown_selector(), decrypt);
        let shown = shown.await?.ok_or_else(ParameterNotFound::bare)?;
        Ok(passage.answer(&allowed, GetParameterResult { parameter: Some(shown) }))
    }
}
