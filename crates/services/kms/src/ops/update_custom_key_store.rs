//! UpdateCustomKeyStore: another name for a key store, or what KMS must know of changes behind it.
//!
//! AWS: the store must be disconnected. Members of the other kind of store are refused. What is not sent stays.

use crate::{fault::denied, key_store};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{Backing, Cluster, Connectivity, KeyStore, KeyStoreFault, Proxy, StoreSecret};
use gatekey_model::kms::{
    CloudHsmClusterNotRelatedException, UpdateCustomKeyStoreError, UpdateCustomKeyStoreRequest,
    UpdateCustomKeyStoreResponse, XksProxyConnectivityType, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::AccountId;
use serde::Serialize;

/// CloudTrail's parameters: never the password, never the credential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    custom_key_store_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_custom_key_store_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_uri_endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_uri_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_vpc_endpoint_service_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_connectivity: Option<XksProxyConnectivityType>,
}

/// The handler.
pub(crate) struct UpdateCustomKeyStore;

impl Operation for UpdateCustomKeyStore {
    type Call = calls::UpdateCustomKeyStore;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateCustomKeyStoreRequest,
    ) -> Result<Answered<UpdateCustomKeyStoreResponse>, UpdateCustomKeyStoreError> {
        passage.draft().set_parameters(&Parameters {
            custom_key_store_id: &input.custom_key_store_id,
            new_custom_key_store_name: input.new_custom_key_store_name.as_deref(),
            cluster_id: input.cloud_hsm_cluster_id.as_deref(),
            xks_proxy_uri_endpoint: input.xks_proxy_uri_endpoint.as_deref(),
            xks_proxy_uri_path: input.xks_proxy_uri_path.as_deref(),
            xks_proxy_vpc_endpoint_service_name: input.xks_proxy_vpc_endpoint_service_name.as_deref(),
            xks_proxy_connectivity: input.xks_proxy_connectivity,
        });
        let allowed = passage
            .authorize_without_key(KmsAction::UpdateCustomKeyStore, Context::new())
            .map_err(denied::<UpdateCustomKeyStoreError>)?;
        let held = key_store::held(passage);
        let store = held.record.get(&input.custom_key_store_id);
        let store = store.map_err(key_store::unfit::<UpdateCustomKeyStoreError>)?;
        let backing = match &store.backing {
            Backing::CloudHsm(cluster) => Backing::CloudHsm(with_cluster(cluster, input)?),
            Backing::External(proxy) => Backing::External(with_proxy(proxy, input, passage.account())?),
        };
        store.is_at_rest().map_err(key_store::unfit::<UpdateCustomKeyStoreError>)?;
        let name = input.new_custom_key_store_name.clone().unwrap_or_else(|| store.name.clone());
        let changed = KeyStore { name, backing, ..store.clone() };
        let stores = held.record.with_changed(changed).map_err(unchanged)?;
        key_store::replace(passage, &allowed, &held, &stores, UpdateCustomKeyStoreResponse {}).await
    }
}

/// A cluster of another store has another certificate, so it is not related to this one's.
fn unchanged(fault: KeyStoreFault) -> UpdateCustomKeyStoreError {
    let text = fault.to_string();
    match fault {
        KeyStoreFault::ClusterInUse(_) => CloudHsmClusterNotRelatedException::new(text).into(),
        other => key_store::taken(other),
    }
}

fn with_cluster(
    cluster: &Cluster,
    input: &UpdateCustomKeyStoreRequest,
) -> Result<Cluster, UpdateCustomKeyStoreError> {
    key_store::refused::<UpdateCustomKeyStoreError>(
        &[
            (input.xks_proxy_connectivity.is_some(), "XksProxyConnectivity"),
            (input.xks_proxy_uri_endpoint.is_some(), "XksProxyUriEndpoint"),
            (input.xks_proxy_uri_path.is_some(), "XksProxyUriPath"),
            (input.xks_proxy_authentication_credential.is_some(), "XksProxyAuthenticationCredential"),
            (input.xks_proxy_vpc_endpoint_service_name.is_some(), "XksProxyVpcEndpointServiceName"),
            (input.xks_proxy_vpc_endpoint_service_owner.is_some(), "XksProxyVpcEndpointServiceOwner"),
        ],
        key_store::CLUSTERS,
    )?;
    let password = input.key_store_password.as_ref().map(|password| StoreSecret::new(password.expose()));
    Ok(Cluster {
        id: input.cloud_hsm_cluster_id.clone().unwrap_or_else(|| cluster.id.clone()),
        password: password.unwrap_or_else(|| cluster.password.clone()),
        trust_anchor: cluster.trust_anchor.clone(),
    })
}

fn with_proxy(
    proxy: &Proxy,
    input: &UpdateCustomKeyStoreRequest,
    caller: AccountId,
) -> Result<Proxy, UpdateCustomKeyStoreError> {
    key_store::refused::<UpdateCustomKeyStoreError>(
        &[
            (input.cloud_hsm_cluster_id.is_some(), "CloudHsmClusterId"),
            (input.key_store_password.is_some(), "KeyStorePassword"),
        ],
        key_store::PROXIES,
    )?;
    let mut changed = proxy.clone();
    changed.connectivity = connectivity(proxy, input, caller)?;
    if let Some(endpoint) = &input.xks_proxy_uri_endpoint {
        changed.endpoint.clone_from(endpoint);
    }
    if let Some(path) = &input.xks_proxy_uri_path {
        changed.path.clone_from(path);
    }
    if let Some(credential) = &input.xks_proxy_authentication_credential {
        changed.access_key_id.clone_from(credential.access_key_id.expose());
        changed.secret = StoreSecret::new(credential.raw_secret_access_key.expose());
    }
    Ok(changed)
}

/// Another way to the proxy needs another endpoint with it. Within the same way, what is not sent stays.
fn connectivity(
    proxy: &Proxy,
    input: &UpdateCustomKeyStoreRequest,
    caller: AccountId,
) -> Result<Connectivity, UpdateCustomKeyStoreError> {
    let present = XksProxyConnectivityType::from_name(proxy.connectivity.as_str());
    let wanted = input.xks_proxy_connectivity.or(present).unwrap_or(XksProxyConnectivityType::PublicEndpoint);
    if Some(wanted) != present {
        key_store::required::<_, UpdateCustomKeyStoreError>(
            &input.xks_proxy_uri_endpoint,
            "XksProxyUriEndpoint",
            "another XksProxyConnectivity",
        )?;
    }
    let (service, owner) = match &proxy.connectivity {
        Connectivity::VpcEndpointService { service, owner } if Some(wanted) == present => {
            (Some(service.as_str()), *owner)
        }
        _ => (None, caller),
    };
    key_store::connectivity(
        wanted,
        input.xks_proxy_vpc_endpoint_service_name.as_deref().or(service),
        input.xks_proxy_vpc_endpoint_service_owner.as_deref(),
        owner,
    )
}
