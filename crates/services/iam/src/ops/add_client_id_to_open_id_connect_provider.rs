//! AddClientIDToOpenIDConnectProvider: accepts one more audience.
//!
//! AWS: adding one that is there changes nothing and is no error.

use crate::{names, oidc, provider};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{AddClientIDToOpenIDConnectProviderError, AddClientIDToOpenIDConnectProviderRequest, calls},
};

/// The handler.
pub(crate) struct AddClientIDToOpenIDConnectProvider;

impl Operation for AddClientIDToOpenIDConnectProvider {
    type Call = calls::AddClientIDToOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AddClientIDToOpenIDConnectProviderRequest,
    ) -> Result<Answered<NoOutput>, AddClientIDToOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, AddClientIDToOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let allowed =
            target.authorize(passage, "iam:AddClientIDToOpenIDConnectProvider", target.context())?;
        let provider = target.found::<AddClientIDToOpenIDConnectProviderError>()?;
        let mut record = provider.record.clone();
        let clients = record.clients.iter().chain([&input.client_id]).cloned();
        record.clients = oidc::clients::<AddClientIDToOpenIDConnectProviderError>(passage, clients)?;
        let edits = vec![provider.update(&record)];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
