//! EnableOrganizationsRootSessions: from now on tasks of member accounts are done by AssumeRoot.
//!
//! AWS: only the management account or IAM's delegated administrator, in an organization with all features in which IAM
//! has trusted access.

use crate::root_access;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    EnableOrganizationsRootSessionsError, EnableOrganizationsRootSessionsRequest,
    EnableOrganizationsRootSessionsResponse, FeatureType, calls,
};

/// The handler.
pub(crate) struct EnableOrganizationsRootSessions;

impl Operation for EnableOrganizationsRootSessions {
    type Call = calls::EnableOrganizationsRootSessions;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &EnableOrganizationsRootSessionsRequest,
    ) -> Result<Answered<EnableOrganizationsRootSessionsResponse>, EnableOrganizationsRootSessionsError> {
        let (action, feature) = ("iam:EnableOrganizationsRootSessions", FeatureType::RootSessions);
        root_access::switch(passage, action, feature, true, |(organization_id, enabled_features)| {
            EnableOrganizationsRootSessionsResponse { organization_id, enabled_features }
        })
        .await
    }
}
