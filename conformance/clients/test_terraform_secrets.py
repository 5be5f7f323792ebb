"""Terraform with the real AWS provider on what holds values: imported material, parameters, secrets. A file of its own, so
that a second worker takes it."""

from harness.clients import ACCOUNT, REGION, connect
from harness.terraform import SECOND_REGION, Terraform


def test_rotation_and_imported_material_are_applied_planned_empty_updated_and_destroyed(server, kms, tmp_path):
    outputs = Terraform(server, "kms-material", tmp_path, f"root-{ACCOUNT}").whole_life()
    assert outputs["states"] == ["Disabled", "Enabled"]
    assert kms.describe_key(KeyId=outputs["rotated"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_every_parameter_resource_is_applied_planned_empty_updated_and_destroyed(server, root, tmp_path):
    outputs = Terraform(server, "ssm", tmp_path, f"root-{ACCOUNT}").whole_life()
    assert outputs == {
        "plain": "two",
        "secret": "second secret",
        "versions": [2, 2, 2],
        "tier": "Advanced",
        "by_path": ["/tf/ssm/list", "/tf/ssm/plain", "/tf/ssm/secret"],
    }
    left = root.client("ssm").describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/tf/"]}])
    assert left["Parameters"] == []


def test_every_secret_resource_is_applied_planned_empty_updated_and_destroyed(server, root, tmp_path):
    outputs = Terraform(server, "secretsmanager", tmp_path, f"root-{ACCOUNT}").whole_life()
    assert outputs == {
        "secret": "second secret",
        "described": "second",
        "password_length": 40,
        "names": ["tf/own", "tf/plain"],
        "versions": 2,
    }
    for region in (REGION, SECOND_REGION):
        client = connect(server, server.keys(f"root-{ACCOUNT}"), region=region, service="secretsmanager")
        assert client.list_secrets(Filters=[{"Key": "name", "Values": ["tf/"]}])["SecretList"] == []
