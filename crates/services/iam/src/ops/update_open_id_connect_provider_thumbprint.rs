//! UpdateOpenIDConnectProviderThumbprint: replaces all thumbprints.
//!
//! AWS: the list that is given replaces the one that was there.

use crate::{names, oidc, provider};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{UpdateOpenIDConnectProviderThumbprintError, UpdateOpenIDConnectProviderThumbprintRequest, calls},
};

/// The handler.
pub(crate) struct UpdateOpenIDConnectProviderThumbprint;

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    type Call = calls::UpdateOpenIDConnectProviderThumbprint;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateOpenIDConnectProviderThumbprintRequest,
    ) -> Result<Answered<NoOutput>, UpdateOpenIDConnectProviderThumbprintError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, UpdateOpenIDConnectProviderThumbprintError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let allowed =
            target.authorize(passage, "iam:UpdateOpenIDConnectProviderThumbprint", target.context())?;
        let provider = target.found::<UpdateOpenIDConnectProviderThumbprintError>()?;
        let mut record = provider.record.clone();
        record.thumbprints =
            oidc::thumbprints::<UpdateOpenIDConnectProviderThumbprintError>(&input.thumbprint_list)?;
        let edits = vec![provider.update(&record)];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
