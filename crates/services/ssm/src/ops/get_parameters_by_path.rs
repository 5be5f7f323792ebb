//! GetParametersByPath: the parameters of a level of a hierarchy, or of all levels under it.
//!
//! AWS: `ssm:GetParametersByPath` on the path alone, not on what is under it.

use crate::{
    filter::{self, Filter, For},
    page, reading, rights,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::ssm::{
    GetParametersByPathError, GetParametersByPathRequest, GetParametersByPathResult, ParameterStringFilter,
    calls,
};
use gatekey_parameters::{Parameter, ParameterKey, ParameterName, hierarchy_path};
use gatekey_policy::{ConditionKey, Context};
use serde::Serialize;
use std::sync::Arc;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recursive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_decryption: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_filters: &'a Option<Vec<ParameterStringFilter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i32>,
}

/// The handler.
pub(crate) struct GetParametersByPath;

impl Operation for GetParametersByPath {
    type Call = calls::GetParametersByPath;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetParametersByPathRequest,
    ) -> Result<Answered<GetParametersByPathResult>, GetParametersByPathError> {
        let recursive = input.recursive.unwrap_or_default();
        passage.draft().set_parameters(&Parameters {
            path: &input.path,
            recursive: input.recursive,
            with_decryption: input.with_decryption,
            parameter_filters: &input.parameter_filters,
            max_results: input.max_results,
        });
        let path = input.path.trim_matches(' ');
        let prefix = hierarchy_path(path).ok_or_else(filter::bad_path)?;
        let filters = filter::read::<GetParametersByPathError>(input.parameter_filters.as_ref(), For::Path)?;
        let arn = inferred_arn_of_path(passage, path).ok_or_else(filter::bad_path)?;
        let mut context = Context::new();
        context.set(ConditionKey::parse("ssm:Recursive"), recursive);
        let allowed = rights::ask(passage, "ssm:GetParametersByPath", &arn, None, context)?;
        let listing = page::listing("GetParametersByPath", &(&prefix, recursive, &input.parameter_filters));
        let after = page::read(&listing, input.next_token.as_ref())?;
        let size = page::size(input.max_results, 10);
        let found = under(passage, (&prefix, recursive), after, &filters, size);
        let more = found.len() > size;
        let mut parameters = Vec::with_capacity(size);
        let mut last = None;
        for (parameter, version, label) in found.into_iter().take(size) {
            last = Some(parameter.key.name.to_string());
            let (which, decrypt) = ((&*parameter, version), input.with_decryption.unwrap_or_default());
            let selector = label.map(|label| format!(":{label}"));
            let shown =
                reading::shown::<GetParametersByPathError>(passage, &allowed, which, selector, decrypt);
            parameters.extend(shown.await?);
        }
        let next_token = last.filter(|_| more).map(|last| page::after(&listing, &last));
        Ok(passage.answer(&allowed, GetParametersByPathResult { parameters: Some(parameters), next_token }))
    }
}

/// Rights are asked for the ARN of the path as the request writes it: whether AWS takes its last slash away first is not
/// documented.
fn inferred_arn_of_path(passage: &Passage<'_>, path: &str) -> Option<gatekey_types::Arn> {
    let (account, region) = (passage.account(), passage.region().clone());
    Some(ParameterKey { account, region, name: ParameterName::of(path)? }.arn())
}

/// What is found: the parameter, which version of it, and the label that found it.
type Found = (Arc<Parameter>, u64, Option<String>);

/// The parameters under a path: one more than a page, so that it is known whether more follow.
fn under(
    passage: &Passage<'_>,
    (prefix, recursive): (&str, bool),
    after: Option<String>,
    filters: &[Filter],
    size: usize,
) -> Vec<Found> {
    // Names under a path begin with it; what is in no hierarchy is under the root, and anywhere.
    let from = after.or_else(|| (prefix != "/").then(|| prefix.to_owned()));
    let from = from.and_then(|from| ParameterName::of(&from));
    let all = passage.snapshot().parameters.after(passage.account(), passage.region(), from, passage.now());
    all.take_while(|one| prefix == "/" || one.key.name.as_str().starts_with(prefix))
        .filter(|one| filter::is_under(one, prefix, recursive))
        .filter(|one| filters.iter().all(|filter| filter.matches(one)))
        .map(|one| match filters.iter().find_map(|filter| filter.labelled(one)) {
            Some((label, version)) => (Arc::clone(one), version, Some(label.to_owned())),
            None => (Arc::clone(one), one.record.version, None),
        })
        .take(size + 1)
        .collect()
}
