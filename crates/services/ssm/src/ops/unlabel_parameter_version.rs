//! UnlabelParameterVersion: takes labels from a version.
//!
//! AWS: `ssm:UnlabelParameterVersion` on the parameter. Labels that the version has not are told in the answer.

use crate::{
    naming::{Named, version_of},
    rights,
};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    ParameterNotFound, UnlabelParameterVersionError, UnlabelParameterVersionRequest,
    UnlabelParameterVersionResult, calls,
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    name: &'a str,
    parameter_version: i64,
    labels: &'a [String],
}

/// The handler.
pub(crate) struct UnlabelParameterVersion;

impl Operation for UnlabelParameterVersion {
    type Call = calls::UnlabelParameterVersion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UnlabelParameterVersionRequest,
    ) -> Result<Answered<UnlabelParameterVersionResult>, UnlabelParameterVersionError> {
        let parameter_version = input.parameter_version;
        passage.draft().set_parameters(&Parameters {
            name: &input.name,
            parameter_version,
            labels: &input.labels,
        });
        let named = Named::plain(passage, &input.name)?;
        let found = named.find(passage);
        let context = Context::new();
        let allowed =
            rights::ask(passage, "ssm:UnlabelParameterVersion", &named.arn, found.as_deref(), context)?;
        let parameter = found.ok_or_else(ParameterNotFound::bare)?;
        let version = version_of(&parameter, parameter_version)?;
        let has = |label: &String| parameter.record.labels.get(label) == Some(&version);
        let (removed, invalid): (Vec<_>, Vec<_>) = input.labels.iter().cloned().partition(has);
        let edits = if removed.is_empty() {
            Vec::new()
        } else {
            vec![parameter.changed(|record| record.labels.retain(|label, _| !removed.contains(label)))]
        };
        let answer =
            UnlabelParameterVersionResult { removed_labels: Some(removed), invalid_labels: Some(invalid) };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
