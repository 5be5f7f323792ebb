"""Terraform with the real AWS provider: what it makes it finds again unchanged, can change, and can take away."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from harness import process
from harness.clients import REGION, connect
from harness.openid import certificate
from harness.terraform import CONFIGURATIONS, SECOND_REGION, Terraform

KMS_ACCOUNT = "109876543210"
IAM_ACCOUNT = "210987654321"
ORGANIZATION_ACCOUNT = "321098765432"


# What the provider has for keys and identities, of which every one must be in a configuration.
RESOURCES = {
    "aws_kms": [
        *("alias", "ciphertext", "custom_key_store", "external_key", "grant", "key", "key_policy", "replica_external_key"),
        "replica_key",
    ],
    "aws_iam": [
        *("access_key", "account_alias", "account_password_policy", "group", "group_membership", "group_policy"),
        *("group_policy_attachment", "instance_profile", "openid_connect_provider", "policy", "policy_attachment", "role"),
        *("role_policies_exclusive", "role_policy", "role_policy_attachment", "role_policy_attachments_exclusive"),
        *("service_linked_role", "user", "user_group_membership", "user_login_profile", "user_policy"),
        *("user_policy_attachment", "virtual_mfa_device"),
    ],
    "aws_organizations": ["account", "organization", "organizational_unit", "policy", "policy_attachment"],
}
DATA = {
    "aws_kms": ["alias", "ciphertext", "custom_key_store", "key", "public_key", "secrets"],
    "aws_resourcegroupstaggingapi": ["resources"],
    "aws_iam": [
        *("access_keys", "account_alias", "group", "instance_profile", "openid_connect_provider", "policy"),
        *("principal_policy_simulation", "role", "roles", "user", "users"),
    ],
    "aws": ["caller_identity"],
}


def types(kind: str) -> set[str]:
    texts = [path.read_text() for path in CONFIGURATIONS.glob("*/*.tf")]
    return {found for text in texts for found in re.findall(rf'^{kind} "(\w+)"', text, re.MULTILINE)}


def test_every_resource_and_data_source_is_in_a_configuration():
    wanted = {f"{service}_{name}" for service, names in RESOURCES.items() for name in names}
    assert wanted - types("resource") == set()
    assert {f"{service}_{name}" for service, names in DATA.items() for name in names} - types("data") == set()


@pytest.fixture(scope="module")
def terraformed(tmp_path_factory):
    """A server of its own: aliases, password policies and organizations belong to whole accounts."""
    running = process.dev(tmp_path_factory.mktemp("terraformed"), [KMS_ACCOUNT, IAM_ACCOUNT, ORGANIZATION_ACCOUNT])
    yield running
    if running.process.poll() is None:
        running.kill()


def trust_anchor() -> str:
    """A certificate such as the owner of an HSM cluster signs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return certificate("anchor", key, None, key, is_authority=True).public_bytes(Encoding.PEM).decode()


def test_every_kms_resource_is_applied_planned_empty_updated_and_destroyed(terraformed, tmp_path):
    profile = f"root-{KMS_ACCOUNT}"
    outputs = Terraform(terraformed, "kms", tmp_path, profile, certificate=trust_anchor()).whole_life()
    assert load_pem_public_key(outputs.pop("public_key_pem").encode()).key_size == 3072
    assert outputs == {
        "description": "two",
        "found_by_tag": True,
        "alias_follows": True,
        "signing_algorithms": [
            f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
        ],
        "secret": "second secret",
        "brought": ["KEY_MATERIAL_EXPIRES", "Disabled"],
        "empty": "PendingImport",
        "replica_of": REGION,
        "replica_id_is_the_primarys": True,
        "store": "DISCONNECTED",
    }
    for region in (REGION, SECOND_REGION):
        kms = connect(terraformed, terraformed.keys(profile), region=region)
        assert not [alias for alias in kms.list_aliases()["Aliases"] if not alias["AliasName"].startswith("alias/aws/")]
        keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
        assert keys and {key["KeyState"] for key in keys} <= {"PendingDeletion", "PendingReplicaDeletion"}


def test_every_iam_resource_is_applied_planned_empty_updated_and_destroyed(terraformed, tmp_path):
    outputs = Terraform(terraformed, "iam", tmp_path, f"root-{IAM_ACCOUNT}").whole_life()
    assert outputs == {
        "account": IAM_ACCOUNT,
        "alias": "gatekey-tf-two",
        "users": ["tf-alice", "tf-robert"],
        "may_list_keys": True,
        "keys_of_bob": ["Inactive"],
    }
    iam = connect(terraformed, terraformed.keys(f"root-{IAM_ACCOUNT}"), service="iam")
    assert not iam.list_users()["Users"] and not iam.list_groups()["Groups"] and not iam.list_roles()["Roles"]
    assert not iam.list_policies(Scope="Local")["Policies"] and not iam.list_virtual_mfa_devices()["VirtualMFADevices"]


def test_every_organizations_resource_is_applied_planned_empty_updated_and_destroyed(terraformed, tmp_path):
    outputs = Terraform(terraformed, "organizations", tmp_path, f"root-{ORGANIZATION_ACCOUNT}").whole_life()
    assert outputs["accounts"] == 2
    assert len(outputs["member"]) == 12
