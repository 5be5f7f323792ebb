"""Secrets Manager with boto3 and the real command line."""

import pytest

from harness import pages
from harness.clients import ACCOUNT, REGION, connect, outcome, refusal
from harness.identities import fresh, identity_policy

CANARY = "canary-of-secrets-manager-91ce"


@pytest.fixture
def secrets(server):
    return connect(server, server.keys(f"root-{ACCOUNT}"), service="secretsmanager")


def test_texts_and_bytes_are_made_put_and_read(secrets, key):
    for more, value in [
        ({}, {"SecretString": "s\u00e9cret"}),
        ({"KmsKeyId": key["Arn"]}, {"SecretBinary": b"\x00\x01\xff"}),
        ({"KmsKeyId": key["KeyId"]}, {"SecretString": "x" * 65536}),
    ]:
        name = fresh("s")
        made = secrets.create_secret(Name=name, **value, **more)
        assert made["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-")
        read = secrets.get_secret_value(SecretId=made["ARN"])
        assert {member: read[member] for member in value} == value
        second = secrets.put_secret_value(SecretId=name, SecretString="second")
        stages = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
        assert stages == {made["VersionId"]: ["AWSPREVIOUS"], second["VersionId"]: ["AWSCURRENT"]}


def test_refusals_have_awss_codes_and_words(secrets, kms, key):
    missing = refusal(secrets.get_secret_value, SecretId="none")
    assert missing == ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString="a", KmsKeyId=key["Arn"])
    taken = refusal(secrets.create_secret, Name=name, SecretString="b")
    assert taken == ("ResourceExistsException", f"The operation failed because the secret {name} already exists.")
    kms.disable_key(KeyId=key["KeyId"])
    assert refusal(secrets.get_secret_value, SecretId=name).code == "DecryptionFailure"
    assert refusal(secrets.put_secret_value, SecretId=name, SecretString="b").code == "EncryptionFailure"


def test_listings_are_walked_by_boto3s_own_paginators(secrets):
    prefix = fresh("walk")
    names = [f"{prefix}/{n}" for n in range(7)]
    for name in names:
        secrets.create_secret(Name=name, SecretString="x")
    filters = [{"Key": "name", "Values": [prefix]}]
    walked = secrets.get_paginator("list_secrets").paginate(
        Filters=filters, SortBy="name", SortOrder="asc", PaginationConfig={"PageSize": 3}
    )
    assert [one["Name"] for page in walked for one in page["SecretList"]] == names
    read = secrets.batch_get_secret_value(SecretIdList=[names[0], "none"])
    assert [one["Name"] for one in read["SecretValues"]] == names[:1]
    assert [one["ErrorCode"] for one in read["Errors"]] == ["ResourceNotFoundException"]


def test_random_passwords_are_as_asked(secrets):
    password = secrets.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
    assert len(password) == 64 and password.isalnum()
    assert password != secrets.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]


def test_the_page_of_the_documentation_works_as_it_says(aws, tmp_path):
    said = pages.run("secrets-manager.md", aws, tmp_path)
    assert "correct-horse" in said and "battery-staple" in said and '"InSync"' in said


def test_a_value_is_in_no_file_of_the_server(secrets, server):
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString=CANARY)
    secrets.put_secret_value(SecretId=name, SecretString=f"{CANARY}-2")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == f"{CANARY}-2"
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    assert files and not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_the_same_request_token_makes_one_version(secrets):
    name, token = fresh("s"), "0123456789abcdef0123456789abcdef"
    made = secrets.create_secret(Name=name, SecretString="v", ClientRequestToken=token)
    assert made["VersionId"] == token
    assert secrets.put_secret_value(SecretId=name, SecretString="v", ClientRequestToken=token)["VersionId"] == token
    told = outcome(secrets.put_secret_value, SecretId=name, SecretString="w", ClientRequestToken=token)
    assert told == "ResourceExistsException"
    assert outcome(secrets.create_secret, Name=name, SecretString="other") == "ResourceExistsException"


def test_who_has_no_right_to_the_key_reads_no_secret(root, secrets, key):
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString=CANARY, KmsKeyId=key["KeyId"])
    reader = root.user(None, identity_policy("secretsmanager:*")).client("secretsmanager")
    told = refusal(reader.get_secret_value, SecretId=name)
    assert (told.code, told.message) == ("AccessDeniedException", "Access to KMS is not allowed")
    under_default = fresh("s")
    secrets.create_secret(Name=under_default, SecretString="v")
    assert reader.get_secret_value(SecretId=under_default)["SecretString"] == "v"


def test_a_secret_under_a_key_that_does_not_work_cannot_be_read(root, secrets, key):
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString="v", KmsKeyId=key["KeyId"])
    root.kms.disable_key(KeyId=key["KeyId"])
    assert outcome(secrets.get_secret_value, SecretId=name) == "DecryptionFailure"
    root.kms.enable_key(KeyId=key["KeyId"])
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "v"


def test_a_deleted_secret_waits_and_can_be_restored(secrets):
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString="v")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert outcome(secrets.get_secret_value, SecretId=name) == "InvalidRequestException"
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "v"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert outcome(secrets.get_secret_value, SecretId=name) == "ResourceNotFoundException"


def test_a_replica_is_read_in_its_own_region(root, secrets):
    name = fresh("s")
    secrets.create_secret(Name=name, SecretString="v", AddReplicaRegions=[{"Region": "eu-west-1"}])
    there = root.client("secretsmanager", "eu-west-1")
    assert there.get_secret_value(SecretId=name)["SecretString"] == "v"
    secrets.put_secret_value(SecretId=name, SecretString="w")
    assert there.get_secret_value(SecretId=name)["SecretString"] == "w"
