"""Custom key stores through boto3 and the `aws` command line: records, states and refusals; nothing stands behind them yet."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.clients import outcome
from harness.identities import fresh, identity_policy

SECRET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"


def anchor() -> str:
    """A certificate of nobody's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "anchor")])
    now = datetime.datetime.now(datetime.UTC)
    draft = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    draft = draft.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def proxy(**more) -> dict:
    name = fresh("proxy")
    return {
        "CustomKeyStoreName": name,
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": f"https://{name.lower().replace('_', '-')}.example.com",
        "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": {"AccessKeyId": "ABCDE2345672345EXAMPLE", "RawSecretAccessKey": SECRET},
    } | more


@pytest.fixture
def store(kms):
    made = kms.create_custom_key_store(**proxy())["CustomKeyStoreId"]
    yield made
    outcome(kms.disconnect_custom_key_store, CustomKeyStoreId=made)
    kms.delete_custom_key_store(CustomKeyStoreId=made)


def state(kms, store) -> tuple:
    told = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]
    return told["ConnectionState"], told.get("ConnectionErrorCode")


def test_connecting_a_store_fails_and_disconnecting_it_mends_that(kms, store):
    assert state(kms, store) == ("DISCONNECTED", None)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    assert state(kms, store) == ("FAILED", "XKS_PROXY_NOT_REACHABLE")
    assert outcome(kms.connect_custom_key_store, CustomKeyStoreId=store) == "CustomKeyStoreInvalidStateException"
    assert outcome(kms.delete_custom_key_store, CustomKeyStoreId=store) == "CustomKeyStoreInvalidStateException"
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    assert state(kms, store) == ("DISCONNECTED", None)
    key = {"CustomKeyStoreId": store, "Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "key1"}
    assert outcome(kms.create_key, **key) == "CustomKeyStoreInvalidStateException"


def test_a_secret_is_never_shown(kms, store, server):
    assert SECRET not in str(kms.describe_custom_key_stores(CustomKeyStoreId=store))
    kms.update_custom_key_store(
        CustomKeyStoreId=store,
        XksProxyAuthenticationCredential={"AccessKeyId": "ABCDE2345672345EXAMPLE", "RawSecretAccessKey": SECRET[::-1]},
    )
    assert SECRET[::-1] not in str(kms.describe_custom_key_stores(CustomKeyStoreId=store))


def test_a_cluster_needs_a_certificate_of_its_own(kms):
    cluster = {"CustomKeyStoreName": fresh("hsm"), "CloudHsmClusterId": "cluster-7a23b4cdefg", "KeyStorePassword": "kmsPswd"}
    assert outcome(kms.create_custom_key_store, **cluster, TrustAnchorCertificate="x") == "IncorrectTrustAnchorException"
    made = kms.create_custom_key_store(**cluster, TrustAnchorCertificate=anchor())["CustomKeyStoreId"]
    again = cluster | {"CustomKeyStoreName": fresh("hsm"), "TrustAnchorCertificate": anchor()}
    assert outcome(kms.create_custom_key_store, **again) == "CloudHsmClusterInUseException"
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    assert state(kms, made) == ("FAILED", "CLUSTER_NOT_FOUND")
    kms.disconnect_custom_key_store(CustomKeyStoreId=made)
    kms.delete_custom_key_store(CustomKeyStoreId=made)
    assert outcome(kms.describe_custom_key_stores, CustomKeyStoreId=made) == "CustomKeyStoreNotFoundException"


def test_identity_policies_decide(root, store):
    reader = root.user(None, identity_policy("kms:DescribeCustomKeyStores"))
    assert outcome(reader.kms.describe_custom_key_stores) == "ok"
    assert outcome(reader.kms.delete_custom_key_store, CustomKeyStoreId=store) == "AccessDeniedException"
    assert outcome(reader.kms.create_custom_key_store, **proxy()) == "AccessDeniedException"


def test_the_command_line_renames_a_store(aws, store):
    name = fresh("renamed")
    aws("kms", "update-custom-key-store", "--custom-key-store-id", store, "--new-custom-key-store-name", name).text()
    told = aws("kms", "describe-custom-key-stores", "--custom-key-store-name", name).json()
    assert told["CustomKeyStores"][0]["CustomKeyStoreId"] == store
