//! GetParameterHistory: every version that is kept, oldest first.
//!
//! AWS: `ssm:GetParameterHistory` on the parameter; each SecureString is decrypted with the caller's own rights at KMS.

use crate::{naming::Named, page, reading, rights, secure, shown};
use gatekey_gate::{Allowed, Answered, Operation, Passage};
use gatekey_model::ssm::{
    GetParameterHistoryError, GetParameterHistoryRequest, GetParameterHistoryResult, ParameterHistory,
    ParameterNotFound, calls,
};
use gatekey_parameters::Parameter;
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_decryption: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i32>,
}

/// The handler.
pub(crate) struct GetParameterHistory;

impl Operation for GetParameterHistory {
    type Call = calls::GetParameterHistory;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetParameterHistoryRequest,
    ) -> Result<Answered<GetParameterHistoryResult>, GetParameterHistoryError> {
        let (with_decryption, max_results) = (input.with_decryption, input.max_results);
        passage.draft().set_parameters(&Parameters { name: &input.name, with_decryption, max_results });
        let named = Named::read(passage, &input.name)?;
        let found = named.find(passage);
        let allowed =
            rights::ask(passage, "ssm:GetParameterHistory", &named.arn, found.as_deref(), Context::new())?;
        let parameter = found.ok_or_else(ParameterNotFound::bare)?;
        let listing = page::listing("GetParameterHistory", &parameter.record.id);
        let after = page::read(&listing, input.next_token.as_ref())?;
        let after = after.and_then(|last| last.parse::<u64>().ok()).unwrap_or_default();
        let first = parameter.record.oldest.max(after.saturating_add(1));
        let mut versions = first..=parameter.record.version;
        let mut parameters = Vec::new();
        let mut last = None;
        for version in versions.by_ref().take(page::size(max_results, 50)) {
            last = Some(version);
            let decrypt = with_decryption.unwrap_or_default();
            parameters.extend(one(passage, &allowed, (&parameter, version), decrypt).await?);
        }
        let next_token = versions.next().and(last).map(|last| page::after(&listing, &last.to_string()));
        Ok(passage.answer(&allowed, GetParameterHistoryResult { parameters: Some(parameters), next_token }))
    }
}

/// One version; nothing if it went meanwhile.
async fn one(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (parameter, version): (&Parameter, u64),
    decrypt: bool,
) -> Result<Option<ParameterHistory>, GetParameterHistoryError> {
    let record = reading::record::<GetParameterHistoryError>(passage, parameter, version).await?;
    let Some(record) = record else { return Ok(None) };
    let history = shown::history(parameter, version, &record.details);
    let arn = &parameter.arn;
    let value =
        secure::reveal::<GetParameterHistoryError>(passage, allowed, arn, record.value, decrypt).await?;
    Ok(Some(ParameterHistory { value: Some(value), ..history }))
}
