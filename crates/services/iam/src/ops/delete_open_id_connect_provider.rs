//! DeleteOpenIDConnectProvider: removes an identity provider.
//!
//! AWS: roles that trust it stay as they are, and nobody can assume them through it any more.

use crate::{names, provider};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteOpenIDConnectProviderError, DeleteOpenIDConnectProviderRequest, calls},
};

/// The handler.
pub(crate) struct DeleteOpenIDConnectProvider;

impl Operation for DeleteOpenIDConnectProvider {
    type Call = calls::DeleteOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteOpenIDConnectProviderRequest,
    ) -> Result<Answered<NoOutput>, DeleteOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, DeleteOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let allowed = target.authorize(passage, "iam:DeleteOpenIDConnectProvider", target.context())?;
        let edits = vec![target.found::<DeleteOpenIDConnectProviderError>()?.delete()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
