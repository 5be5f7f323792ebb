//! DeleteParameter: deletes a parameter with all its versions.
//!
//! AWS: `ssm:DeleteParameter` on the parameter.

use crate::{naming::Named, rights};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    DeleteParameterError, DeleteParameterRequest, DeleteParameterResult, ParameterNotFound, calls,
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
struct Parameters<'a> {
    name: &'a str,
}

/// The handler.
pub(crate) struct DeleteParameter;

impl Operation for DeleteParameter {
    type Call = calls::DeleteParameter;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteParameterRequest,
    ) -> Result<Answered<DeleteParameterResult>, DeleteParameterError> {
        passage.draft().set_parameters(&Parameters { name: &input.name });
        let named = Named::plain(passage, &input.name)?;
        let found = named.find(passage);
        let allowed =
            rights::ask(passage, "ssm:DeleteParameter", &named.arn, found.as_deref(), Context::new())?;
        let parameter = found.ok_or_else(ParameterNotFound::bare)?;
        let answer = DeleteParameterResult {};
        passage.commit(&allowed, parameter.deleted().into(), answer).await.map_err(refused)
    }
}
