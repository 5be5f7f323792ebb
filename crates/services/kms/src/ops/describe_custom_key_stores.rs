//! DescribeCustomKeyStores: the key stores of the account in the Region, or one of them.
//!
//! AWS: one is named by its id or its name, not both. Passwords and secrets are never shown.

use crate::{
    fault::{denied, invalid},
    key_store, marker,
    metadata::epoch,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{Backing, Connection, Connectivity, KeyStore, KeyStoreFault, Page, Proxy};
use gatekey_model::{
    Sensitive,
    kms::{
        ConnectionErrorCodeType, ConnectionStateType, CustomKeyStoreNotFoundException, CustomKeyStoreType,
        CustomKeyStoresListEntry, DescribeCustomKeyStoresError, DescribeCustomKeyStoresRequest,
        DescribeCustomKeyStoresResponse, InvalidMarkerException, XksProxyConfigurationType,
        XksProxyConnectivityType, calls,
    },
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_key_store_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_key_store_name: Option<&'a str>,
}

/// The handler.
pub(crate) struct DescribeCustomKeyStores;

impl Operation for DescribeCustomKeyStores {
    type Call = calls::DescribeCustomKeyStores;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeCustomKeyStoresRequest,
    ) -> Result<Answered<DescribeCustomKeyStoresResponse>, DescribeCustomKeyStoresError> {
        let (id, name) = (input.custom_key_store_id.as_deref(), input.custom_key_store_name.as_deref());
        passage.draft().set_parameters(&Parameters { custom_key_store_id: id, custom_key_store_name: name });
        let allowed = passage
            .authorize_without_key(KmsAction::DescribeCustomKeyStores, Context::new())
            .map_err(denied::<DescribeCustomKeyStoresError>)?;
        if id.is_some() && name.is_some() {
            return Err(invalid("Specify CustomKeyStoreId or CustomKeyStoreName, not both."));
        }
        let stores = key_store::held(passage).record.stores;
        let is_meant = |store: &&KeyStore| {
            id.is_none_or(|id| store.id.as_str() == id) && name.is_none_or(|name| store.name == name)
        };
        let mut meant: Vec<_> = stores.iter().filter(is_meant).collect();
        if let Some(which) = id.or(name).filter(|_| meant.is_empty()) {
            let text = KeyStoreFault::NoSuchStore(which.to_owned()).to_string();
            return Err(CustomKeyStoreNotFoundException::new(text).into());
        }
        meant.sort_by(|one, two| one.id.cmp(&two.id));
        Ok(passage.answer(&allowed, page(&meant, input)?))
    }
}

fn page(
    stores: &[&KeyStore],
    input: &DescribeCustomKeyStoresRequest,
) -> Result<DescribeCustomKeyStoresResponse, DescribeCustomKeyStoresError> {
    const LISTING: &str = "DescribeCustomKeyStores";
    let after = marker::read::<DescribeCustomKeyStoresError>(LISTING, input.marker.as_deref())?;
    let after = after.map(|text| text.parse().map_err(|_| InvalidMarkerException::bare())).transpose()?;
    let rest = stores.iter().filter(|store| after.as_ref().is_none_or(|after| store.id > *after));
    let page = Page::take(rest, marker::page_size(input.limit, 100, 1000));
    let last = page.items.last().map(|store| marker::after(LISTING, store.id.as_str()));
    Ok(DescribeCustomKeyStoresResponse {
        next_marker: last.filter(|_| page.truncated),
        truncated: Some(page.truncated),
        custom_key_stores: Some(page.items.into_iter().map(|store| entry(store)).collect()),
    })
}

fn entry(store: &KeyStore) -> CustomKeyStoresListEntry {
    let (cluster, proxy) = match &store.backing {
        Backing::CloudHsm(cluster) => (Some(cluster), None),
        Backing::External(proxy) => (None, Some(proxy)),
    };
    let error = match store.connection {
        Connection::Failed(error) => ConnectionErrorCodeType::from_name(error.as_str()),
        Connection::Disconnected => None,
    };
    CustomKeyStoresListEntry {
        custom_key_store_id: Some(store.id.as_str().to_owned()),
        custom_key_store_name: Some(store.name.clone()),
        cloud_hsm_cluster_id: cluster.map(|cluster| cluster.id.clone()),
        trust_anchor_certificate: cluster.map(|cluster| cluster.trust_anchor.clone()),
        connection_state: ConnectionStateType::from_name(store.connection.as_str()),
        connection_error_code: error,
        creation_date: Some(epoch(store.created)),
        custom_key_store_type: CustomKeyStoreType::from_name(store.backing.as_str()),
        xks_proxy_configuration: proxy.map(configuration),
    }
}

fn configuration(proxy: &Proxy) -> XksProxyConfigurationType {
    let owner = match &proxy.connectivity {
        Connectivity::PublicEndpoint => None,
        Connectivity::VpcEndpointService { owner, .. } => Some(owner.to_string()),
    };
    XksProxyConfigurationType {
        connectivity: XksProxyConnectivityType::from_name(proxy.connectivity.as_str()),
        access_key_id: Some(Sensitive::new(proxy.access_key_id.clone())),
        uri_endpoint: Some(proxy.endpoint.clone()),
        uri_path: Some(proxy.path.clone()),
        vpc_endpoint_service_name: proxy.connectivity.service().map(str::to_owned),
        vpc_endpoint_service_owner: owner,
    }
}
