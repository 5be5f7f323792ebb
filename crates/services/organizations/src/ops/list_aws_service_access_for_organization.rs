//! ListAWSServiceAccessForOrganization: the services of AWS that are trusted with the organization.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event, moment,
    page::Page,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    EnabledServicePrincipal, ListAWSServiceAccessForOrganizationError,
    ListAWSServiceAccessForOrganizationRequest, ListAWSServiceAccessForOrganizationResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListAWSServiceAccessForOrganization;

impl Operation for ListAWSServiceAccessForOrganization {
    type Call = calls::ListAWSServiceAccessForOrganization;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAWSServiceAccessForOrganizationRequest,
    ) -> Result<Answered<ListAWSServiceAccessForOrganizationResponse>, ListAWSServiceAccessForOrganizationError>
    {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListAWSServiceAccessForOrganization",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListAWSServiceAccessForOrganizationError>(passage, &asked)?;
        delegation::all_features::<ListAWSServiceAccessForOrganizationError>(&org)?;

        let all = org.record().service_access.iter();
        let page = Page::take::<ListAWSServiceAccessForOrganizationError>(
            all,
            |(service, _)| (*service).clone(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let enabled_service_principals = page
            .items
            .iter()
            .map(|(service, since)| EnabledServicePrincipal {
                service_principal: Some((*service).clone()),
                date_enabled: Some(moment(**since)),
            })
            .collect();
        let answer = ListAWSServiceAccessForOrganizationResponse {
            enabled_service_principals: Some(enabled_service_principals),
            next_token: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
