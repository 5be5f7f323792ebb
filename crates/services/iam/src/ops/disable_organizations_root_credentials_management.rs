//! DisableOrganizationsRootCredentialsManagement: from now on the root credentials of member accounts are managed centrally no more.
//!
//! AWS: only the management account or IAM's delegated administrator, in an organization with all features in which IAM
//! has trusted access.

use crate::root_access;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    DisableOrganizationsRootCredentialsManagementError, DisableOrganizationsRootCredentialsManagementRequest,
    DisableOrganizationsRootCredentialsManagementResponse, FeatureType, calls,
};

/// The handler.
pub(crate) struct DisableOrganizationsRootCredentialsManagement;

impl Operation for DisableOrganizationsRootCredentialsManagement {
    type Call = calls::DisableOrganizationsRootCredentialsManagement;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &DisableOrganizationsRootCredentialsManagementRequest,
    ) -> Result<
        Answered<DisableOrganizationsRootCredentialsManagementResponse>,
        DisableOrganizationsRootCredentialsManagementError,
    > {
        let (action, feature) =
            ("iam:DisableOrganizationsRootCredentialsManagement", FeatureType::RootCredentialsManagement);
        root_access::switch(passage, action, feature, false, |(organization_id, enabled_features)| {
            DisableOrganizationsRootCredentialsManagementResponse { organization_id, enabled_features }
        })
        .await
    }
}
