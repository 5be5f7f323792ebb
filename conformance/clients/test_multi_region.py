"""Multi-Region keys through boto3 and the `aws` command line: one server, several Regions."""

import base64
import datetime

import pytest

from harness.clients import ACCOUNT, connect, outcome, refusal
from harness.identities import identity_policy
from harness.policies import account_may, document

HOME, AWAY, FAR = "us-east-1", "eu-west-1", "ap-southeast-2"


@pytest.fixture(scope="module")
def regions(server) -> dict:
    """The root user's client of each Region."""
    keys = server.keys(f"root-{ACCOUNT}")
    return {region: connect(server, keys, region) for region in (HOME, AWAY, FAR)}


@pytest.fixture
def mrk(kms) -> str:
    return kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]


def arn(region: str, key: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"


def members(client, key: str) -> tuple[str, str, list[str]]:
    told = client.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    return told["MultiRegionKeyType"], told["PrimaryKey"]["Region"], [one["Region"] for one in told["ReplicaKeys"]]


def test_a_replica_opens_what_its_primary_key_sealed_and_the_other_way_round(kms, regions, mrk):
    made = kms.replicate_key(KeyId=mrk, ReplicaRegion=AWAY, Description="second", Tags=[{"TagKey": "a", "TagValue": "b"}])
    assert made["ReplicaKeyMetadata"]["Arn"] == arn(AWAY, mrk)
    assert (made["ReplicaKeyMetadata"]["KeyState"], made["ReplicaTags"]) == ("Creating", [{"TagKey": "a", "TagValue": "b"}])
    assert regions[AWAY].describe_key(KeyId=mrk)["KeyMetadata"]["KeyState"] == "Enabled"
    for one, other in ((HOME, AWAY), (AWAY, HOME)):
        blob = regions[one].encrypt(KeyId=mrk, Plaintext=b"secret")["CiphertextBlob"]
        opened = regions[other].decrypt(CiphertextBlob=blob, KeyId=arn(other, mrk))
        assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", arn(other, mrk))
    assert members(kms, mrk) == ("PRIMARY", HOME, [AWAY])
    assert members(regions[AWAY], mrk) == ("REPLICA", HOME, [AWAY])


def test_asymmetric_and_hmac_keys_are_replicated_too(kms, regions):
    for spec, usage in (("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        key = kms.create_key(MultiRegion=True, KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        kms.replicate_key(KeyId=key, ReplicaRegion=FAR)
        told = regions[FAR].describe_key(KeyId=key)["KeyMetadata"]
        assert (told["KeySpec"], told["KeyUsage"], told["KeyState"]) == (spec, usage, "Enabled")


def test_the_primary_key_moves_and_only_it_is_replicated(kms, regions, mrk):
    kms.replicate_key(KeyId=mrk, ReplicaRegion=AWAY)
    assert outcome(kms.replicate_key, KeyId=mrk, ReplicaRegion=AWAY) == "AlreadyExistsException"
    kms.update_primary_region(KeyId=mrk, PrimaryRegion=AWAY)
    assert members(kms, mrk) == ("REPLICA", AWAY, [HOME])
    told = refusal(kms.replicate_key, KeyId=mrk, ReplicaRegion=FAR)
    assert told == ("UnsupportedOperationException", f"{arn(HOME, mrk)} is not a multi-region primary key.")
    regions[AWAY].replicate_key(KeyId=mrk, ReplicaRegion=FAR)
    assert members(regions[FAR], mrk) == ("REPLICA", AWAY, [HOME, FAR])


def test_a_primary_key_waits_for_its_replicas(kms, regions, mrk):
    kms.replicate_key(KeyId=mrk, ReplicaRegion=AWAY)
    said = kms.schedule_key_deletion(KeyId=mrk, PendingWindowInDays=7)
    assert (said["KeyState"], said["PendingWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert "DeletionDate" not in said
    assert outcome(kms.encrypt, KeyId=mrk, Plaintext=b"x") == "KMSInvalidStateException"
    regions[AWAY].encrypt(KeyId=mrk, Plaintext=b"x")
    said = regions[AWAY].schedule_key_deletion(KeyId=mrk, PendingWindowInDays=7)
    assert said["KeyState"] == "PendingDeletion"
    assert said["DeletionDate"] > datetime.datetime.now(datetime.UTC)
    kms.cancel_key_deletion(KeyId=mrk)
    assert kms.describe_key(KeyId=mrk)["KeyMetadata"]["KeyState"] == "Disabled"


def test_the_rights_count_in_each_region(server, root, regions):
    key = root.kms.create_key(MultiRegion=True, Policy=document(account_may()))["KeyMetadata"]["KeyId"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "kms:ReplicateKey", "Resource": arn(HOME, key)},
            {
                "Effect": "Allow",
                "Action": "kms:CreateKey",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": AWAY, "kms:MultiRegionKeyType": "REPLICA"}},
            },
        ],
    }
    somebody = root.user(None, policy)
    assert outcome(somebody.kms.replicate_key, KeyId=key, ReplicaRegion=FAR) == "AccessDeniedException"
    assert outcome(somebody.kms.replicate_key, KeyId=key, ReplicaRegion=AWAY) == "ok"
    assert outcome(somebody.kms.update_primary_region, KeyId=key, PrimaryRegion=AWAY) == "AccessDeniedException"
    nobody = root.user(None, identity_policy("kms:ReplicateKey"))
    assert outcome(nobody.kms.replicate_key, KeyId=key, ReplicaRegion=FAR) == "AccessDeniedException"


def test_the_command_line_replicates_moves_and_deletes(aws):
    """The session of docs/multi-region.md."""
    key = aws("kms", "create-key", "--multi-region", "--query", "KeyMetadata.KeyId", "--output", "text").text()
    aws("kms", "replicate-key", "--key-id", key, "--replica-region", AWAY).json()
    (aws.folder / "mrk.txt").write_bytes(b"the cake is a lie\n")
    sealed = aws("kms", "encrypt", "--key-id", key, "--plaintext", "fileb://mrk.txt", "--query", "CiphertextBlob", "--output", "text")
    (aws.folder / "mrk.bin").write_bytes(base64.b64decode(sealed.text()))
    opened = aws("kms", "decrypt", "--region", AWAY, "--ciphertext-blob", "fileb://mrk.bin", "--query", "Plaintext", "--output", "text")
    assert base64.b64decode(opened.text()) == b"the cake is a lie\n"
    assert aws("kms", "update-primary-region", "--key-id", key, "--primary-region", AWAY).text() == ""
    query = "KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region"
    assert aws("kms", "describe-key", "--key-id", key, "--query", query, "--output", "text").text() == AWAY
    said = aws("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7").json()
    assert said["KeyState"] == "PendingDeletion"
