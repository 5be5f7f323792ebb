//! DisableOrganizationsRootSessions: from now on tasks of member accounts are done by AssumeRoot no more.
//!
//! AWS: only the management account or IAM's delegated administrator, in an organization with all features in which IAM
//! has trusted access.

use crate::root_access;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    DisableOrganizationsRootSessionsError, DisableOrganizationsRootSessionsRequest,
    DisableOrganizationsRootSessionsResponse, FeatureType, calls,
};

/// The handler.
pub(crate) struct DisableOrganizationsRootSessions;

impl Operation for DisableOrganizationsRootSessions {
    type Call = calls::DisableOrganizationsRootSessions;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &DisableOrganizationsRootSessionsRequest,
    ) -> Result<Answered<DisableOrganizationsRootSessionsResponse>, DisableOrganizationsRootSessionsError>
    {
        let (action, feature) = ("iam:DisableOrganizationsRootSessions", FeatureType::RootSessions);
        root_access::switch(passage, action, feature, false, |(organization_id, enabled_features)| {
            DisableOrganizationsRootSessionsResponse { organization_id, enabled_features }
        })
        .await
    }
}
