//! RemoveClientIDFromOpenIDConnectProvider: accepts an audience no more.
//!
//! AWS: removing one that is not there changes nothing and is no error.

use crate::{names, provider};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{
        RemoveClientIDFromOpenIDConnectProviderError, RemoveClientIDFromOpenIDConnectProviderRequest, calls,
    },
};

/// The handler.
pub(crate) struct RemoveClientIDFromOpenIDConnectProvider;

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    type Call = calls::RemoveClientIDFromOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveClientIDFromOpenIDConnectProviderRequest,
    ) -> Result<Answered<NoOutput>, RemoveClientIDFromOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, RemoveClientIDFromOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let allowed =
            target.authorize(passage, "iam:RemoveClientIDFromOpenIDConnectProvider", target.context())?;
        let provider = target.found::<RemoveClientIDFromOpenIDConnectProviderError>()?;
        let mut record = provider.record.clone();
        record.clients.retain(|client| *client != input.client_id);
        let edits = vec![provider.update(&record)];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
