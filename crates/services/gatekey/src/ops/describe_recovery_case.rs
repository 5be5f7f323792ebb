//! DescribeRecoveryCase: how a recovery stands.

use crate::recovery;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{DescribeRecoveryCaseError, DescribeRecoveryCaseRequest, DescribeRecoveryCaseResponse, calls},
};
use gatekey_policy::Context;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    case_id: &'a str,
}

/// The handler.
pub(crate) struct DescribeRecoveryCase;

impl Operation for DescribeRecoveryCase {
    type Call = calls::DescribeRecoveryCase;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeRecoveryCaseRequest,
    ) -> Result<Answered<DescribeRecoveryCaseResponse>, DescribeRecoveryCaseError> {
        let id = &*input.case_id;
        passage.draft().set_parameters(&Parameters { case_id: id });
        let allowed = passage
            .authorize_other("gatekey:DescribeRecoveryCase", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let found = recovery::find(passage, id)?;
        let shown = recovery::shown(passage, found.account, id, &found.kept.record);
        Ok(passage.answer(&allowed, DescribeRecoveryCaseResponse { case: Some(shown) }))
    }
}
