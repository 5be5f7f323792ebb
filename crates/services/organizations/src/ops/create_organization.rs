//! CreateOrganization: the caller's account becomes the management account of a new organization.
//!
//! AWS's own policies are attached to the root and the account; no type is enabled yet.

use crate::{event, org::Org, shown};
use gatekey_directory::{Joining, Organizer};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    organizations::{
        AlreadyInOrganizationException, CreateOrganizationError, CreateOrganizationRequest,
        CreateOrganizationResponse, OrganizationFeatureSet, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateOrganization;

impl Operation for CreateOrganization {
    type Call = calls::CreateOrganization;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateOrganizationRequest,
    ) -> Result<Answered<CreateOrganizationResponse>, CreateOrganizationError> {
        event::note(passage, input);
        let account = passage.account();
        let on = On { owner: Some(account), ..On::default() };
        let allowed = passage
            .authorize_other("organizations:CreateOrganization", on, Context::new())
            .map_err(CommonError::from)?;
        if Org::of(passage).is_some() {
            let text = "The provided account is already a member of an organization.";
            return Err(AlreadyInOrganizationException::new(text).into());
        }
        let known = passage.snapshot().directory.account(account).map(|kept| kept.record.clone());
        let (name, email) = known.map(|record| (record.name, record.email)).unwrap_or_default();
        let all_features = input.feature_set != Some(OrganizationFeatureSet::ConsolidatedBilling);
        let joining = Joining { account, name, email };
        let organizer = Organizer::new(&joining, all_features, passage.now(), passage.entropy());
        let email = joining.member(&organizer.id, &organizer.record.root, false, passage.now()).email;
        let organization = shown::organization(&organizer.id, &organizer.record, &email);
        let answer = CreateOrganizationResponse { organization: Some(organization) };
        event::commit(passage, &allowed, organizer.edits(), answer).await
    }
}
