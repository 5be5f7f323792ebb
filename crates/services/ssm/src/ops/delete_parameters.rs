//! DeleteParameters: deletes up to ten parameters; what does not exist is in a list of its own.
//!
//! AWS: `ssm:DeleteParameters` on each of them, or nothing is done.

use crate::{naming::Named, rights};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    common::ValidationException,
    ssm::{DeleteParametersError, DeleteParametersRequest, DeleteParametersResult, calls},
};
use gatekey_policy::Context;
use serde::Serialize;
use std::collections::BTreeSet;

/// CloudTrail's parameters.
#[derive(Serialize)]
struct Parameters<'a> {
    names: &'a [String],
}

/// The handler.
pub(crate) struct DeleteParameters;

impl Operation for DeleteParameters {
    type Call = calls::DeleteParameters;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteParametersRequest,
    ) -> Result<Answered<DeleteParametersResult>, DeleteParametersError> {
        passage.draft().set_parameters(&Parameters { names: &input.names });
        let (mut deleted, mut invalid, mut edits) = (Vec::new(), Vec::new(), Vec::new());
        let mut allowed = None;
        let mut seen = BTreeSet::new();
        for name in &input.names {
            let named = Named::plain(passage, name)?;
            let found = named.find(passage);
            let right =
                rights::ask(passage, "ssm:DeleteParameters", &named.arn, found.as_deref(), Context::new())?;
            allowed = Some(right);
            match found {
                // A parameter that is named twice is deleted once.
                Some(_) if !seen.insert(named.key.clone()) => {}
                Some(parameter) => {
                    deleted.push(name.clone());
                    edits.extend(parameter.deleted());
                }
                None => invalid.push(name.clone()),
            }
        }
        let allowed = allowed.ok_or_else(|| ValidationException::new("Names must not be empty."))?;
        let answer =
            DeleteParametersResult { deleted_parameters: Some(deleted), invalid_parameters: Some(invalid) };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
