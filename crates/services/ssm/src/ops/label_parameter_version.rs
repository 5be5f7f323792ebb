//! LabelParameterVersion: puts labels on a version, taking them from the version that has them.
//!
//! AWS: `ssm:LabelParameterVersion` on the parameter; at most ten labels of one version. A label that may be none is told
//! in the answer, which is a success.

use crate::{
    label,
    naming::{Named, version_of},
    rights, shown,
};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    LabelParameterVersionError, LabelParameterVersionRequest, LabelParameterVersionResult, ParameterNotFound,
    ParameterVersionLabelLimitExceeded, calls,
};
use gatekey_parameters::HIGHEST_LABELS;
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_version: Option<i64>,
    labels: &'a [String],
}

/// The handler.
pub(crate) struct LabelParameterVersion;

impl Operation for LabelParameterVersion {
    type Call = calls::LabelParameterVersion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &LabelParameterVersionRequest,
    ) -> Result<Answered<LabelParameterVersionResult>, LabelParameterVersionError> {
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
            rights::ask(passage, "ssm:LabelParameterVersion", &named.arn, found.as_deref(), context)?;
        let parameter = found.ok_or_else(ParameterNotFound::bare)?;
        let version = match parameter_version {
            Some(number) => version_of(&parameter, number)?,
            None => parameter.record.version,
        };
        let (lawful, invalid): (Vec<_>, Vec<_>) =
            input.labels.iter().cloned().partition(|text| label::is_lawful(text));
        let mut labels = parameter.record.labels.clone();
        labels.extend(lawful.iter().map(|label| (label.clone(), version)));
        if labels.values().filter(|at| **at == version).count() > HIGHEST_LABELS {
            let text = "A parameter version can have maximum 10 labels.Move one or more labels to another version and \
                        try again.";
            return Err(ParameterVersionLabelLimitExceeded::new(text).into());
        }
        let edits = if labels == parameter.record.labels {
            Vec::new()
        } else {
            vec![parameter.changed(|record| record.labels = labels)]
        };
        let answer = LabelParameterVersionResult {
            invalid_labels: Some(invalid),
            parameter_version: Some(shown::number(version)),
        };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
