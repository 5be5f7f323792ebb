//! EnableOrganizationsRootCredentialsManagement: from now on the root credentials of member accounts are managed centrally.
//!
//! AWS: only the management account or IAM's delegated administrator, in an organization with all features in which IAM
//! has trusted access.

use crate::root_access;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    EnableOrganizationsRootCredentialsManagementError, EnableOrganizationsRootCredentialsManagementRequest,
    EnableOrganizationsRootCredentialsManagementResponse, FeatureType, calls,
};

/// The handler.
pub(crate) struct EnableOrganizationsRootCredentialsManagement;

impl Operation for EnableOrganizationsRootCredentialsManagement {
    type Call = calls::EnableOrganizationsRootCredentialsManagement;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &EnableOrganizationsRootCredentialsManagementRequest,
    ) -> Result<
        Answered<EnableOrganizationsRootCredentialsManagementResponse>,
        EnableOrganizationsRootCredentialsManagementError,
    > {
        let (action, feature) =
            ("iam:EnableOrganizationsRootCredentialsManagement", FeatureType::RootCredentialsManagement);
        root_access::switch(passage, action, feature, true, |(organization_id, enabled_features)| {
            EnableOrganizationsRootCredentialsManagementResponse { organization_id, enabled_features }
        })
        .await
    }
}
