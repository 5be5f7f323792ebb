//! Custom key stores, as the operations on them and the operations in them share it.

use crate::fault::{internal, invalid, uncommitted};
use gatekey_gate::{Allowed, Answered, Passage};
use gatekey_keyring::{
    Backing, Connectivity, HeldKeyStores, KeyRecord, KeySpec, KeyStore, KeyStoreFault, KeyStores, Origin,
};
use gatekey_model::{
    common::ValidationException,
    kms::{
        CreateKeyError, CreateKeyRequest, CustomKeyStoreInvalidStateException,
        CustomKeyStoreNameInUseException, CustomKeyStoreNotFoundException, GenerateRandomError,
        IncorrectTrustAnchorException, KMSInternalException, UnsupportedOperationException,
        XksProxyConnectivityType, XksProxyUriEndpointInUseException, XksProxyUriInUseException,
        XksProxyVpcEndpointServiceInUseException,
    },
};
use gatekey_types::AccountId;
use serde::Serialize;
use x509_parser::pem::parse_x509_pem;

/// How messages call the one kind of store.
pub(crate) const CLUSTERS: &str = "AWS_CLOUDHSM key stores";
/// How they call the other.
pub(crate) const PROXIES: &str = "EXTERNAL_KEY_STORE key stores";

/// CloudTrail's parameters of what names a store and changes nothing in it but its connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named<'a> {
    pub(crate) custom_key_store_id: &'a str,
}

/// The caller's stores in the Region.
pub(crate) fn held(passage: &Passage<'_>) -> HeldKeyStores {
    passage.snapshot().keyring.key_stores(passage.account(), passage.region())
}

/// There is no such store, or its connection forbids what is asked.
pub(crate) fn unfit<E>(fault: KeyStoreFault) -> E
where
    E: From<CustomKeyStoreNotFoundException>
        + From<CustomKeyStoreInvalidStateException>
        + From<KMSInternalException>,
{
    let text = fault.to_string();
    match fault {
        KeyStoreFault::NoSuchStore(_) => CustomKeyStoreNotFoundException::new(text).into(),
        KeyStoreFault::WrongState { .. } => CustomKeyStoreInvalidStateException::new(text).into(),
        other => internal(other),
    }
}

/// Another store has what must be one store's alone.
pub(crate) fn taken<E>(fault: KeyStoreFault) -> E
where
    E: From<CustomKeyStoreNameInUseException>
        + From<XksProxyUriInUseException>
        + From<XksProxyUriEndpointInUseException>
        + From<XksProxyVpcEndpointServiceInUseException>
        + From<KMSInternalException>,
{
    let text = fault.to_string();
    match fault {
        KeyStoreFault::NameInUse(_) => CustomKeyStoreNameInUseException::new(text).into(),
        KeyStoreFault::ProxyInUse(_) => XksProxyUriInUseException::new(text).into(),
        KeyStoreFault::EndpointInUse(_) => XksProxyUriEndpointInUseException::new(text).into(),
        KeyStoreFault::ServiceInUse(_) => XksProxyVpcEndpointServiceInUseException::new(text).into(),
        other => internal(other),
    }
}

/// Puts stores in the place of the present ones.
pub(crate) async fn replace<T, E: From<KMSInternalException>>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    held: &HeldKeyStores,
    stores: &KeyStores,
    answer: T,
) -> Result<Answered<T>, E> {
    let edit = held.replaced(passage.account(), passage.region(), stores);
    passage.commit(allowed, vec![edit], answer).await.map_err(uncommitted::<E>)
}

/// A trust anchor is one certificate as PEM, and nothing else.
pub(crate) fn trust_anchor<E: From<IncorrectTrustAnchorException>>(text: &str) -> Result<(), E> {
    let bad = || E::from(IncorrectTrustAnchorException::new(inferred_not_a_certificate()));
    let (rest, pem) = parse_x509_pem(text.as_bytes()).map_err(|_| bad())?;
    let is_one = pem.label == "CERTIFICATE" && rest.iter().all(u8::is_ascii_whitespace);
    if is_one && pem.parse_x509().is_ok() { Ok(()) } else { Err(bad()) }
}

/// AWS documents no text for a trust anchor that is no certificate.
fn inferred_not_a_certificate() -> &'static str {
    "TrustAnchorCertificate is not a certificate in PEM."
}

/// A member of a request that its kind of store needs.
pub(crate) fn required<T: Clone, E: From<ValidationException>>(
    member: &Option<T>,
    name: &str,
    kind: &str,
) -> Result<T, E> {
    member.clone().ok_or_else(|| invalid(inferred_store_needs(name, kind)))
}

/// Members of a request that its kind of store does not take.
pub(crate) fn refused<E: From<ValidationException>>(members: &[(bool, &str)], kind: &str) -> Result<(), E> {
    match members.iter().find(|(given, _)| *given) {
        Some((_, name)) => Err(invalid(inferred_refused(name, kind))),
        None => Ok(()),
    }
}

/// AWS documents which members go with which kind, but neither code nor text for the others.
fn inferred_store_needs(name: &str, kind: &str) -> String {
    format!("{name} is required for {kind}.")
}

/// The same for members that are too many.
fn inferred_refused(name: &str, kind: &str) -> String {
    format!("{name} is not valid for {kind}.")
}

/// How a proxy is reached: an endpoint service must be named where it is reached through one, and nowhere else. `owner` owns
/// it, if the request does not say who does.
pub(crate) fn connectivity<E: From<ValidationException>>(
    kind: XksProxyConnectivityType,
    service: Option<&str>,
    owner_sent: Option<&str>,
    owner: AccountId,
) -> Result<Connectivity, E> {
    match kind {
        XksProxyConnectivityType::PublicEndpoint => {
            refused::<E>(
                &[
                    (service.is_some(), "XksProxyVpcEndpointServiceName"),
                    (owner_sent.is_some(), "XksProxyVpcEndpointServiceOwner"),
                ],
                "PUBLIC_ENDPOINT",
            )?;
            Ok(Connectivity::PublicEndpoint)
        }
        XksProxyConnectivityType::VpcEndpointService => {
            let (name, kind) = ("XksProxyVpcEndpointServiceName", "VPC_ENDPOINT_SERVICE");
            let service = required::<_, E>(&service.map(str::to_owned), name, kind)?;
            let owner = match owner_sent {
                Some(text) => text.parse().map_err(|_| invalid::<E>(format!("{text} is not an account.")))?,
                None => owner,
            };
            Ok(Connectivity::VpcEndpointService { service, owner })
        }
    }
}

/// What comes of CreateKey in a key store.
///
/// # Errors
/// Always: the members do not go together, there is no such store, or it is not connected, as none is in this version.
pub(crate) fn refuse_key(
    passage: &Passage<'_>,
    id: &str,
    request: &CreateKeyRequest,
    record: &KeyRecord,
) -> CreateKeyError {
    let kind = match record.origin {
        Origin::AwsCloudHsm => "AWS_CLOUDHSM",
        Origin::ExternalKeyStore => "EXTERNAL_KEY_STORE",
        other => return invalid(inferred_refused("CustomKeyStoreId", &format!("Origin {other}"))),
    };
    if record.spec != KeySpec::SymmetricDefault || record.multi_region.is_some() {
        let text = "Custom key stores hold symmetric encryption keys of one Region only.";
        return UnsupportedOperationException::new(text).into();
    }
    if record.origin == Origin::ExternalKeyStore && request.xks_key_id.is_none() {
        return invalid(inferred_store_needs("XksKeyId", "Origin EXTERNAL_KEY_STORE"));
    }
    match held(passage).record.get(id) {
        Ok(store) if store.backing.as_str() != kind => {
            invalid(inferred_refused("CustomKeyStoreId", &format!("Origin {kind}")))
        }
        Ok(store) => unfit(store.not_connected()),
        Err(fault) => unfit(fault),
    }
}

/// What comes of GenerateRandom in a key store: it must be a connected cluster.
pub(crate) fn refuse_random(passage: &Passage<'_>, id: &str) -> GenerateRandomError {
    match held(passage).record.get(id) {
        Ok(KeyStore { backing: Backing::External(_), .. }) => {
            UnsupportedOperationException::new("External key stores make no random bytes.").into()
        }
        Ok(store) => unfit(store.not_connected()),
        Err(fault) => unfit(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::CreateCustomKeyStoreError;

    #[test]
    fn inferred_not_a_certificate() {
        for text in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let told = trust_anchor::<CreateCustomKeyStoreError>(text).unwrap_err().to_string();
            assert!(told.starts_with("IncorrectTrustAnchorException"), "{told}");
        }
    }

    #[test]
    fn inferred_store_needs() {
        let told = required::<String, CreateCustomKeyStoreError>(&None, "A", "B").unwrap_err();
        assert_eq!(told.to_string(), "ValidationException: A is required for B.");
    }

    #[test]
    fn inferred_refused() {
        let members = [(false, "A"), (true, "C")];
        let told = refused::<CreateCustomKeyStoreError>(&members, "B").unwrap_err();
        assert_eq!(told.to_string(), "ValidationException: C is not valid for B.");
    }
}
