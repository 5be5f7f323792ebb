//! GetParameters: up to ten parameters; what does not exist is in a list of its own.
//!
//! AWS: `ssm:GetParameters` on each of them, or nothing is answered.

use crate::{reading, rights};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    common::ValidationException,
    ssm::{GetParametersError, GetParametersRequest, GetParametersResult, calls},
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    names: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    with_decryption: Option<bool>,
}

/// The handler.
pub(crate) struct GetParameters;

impl Operation for GetParameters {
    type Call = calls::GetParameters;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetParametersRequest,
    ) -> Result<Answered<GetParametersResult>, GetParametersError> {
        let with_decryption = input.with_decryption;
        passage.draft().set_parameters(&Parameters { names: &input.names, with_decryption });
        let named = reading::each_once(passage, &input.names)?;
        let mut found = Vec::with_capacity(named.len());
        let mut allowed = None;
        // Before anything is told of any of them, all must be allowed.
        for (text, named) in named {
            let parameter = named.find(passage);
            let context = Context::new();
            let right = rights::ask(passage, "ssm:GetParameters", &named.arn, parameter.as_deref(), context)?;
            allowed = Some(right);
            found.push((text, named, parameter));
        }
        let allowed = allowed.ok_or_else(|| ValidationException::new("Names must not be empty."))?;
        let (mut parameters, mut invalid) = (Vec::new(), Vec::new());
        for (text, named, parameter) in found {
            let which = parameter.as_deref().and_then(|one| Some((one, named.version(one).ok()?)));
            let Some(which) = which else {
                invalid.push(text);
                continue;
            };
            let (selector, decrypt) = (named.shown_selector(), with_decryption.unwrap_or_default());
            let shown =
                reading::shown::<GetParametersError>(passage, &allowed, which, selector, decrypt).await?;
            match shown {
                Some(shown) => parameters.push(shown),
                None => invalid.push(text),
            }
        }
        let answer = GetParametersResult { parameters: Some(parameters), invalid_parameters: Some(invalid) };
        Ok(passage.answer(&allowed, answer))
    }
}
