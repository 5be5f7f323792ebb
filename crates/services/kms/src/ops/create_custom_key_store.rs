//! CreateCustomKeyStore: a record of an HSM cluster or of an external key manager's proxy, and of how KMS signs in there.
//!
//! AWS: which members go with which kind; names, clusters and proxies are each one store's alone. The password and the secret are
//! kept sealed and never shown. Whether cluster or proxy is there, ConnectCustomKeyStore finds out.

use crate::{fault::denied, key_store};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{
    Backing, Cluster, Connection, KeyStore, KeyStoreFault, KeyStoreId, Proxy, StoreSecret,
};
use gatekey_model::kms::{
    CloudHsmClusterInUseException, CreateCustomKeyStoreError, CreateCustomKeyStoreRequest,
    CreateCustomKeyStoreResponse, CustomKeyStoreType, LimitExceededException, XksProxyConnectivityType,
    calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::AccountId;
use serde::Serialize;

/// CloudTrail's parameters: never the password, never the credential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    custom_key_store_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_key_store_type: Option<CustomKeyStoreType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_uri_endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_uri_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_vpc_endpoint_service_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xks_proxy_connectivity: Option<XksProxyConnectivityType>,
}

/// CloudTrail's answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    custom_key_store_id: &'a str,
}

/// The handler.
pub(crate) struct CreateCustomKeyStore;

impl Operation for CreateCustomKeyStore {
    type Call = calls::CreateCustomKeyStore;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateCustomKeyStoreRequest,
    ) -> Result<Answered<CreateCustomKeyStoreResponse>, CreateCustomKeyStoreError> {
        passage.draft().set_parameters(&Parameters {
            custom_key_store_name: &input.custom_key_store_name,
            cluster_id: input.cloud_hsm_cluster_id.as_deref(),
            custom_key_store_type: input.custom_key_store_type,
            xks_proxy_uri_endpoint: input.xks_proxy_uri_endpoint.as_deref(),
            xks_proxy_uri_path: input.xks_proxy_uri_path.as_deref(),
            xks_proxy_vpc_endpoint_service_name: input.xks_proxy_vpc_endpoint_service_name.as_deref(),
            xks_proxy_connectivity: input.xks_proxy_connectivity,
        });
        let backing = backing(input, passage.account())?;
        let allowed = passage
            .authorize_without_key(KmsAction::CreateCustomKeyStore, Context::new())
            .map_err(denied::<CreateCustomKeyStoreError>)?;
        let id = KeyStoreId::from_random(passage.entropy().bytes());
        let store = KeyStore {
            id: id.clone(),
            name: input.custom_key_store_name.clone(),
            created: passage.now(),
            backing,
            connection: Connection::Disconnected,
        };
        let held = key_store::held(passage);
        let stores = held.record.with(store, passage.quotas().key_stores).map_err(unmade)?;
        let answer = CreateCustomKeyStoreResponse { custom_key_store_id: Some(id.as_str().to_owned()) };
        passage.draft().set_response(&Made { custom_key_store_id: id.as_str() });
        key_store::replace(passage, &allowed, &held, &stores, answer).await
    }
}

fn unmade(fault: KeyStoreFault) -> CreateCustomKeyStoreError {
    let text = fault.to_string();
    match fault {
        KeyStoreFault::TooMany(_) => LimitExceededException::new(text).into(),
        KeyStoreFault::ClusterInUse(_) => CloudHsmClusterInUseException::new(text).into(),
        other => key_store::taken(other),
    }
}

fn backing(
    input: &CreateCustomKeyStoreRequest,
    caller: AccountId,
) -> Result<Backing, CreateCustomKeyStoreError> {
    match input.custom_key_store_type.unwrap_or(CustomKeyStoreType::AwsCloudhsm) {
        CustomKeyStoreType::AwsCloudhsm => cluster(input).map(Backing::CloudHsm),
        CustomKeyStoreType::ExternalKeyStore => proxy(input, caller).map(Backing::External),
    }
}

fn cluster(input: &CreateCustomKeyStoreRequest) -> Result<Cluster, CreateCustomKeyStoreError> {
    const KIND: &str = key_store::CLUSTERS;
    key_store::refused::<CreateCustomKeyStoreError>(
        &[
            (input.xks_proxy_connectivity.is_some(), "XksProxyConnectivity"),
            (input.xks_proxy_uri_endpoint.is_some(), "XksProxyUriEndpoint"),
            (input.xks_proxy_uri_path.is_some(), "XksProxyUriPath"),
            (input.xks_proxy_authentication_credential.is_some(), "XksProxyAuthenticationCredential"),
            (input.xks_proxy_vpc_endpoint_service_name.is_some(), "XksProxyVpcEndpointServiceName"),
            (input.xks_proxy_vpc_endpoint_service_owner.is_some(), "XksProxyVpcEndpointServiceOwner"),
        ],
        KIND,
    )?;
    let id = key_store::required::<_, CreateCustomKeyStoreError>(
        &input.cloud_hsm_cluster_id,
        "CloudHsmClusterId",
        KIND,
    )?;
    let trust_anchor = key_store::required::<_, CreateCustomKeyStoreError>(
        &input.trust_anchor_certificate,
        "TrustAnchorCertificate",
        KIND,
    )?;
    let password = key_store::required::<_, CreateCustomKeyStoreError>(
        &input.key_store_password,
        "KeyStorePassword",
        KIND,
    )?;
    key_store::trust_anchor::<CreateCustomKeyStoreError>(&trust_anchor)?;
    Ok(Cluster { id, trust_anchor, password: StoreSecret::new(password.expose()) })
}

fn proxy(input: &CreateCustomKeyStoreRequest, caller: AccountId) -> Result<Proxy, CreateCustomKeyStoreError> {
    const KIND: &str = key_store::PROXIES;
    key_store::refused::<CreateCustomKeyStoreError>(
        &[
            (input.cloud_hsm_cluster_id.is_some(), "CloudHsmClusterId"),
            (input.trust_anchor_certificate.is_some(), "TrustAnchorCertificate"),
            (input.key_store_password.is_some(), "KeyStorePassword"),
        ],
        KIND,
    )?;
    let connectivity = key_store::required::<_, CreateCustomKeyStoreError>(
        &input.xks_proxy_connectivity,
        "XksProxyConnectivity",
        KIND,
    )?;
    let credential = key_store::required::<_, CreateCustomKeyStoreError>(
        &input.xks_proxy_authentication_credential,
        "XksProxyAuthenticationCredential",
        KIND,
    )?;
    let required = |member: &Option<String>, name| {
        key_store::required::<_, CreateCustomKeyStoreError>(member, name, KIND)
    };
    Ok(Proxy {
        connectivity: key_store::connectivity::<CreateCustomKeyStoreError>(
            connectivity,
            input.xks_proxy_vpc_endpoint_service_name.as_deref(),
            input.xks_proxy_vpc_endpoint_service_owner.as_deref(),
            caller,
        )?,
        endpoint: required(&input.xks_proxy_uri_endpoint, "XksProxyUriEndpoint")?,
        path: required(&input.xks_proxy_uri_path, "XksProxyUriPath")?,
        access_key_id: credential.access_key_id.expose().clone(),
        secret: StoreSecret::new(credential.raw_secret_access_key.expose()),
    })
}
