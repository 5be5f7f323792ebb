//! GetAccountAuthorizationDetails: all users, groups, roles and policies of the account, with all that bears on rights.
//!
//! AWS: documents are URL-encoded; pages run through all kinds, and a page may have several of them.

use crate::{details::Item, names, page::Page};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        GetAccountAuthorizationDetailsError, GetAccountAuthorizationDetailsRequest,
        GetAccountAuthorizationDetailsResponse, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetAccountAuthorizationDetails;

impl Operation for GetAccountAuthorizationDetails {
    type Call = calls::GetAccountAuthorizationDetails;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetAccountAuthorizationDetailsRequest,
    ) -> Result<Answered<GetAccountAuthorizationDetailsResponse>, GetAccountAuthorizationDetailsError> {
        passage.draft().set_parameters(&names::camel(input));
        let allowed = passage
            .authorize_other("iam:GetAccountAuthorizationDetails", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let all = Item::all(&passage.snapshot().directory, passage.account(), input.filter.as_ref());
        let page = Page::take::<GetAccountAuthorizationDetailsError>(
            all,
            Item::key,
            input.marker.as_ref(),
            input.max_items,
        )?;
        let mut answer = GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        page.items.iter().for_each(|item| item.show(passage, &mut answer));
        Ok(passage.answer(&allowed, answer))
    }
}
