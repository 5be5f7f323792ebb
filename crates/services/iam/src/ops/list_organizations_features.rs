//! ListOrganizationsFeatures: which features of central root access are enabled.
//!
//! AWS: only the management account or IAM's delegated administrator.

use crate::root_access;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListOrganizationsFeaturesError, ListOrganizationsFeaturesRequest, ListOrganizationsFeaturesResponse,
    calls,
};

/// The handler.
pub(crate) struct ListOrganizationsFeatures;

impl Operation for ListOrganizationsFeatures {
    type Call = calls::ListOrganizationsFeatures;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &ListOrganizationsFeaturesRequest,
    ) -> Result<Answered<ListOrganizationsFeaturesResponse>, ListOrganizationsFeaturesError> {
        root_access::list(passage, "iam:ListOrganizationsFeatures", |(organization_id, enabled_features)| {
            ListOrganizationsFeaturesResponse { organization_id, enabled_features }
        })
    }
}
