//! DescribeTrails: there are none to describe.
//!
//! AWS: a trail that is named and not there is left out of the answer.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    cloudtrail::{DescribeTrailsError, DescribeTrailsRequest, DescribeTrailsResponse, calls},
};
use gatekey_policy::Context;
use serde::Serialize;

/// The handler.
pub(crate) struct DescribeTrails;

/// The parameters of its event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    trail_name_list: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_shadow_trails: Option<bool>,
}

impl Operation for DescribeTrails {
    type Call = calls::DescribeTrails;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeTrailsRequest,
    ) -> Result<Answered<DescribeTrailsResponse>, DescribeTrailsError> {
        let trail_name_list = input.trail_name_list.as_deref();
        let include_shadow_trails = input.include_shadow_trails;
        passage.draft().set_parameters(&Parameters { trail_name_list, include_shadow_trails });
        let allowed = passage
            .authorize_other("cloudtrail:DescribeTrails", On::default(), Context::new())
            .map_err(CommonError::from)?;
        Ok(passage.answer(&allowed, DescribeTrailsResponse { trail_list: Some(Vec::new()) }))
    }
}
