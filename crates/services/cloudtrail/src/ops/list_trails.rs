//! ListTrails: there are none to list.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    cloudtrail::{ListTrailsError, ListTrailsRequest, ListTrailsResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListTrails;

impl Operation for ListTrails {
    type Call = calls::ListTrails;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &ListTrailsRequest,
    ) -> Result<Answered<ListTrailsResponse>, ListTrailsError> {
        let allowed = passage
            .authorize_other("cloudtrail:ListTrails", On::default(), Context::new())
            .map_err(CommonError::from)?;
        Ok(passage.answer(&allowed, ListTrailsResponse { trails: Some(Vec::new()), next_token: None }))
    }
}
