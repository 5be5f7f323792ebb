"""Secrets Manager with boto3 and the real command line."""

import pytest

from harness import pages
from harness.clients import ACCOUNT, REGION, connect, outcome, refusal
from harness.identities import fresh

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
