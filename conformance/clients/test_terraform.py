"""Terraform with the real AWS provider: what it makes it finds again unchanged, can change, and can take away."""

import pytest

from harness import process
from harness.clients import connect
from harness.terraform import Terraform

IAM_ACCOUNT = "210987654321"
ORGANIZATION_ACCOUNT = "321098765432"


@pytest.fixture(scope="module")
def terraformed(tmp_path_factory):
    """A server of its own: aliases, password policies and organizations belong to whole accounts."""
    running = process.dev(tmp_path_factory.mktemp("terraformed"), [IAM_ACCOUNT, ORGANIZATION_ACCOUNT])
    yield running
    if running.process.poll() is None:
        running.kill()


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
