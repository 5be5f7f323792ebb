//! DescribeTrails: there are none to describe.
//!
//! AWS: a trail that is named and not there is left out of the answer.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    cloudtrail::{DescribeTrailsError, DescribeTrailsRequest, DescribeTrailsResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeTrails;

impl Operation for DescribeTrails {
    type Call = calls::DescribeTrails;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &DescribeTrailsRequest,
    ) -> Result<Answered<DescribeTrailsResponse>, DescribeTrailsError> {
        let allowed = passage
            .authorize_other("cloudtrail:DescribeTrails", On::default(), Context::new())
            .map_err(CommonError::from)?;
        Ok(passage.answer(&allowed, DescribeTrailsResponse { trail_list: Some(Vec::new()) }))
    }
}
