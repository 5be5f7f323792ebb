"""Secrets Manager with boto3 and the real command line."""

import pytest

from harness import pages
from harness.clients import ACCOUNT, REGION, outcome, refusal
from harness.identities import fresh, identity_policy

CANARY = "canary-of-secrets-manager-91fe"


@pytest.fixture
def secrets(root):
    return root.client("secretsmanager")


def named() -> str:
    return f"t/{fresh('s')}"


def test_a_secret_is_made_read_and_changed_and_its_labels_move(secrets, key):
    name = named()
    made = secrets.create_secret(Name=name, SecretString="one", KmsKeyId=key["KeyId"])
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-")
    first = secrets.get_secret_value(SecretId=name)
    assert (first["SecretString"], first["VersionStages"]) == ("one", ["AWSCURRENT"])
    second = secrets.put_secret_value(SecretId=made["ARN"], SecretBinary=b"two")
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == b"two"
    before = secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
    assert (before["SecretString"], before["VersionId"]) == ("one", made["VersionId"])
    stages = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert stages == {made["VersionId"]: ["AWSPREVIOUS"], second["VersionId"]: ["AWSCURRENT"]}
    secrets.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=made["VersionId"], RemoveFromVersionId=second["VersionId"]
    )
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"


def test_the_same_request_token_makes_one_version(secrets):
    name, token = named(), "0123456789abcdef0123456789abcdef"
    made = secrets.create_secret(Name=name, SecretString="v", ClientRequestToken=token)
    assert made["VersionId"] == token
    assert secrets.put_secret_value(SecretId=name, SecretString="v", ClientRequestToken=token)["VersionId"] == token
    told = outcome(secrets.put_secret_value, SecretId=name, SecretString="w", ClientRequestToken=token)
    assert told == "ResourceExistsException"
    assert outcome(secrets.create_secret, Name=name, SecretString="other") == "ResourceExistsException"


def test_what_cannot_be_is_refused(secrets):
    name = named()
    secrets.create_secret(Name=name, SecretString="v")
    assert outcome(secrets.put_secret_value, SecretId=name, SecretString="x" * 65_537) == "ValidationException"
    assert outcome(secrets.get_secret_value, SecretId=name, VersionStage="NOSUCH") == "ResourceNotFoundException"
    assert outcome(secrets.get_secret_value, SecretId=named()) == "ResourceNotFoundException"


def test_who_has_no_right_to_the_key_reads_no_secret(root, secrets, key):
    name = named()
    secrets.create_secret(Name=name, SecretString=CANARY, KmsKeyId=key["KeyId"])
    reader = root.user(None, identity_policy("secretsmanager:*")).client("secretsmanager")
    told = refusal(reader.get_secret_value, SecretId=name)
    assert (told.code, told.message) == ("AccessDeniedException", "Access to KMS is not allowed")
    under_default = named()
    secrets.create_secret(Name=under_default, SecretString="v")
    assert reader.get_secret_value(SecretId=under_default)["SecretString"] == "v"


def test_a_secret_under_a_key_that_does_not_work_cannot_be_read(root, secrets, key):
    name = named()
    secrets.create_secret(Name=name, SecretString="v", KmsKeyId=key["KeyId"])
    root.kms.disable_key(KeyId=key["KeyId"])
    assert outcome(secrets.get_secret_value, SecretId=name) == "DecryptionFailure"
    root.kms.enable_key(KeyId=key["KeyId"])
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "v"


def test_a_deleted_secret_waits_and_can_be_restored(secrets):
    name = named()
    secrets.create_secret(Name=name, SecretString="v")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert outcome(secrets.get_secret_value, SecretId=name) == "InvalidRequestException"
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "v"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert outcome(secrets.get_secret_value, SecretId=name) == "ResourceNotFoundException"


def test_a_replica_is_read_in_its_own_region(root, secrets):
    name = named()
    secrets.create_secret(Name=name, SecretString="v", AddReplicaRegions=[{"Region": "eu-west-1"}])
    there = root.client("secretsmanager", "eu-west-1")
    assert there.get_secret_value(SecretId=name)["SecretString"] == "v"
    secrets.put_secret_value(SecretId=name, SecretString="w")
    assert there.get_secret_value(SecretId=name)["SecretString"] == "w"


def test_values_are_in_no_file_of_the_server(secrets, key, server):
    for more in ({}, {"KmsKeyId": key["KeyId"]}):
        name = named()
        secrets.create_secret(Name=name, SecretString=CANARY, **more)
        secrets.put_secret_value(SecretId=name, SecretBinary=CANARY.encode())
        secrets.get_secret_value(SecretId=name)
        outcome(secrets.create_secret, Name=name, SecretString=CANARY)
    log = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and path.suffix != ".sock")
    assert b"PutSecretValue" in log
    assert CANARY.encode() not in log


def test_the_commands_of_the_page_run(aws, tmp_path):
    said = pages.run("secrets-manager.md", aws, tmp_path).splitlines()
    assert said.count("correct-horse") == 2 and said.count("battery-staple") == 1
    assert "24" in said and "shop/database" in said
