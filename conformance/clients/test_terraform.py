"""Terraform with the real AWS provider: what it makes it finds again unchanged, can change, and can take away."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from harness import process
from harness.clients import REGION, connect
from harness.openid import certificate
from harness.terraform import SECOND_REGION, Terraform

KMS_ACCOUNT = "109876543210"
IAM_ACCOUNT = "210987654321"
ORGANIZATION_ACCOUNT = "321098765432"


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
