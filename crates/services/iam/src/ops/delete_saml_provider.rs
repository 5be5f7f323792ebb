//! DeleteSAMLProvider: removes an identity provider.
//!
//! AWS: roles that trust it stay as they are, and nobody can assume them through it any more.

use crate::{names, provider};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteSAMLProviderError, DeleteSAMLProviderRequest, calls},
};

/// The handler.
pub(crate) struct DeleteSAMLProvider;

impl Operation for DeleteSAMLProvider {
    type Call = calls::DeleteSAMLProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteSAMLProviderRequest,
    ) -> Result<Answered<NoOutput>, DeleteSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<SamlProviderRecord, DeleteSAMLProviderError>(
            passage,
            &input.saml_provider_arn,
        )?;
        let allowed = target.authorize(passage, "iam:DeleteSAMLProvider", target.context())?;
        let edits = vec![target.found::<DeleteSAMLProviderError>()?.delete()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
