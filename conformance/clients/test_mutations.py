"""Requests that were good until one thing in them was replaced by junk: refused in the model's own errors, never a 5xx."""

import base64
import copy
import json
import random

import pytest
from botocore.session import Session

from harness import policies, shapes

MODEL = Session().get_service_model("kms")
ROUNDS = 60
JUNK = [
    None, True, False, 0, -1, 1, 1.5, 2**31, -(2**63), 1e308, "", " ", "x", "null", "0", "a" * 300, "a" * 10_000, "\0", "\u202e", "é", "🔑",
    "alias/", "alias/x", "alias/aws/s3", "arn:", "arn:aws:kms:us-east-1:111122223333:", "arn:aws:kms:::key/", "arn:aws:kms:us-east-1:1:key/x",
    "mrk-", "eA==", "====", "R0tDQg==", [], [None], [[]], [{}], ["x"], ["x"] * 600, {}, {"": ""}, {"a": None}, {"a": {"b": {}}}, {"a": "b"},
]  # fmt: skip


def samples(key: dict, blob: bytes) -> dict[str, dict]:
    """A request of each operation that would succeed, or fail for a reason of its own."""
    key_id, arn = key["KeyId"], key["Arn"]
    encoded = base64.b64encode(blob).decode()
    tags = [{"TagKey": "a", "TagValue": "b"}, {"TagKey": "c", "TagValue": ""}]
    context = {"EncryptionContext": {"a": "b", "c": "d"}, "GrantTokens": [], "DryRun": False}
    return {
        "CreateKey": {"Description": "d", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "Tags": tags}
        | {"MultiRegion": False, "Policy": policies.default_text(), "BypassPolicyLockoutSafetyCheck": False},
        "DescribeKey": {"KeyId": arn, "GrantTokens": []},
        "ListKeys": {"Limit": 5, "Marker": "x", "ResourceOwners": ["SELF"]},
        "ListAliases": {"KeyId": key_id, "Limit": 5, "Marker": "x"},
        "CreateAlias": {"AliasName": "alias/mutant", "TargetKeyId": key_id},
        "UpdateAlias": {"AliasName": "alias/mutant", "TargetKeyId": arn},
        "DeleteAlias": {"AliasName": "alias/mutant"},
        "Encrypt": {"KeyId": key_id, "Plaintext": "eA==", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"} | context,
        "Decrypt": {"KeyId": key_id, "CiphertextBlob": encoded, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT", "DryRunModifiers": []} | context,
        "ReEncrypt": {"CiphertextBlob": encoded, "SourceKeyId": arn, "DestinationKeyId": key_id, "SourceEncryptionContext": {"a": "b"}}
        | {"DestinationEncryptionContext": {}, "DryRun": False},
        "GenerateDataKey": {"KeyId": key_id, "NumberOfBytes": 16} | context,
        "GenerateDataKeyWithoutPlaintext": {"KeyId": key_id, "KeySpec": "AES_256"} | context,
        "GenerateRandom": {"NumberOfBytes": 16},
        "EnableKey": {"KeyId": key_id},
        "DisableKey": {"KeyId": arn},
        "ScheduleKeyDeletion": {"KeyId": key_id, "PendingWindowInDays": 7},
        "CancelKeyDeletion": {"KeyId": key_id},
        "UpdateKeyDescription": {"KeyId": key_id, "Description": "d"},
        "TagResource": {"KeyId": key_id, "Tags": tags},
        "UntagResource": {"KeyId": key_id, "TagKeys": ["a", "b"]},
        "ListResourceTags": {"KeyId": key_id, "Limit": 5, "Marker": "x"},
        "GetKeyPolicy": {"KeyId": key_id, "PolicyName": "default"},
        "PutKeyPolicy": {"KeyId": key_id, "PolicyName": "default", "Policy": policies.default_text(), "BypassPolicyLockoutSafetyCheck": False},
        "ListKeyPolicies": {"KeyId": key_id, "Limit": 5, "Marker": "x"},
    }


def places(value, path=()) -> list[tuple]:
    """Every place inside a JSON value, by path."""
    if isinstance(value, dict):
        inner = [place for name, item in value.items() for place in places(item, (*path, name))]
    elif isinstance(value, list):
        inner = [place for at, item in enumerate(value) for place in places(item, (*path, at))]
    else:
        inner = []
    return inner + ([path] if path else [])


def mutated(chance: random.Random, value: dict) -> dict:
    """A copy with junk in one place, or in two."""
    changed = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2))):
        *parents, last = chance.choice(places(changed))
        holder = changed
        for step in parents:
            holder = holder[step]
        holder[last] = copy.deepcopy(chance.choice(JUNK))
    return changed


def lawful(operation: str) -> set[str]:
    return shapes.COMMON_ERRORS | {shape.name for shape in MODEL.operation_model(operation).error_shapes}


OPERATIONS = sorted(samples({"KeyId": "", "Arn": ""}, b""))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_junk_anywhere_is_answered_lawfully(kms, raw, key, operation):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    good = samples(key, blob)[operation]
    chance = random.Random(operation)
    for _ in range(ROUNDS):
        sent = mutated(chance, good)
        answer = raw.call(operation, json.dumps(sent).encode())
        assert answer.status in (200, 400), (sent, answer)
        assert answer.status == 200 or answer.code in lawful(operation), (sent, answer)
        assert len(answer.body) < 64 * 1024, sent
