//! GetTrailStatus: the trail is not there.
//!
//! AWS: whoever may not ask is denied before that is told.

use crate::trails;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    cloudtrail::{
        GetTrailStatusError, GetTrailStatusRequest, GetTrailStatusResponse, TrailNotFoundException, calls,
    },
};
use gatekey_policy::Context;
use serde::Serialize;

/// The handler.
pub(crate) struct GetTrailStatus;

/// The parameters of its event.
#[derive(Serialize)]
struct Parameters<'a> {
    name: &'a str,
}

impl Operation for GetTrailStatus {
    type Call = calls::GetTrailStatus;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetTrailStatusRequest,
    ) -> Result<Answered<GetTrailStatusResponse>, GetTrailStatusError> {
        passage.draft().set_parameters(&Parameters { name: &input.name });
        let arn = trails::arn(passage, &input.name);
        passage
            .authorize_other("cloudtrail:GetTrailStatus", On::resource(&arn), Context::new())
            .map_err(CommonError::from)?;
        Err(TrailNotFoundException::new(trails::unknown(passage, &input.name)).into())
    }
}
