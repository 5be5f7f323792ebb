"""Bad input, sent as no SDK would send it: AWS's error, and AWS's words where they are known."""

import base64
import re

import pytest

ONE = "1 validation error detected: "
NOT_NULL = "failed to satisfy constraint: Member must not be null"
B64 = base64.b64encode(b"x").decode()
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def null(member: str) -> str:
    """The text of an absent member; of a sensitive one, not even its absence is repeated as a value."""
    value = "Value" if member == "plaintext" else "Value null"
    return f"{value} at '{member}' {NOT_NULL}"


MISSING = [
    ("DescribeKey", {}, ["keyId"]),
    ("EnableKey", {}, ["keyId"]),
    ("DisableKey", {}, ["keyId"]),
    ("ScheduleKeyDeletion", {}, ["keyId"]),
    ("CancelKeyDeletion", {}, ["keyId"]),
    ("UpdateKeyDescription", {}, ["keyId", "description"]),
    ("UpdateKeyDescription", {"KeyId": "x"}, ["description"]),
    ("Encrypt", {}, ["keyId", "plaintext"]),
    ("Encrypt", {"KeyId": "x"}, ["plaintext"]),
    ("ReEncrypt", {"CiphertextBlob": B64}, ["destinationKeyId"]),
    ("GenerateDataKey", {}, ["keyId"]),
    ("GenerateDataKeyWithoutPlaintext", {}, ["keyId"]),
    ("CreateAlias", {}, ["aliasName", "targetKeyId"]),
    ("UpdateAlias", {"AliasName": "alias/x"}, ["targetKeyId"]),
    ("DeleteAlias", {}, ["aliasName"]),
    ("TagResource", {}, ["keyId", "tags"]),
    ("TagResource", {"KeyId": "x", "Tags": [{"TagKey": "a"}]}, ["tags.1.member.tagValue"]),
    ("CreateKey", {"Tags": [{}]}, ["tags.1.member.tagKey", "tags.1.member.tagValue"]),
    ("UntagResource", {"KeyId": "x"}, ["tagKeys"]),
    ("ListResourceTags", {}, ["keyId"]),
    ("GetKeyPolicy", {}, ["keyId"]),
    ("PutKeyPolicy", {"KeyId": "x"}, ["policy"]),
    ("ListKeyPolicies", {}, ["keyId"]),
]


@pytest.mark.parametrize(("operation", "sent", "members"), MISSING, ids=lambda v: str(v)[:60])
def test_every_required_member_that_is_absent_is_named(raw, operation, sent, members):
    answer = raw.call(operation, sent)
    assert (answer.status, answer.code) == (400, "ValidationException")
    count, _, rest = answer.message.partition(" detected: ")
    assert count == (f"{len(members)} validation errors" if len(members) > 1 else "1 validation error")
    assert sorted(rest.split("; ")) == sorted(null(member) for member in members)


@pytest.mark.parametrize(("operation", "sent"), [("DescribeKey", {"KeyId": None}), ("UpdateKeyDescription", {"KeyId": None, "Description": ""})])
def test_null_is_an_absent_member(raw, operation, sent):
    assert raw.call(operation, sent).error == ("ValidationException", ONE + null("keyId"))


def test_null_for_an_optional_member_is_nothing(raw):
    answer = raw.call("CreateKey", {"Description": None, "Tags": None, "Policy": None, "MultiRegion": None})
    assert answer.status == 200 and answer.json()["KeyMetadata"]["Description"] == ""


RANGES = [
    ("DescribeKey", {"KeyId": ""}, "Value '' at 'keyId'", "Member must have length greater than or equal to 1"),
    ("DescribeKey", {"KeyId": "k" * 2049}, f"Value '{'k' * 2049}' at 'keyId'", "Member must have length less than or equal to 2048"),
    ("GenerateRandom", {"NumberOfBytes": 0}, "Value '0' at 'numberOfBytes'", "Member must have value greater than or equal to 1"),
    ("GenerateRandom", {"NumberOfBytes": 1025}, "Value '1025' at 'numberOfBytes'", "Member must have value less than or equal to 1024"),
    ("GenerateRandom", {"NumberOfBytes": -7}, "Value '-7' at 'numberOfBytes'", "Member must have value greater than or equal to 1"),
    (
        "GenerateDataKey",
        {"KeyId": UNKNOWN, "NumberOfBytes": 1025},
        "Value '1025' at 'numberOfBytes'",
        "Member must have value less than or equal to 1024",
    ),
    (
        "ScheduleKeyDeletion",
        {"KeyId": UNKNOWN, "PendingWindowInDays": 366},
        "Value '366' at 'pendingWindowInDays'",
        "Member must have value less than or equal to 365",
    ),
    ("Encrypt", {"KeyId": "x", "Plaintext": ""}, "Value at 'plaintext'", "Member must have length greater than or equal to 1"),
    (
        "Encrypt",
        {"KeyId": "x", "Plaintext": base64.b64encode(bytes(4097)).decode()},
        "Value at 'plaintext'",
        "Member must have length less than or equal to 4096",
    ),
]


@pytest.mark.parametrize(("operation", "sent", "value", "rule"), RANGES, ids=lambda v: str(v)[:40])
def test_lengths_and_ranges_are_refused_in_aws_words(raw, operation, sent, value, rule):
    expected = f"{ONE}{value} failed to satisfy constraint: {rule}"
    assert raw.call(operation, sent).error == ("ValidationException", expected)


ENUMS = [
    ("CreateKey", {"KeySpec": "AES_512"}, "keySpec", {"SYMMETRIC_DEFAULT", "RSA_2048", "ML_KEM_1024"}),
    ("CreateKey", {"KeyUsage": "ANYTHING"}, "keyUsage", {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"}),
    ("CreateKey", {"Origin": "MARS"}, "origin", {"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}),
    ("GenerateDataKey", {"KeyId": UNKNOWN, "KeySpec": "AES_512"}, "keySpec", {"AES_128", "AES_256"}),
    ("Encrypt", {"KeyId": UNKNOWN, "Plaintext": B64, "EncryptionAlgorithm": "ROT13"}, "encryptionAlgorithm", {"SYMMETRIC_DEFAULT"}),
    ("Encrypt", {"KeyId": UNKNOWN, "Plaintext": B64, "EncryptionAlgorithm": "symmetric_default"}, "encryptionAlgorithm", {"SYMMETRIC_DEFAULT"}),
]


@pytest.mark.parametrize(("operation", "sent", "member", "some"), ENUMS, ids=lambda v: str(sorted(v) if isinstance(v, set) else v)[:40])
def test_a_value_outside_an_enum_is_refused_with_the_whole_set(raw, operation, sent, member, some):
    answer = raw.call(operation, sent)
    value = sent[member[0].upper() + member[1:]]
    start = f"{ONE}Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: ["
    assert answer.code == "ValidationException"
    assert answer.message.startswith(start) and answer.message.endswith("]")
    assert some <= set(answer.message[len(start) : -1].split(", "))


def test_several_faults_are_counted_and_all_told(raw):
    answer = raw.call("CreateAlias", {"AliasName": "alias/sp ace" + "x" * 250, "TargetKeyId": ""})
    assert answer.code == "ValidationException"
    count, _, rest = answer.message.partition(" validation errors detected: ")
    faults = rest.split("; ")
    assert int(count) == len(faults) == 3
    assert {re.search(r"at '(\w+)'", fault)[1] for fault in faults} == {"aliasName", "targetKeyId"}


def test_the_order_of_several_faults_is_stable(raw):
    sent = {"KeySpec": "AES_512", "KeyUsage": "ANYTHING", "Origin": "MARS", "Description": "d" * 8193}
    assert len({raw.call("CreateKey", sent).message for _ in range(5)}) == 1


NOT_SERIALIZED = {
    "not JSON": b"plaintext=x",
    "cut short": b'{"KeyId": "x"',
    "trailing text": b"{} {}",
    "an array": b"[]",
    "a string": b'"KeyId"',
    "a number": b"7",
    "not UTF-8": b'{"KeyId": "\xff\xfe"}',
    "a lone surrogate": b'{"KeyId": "\\ud800"}',
    "NaN": b'{"KeyId": NaN}',
    "single quotes": b"{'KeyId': 'x'}",
    "a comment": b'{"KeyId": "x" /* why */}',
    "a NUL byte": b'{"KeyId": "x"}\0',
}


@pytest.mark.parametrize("name", NOT_SERIALIZED)
def test_a_body_that_is_not_a_json_object_is_a_serialization_error(raw, name):
    answer = raw.call("DescribeKey", NOT_SERIALIZED[name])
    assert (answer.status, answer.code) == (400, "SerializationException")


WRONG_TYPES = [
    ("DescribeKey", {"KeyId": 7}),
    ("DescribeKey", {"KeyId": {}}),
    ("DescribeKey", {"KeyId": ["x"]}),
    ("CreateKey", {"MultiRegion": "perhaps"}),
    ("CreateKey", {"Tags": {"TagKey": "a", "TagValue": "b"}}),
    ("CreateKey", {"Tags": ["a"]}),
    ("CreateKey", {"Tags": [{"TagKey": 1, "TagValue": "b"}]}),
    ("GenerateRandom", {"NumberOfBytes": "many"}),
    ("GenerateRandom", {"NumberOfBytes": {}}),
    ("Encrypt", {"KeyId": "x", "Plaintext": "not base64!"}),
    ("Encrypt", {"KeyId": "x", "Plaintext": "eA"}),
    ("Encrypt", {"KeyId": "x", "Plaintext": [120]}),
    ("Encrypt", {"KeyId": "x", "Plaintext": B64, "EncryptionContext": "a=b"}),
    ("Encrypt", {"KeyId": "x", "Plaintext": B64, "EncryptionContext": {"a": {"b": "c"}}}),
    ("Encrypt", {"KeyId": "x", "Plaintext": B64, "GrantTokens": "one"}),
    ("Decrypt", {"CiphertextBlob": "***"}),
]


@pytest.mark.parametrize(("operation", "sent"), WRONG_TYPES, ids=str)
def test_a_member_of_the_wrong_type_is_a_serialization_error(raw, operation, sent):
    answer = raw.call(operation, sent)
    assert (answer.status, answer.code) == (400, "SerializationException"), answer


def test_unknown_members_are_ignored(raw, key):
    answer = raw.call("DescribeKey", {"KeyId": key["KeyId"], "Surprise": {"deep": [1, None]}, "keyid": 3, "": ""})
    assert answer.status == 200 and answer.json()["KeyMetadata"]["Arn"] == key["Arn"]


def test_an_empty_body_is_not_a_json_object_either(raw):
    assert raw.call("ListKeys", b"").error == ("SerializationException", "")


def test_eleven_grant_tokens_are_too_many(raw, key):
    answer = raw.call("Encrypt", {"KeyId": key["KeyId"], "Plaintext": B64, "GrantTokens": ["t"] * 11})
    assert answer.code == "ValidationException"
    assert answer.message.endswith("at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10")


def test_a_refused_plaintext_is_never_repeated(raw):
    secret = b"a-secret-that-must-not-come-back" * 200
    answer = raw.call("Encrypt", {"KeyId": UNKNOWN, "Plaintext": base64.b64encode(secret).decode()})
    assert answer.code == "ValidationException"
    assert secret[:32] not in answer.body and base64.b64encode(secret[:30]) not in answer.body


@pytest.mark.parametrize("key_id", ["../../etc/passwd", "x\0y", "'; DROP TABLE keys; --", "${jndi:ldap://x}", "%00", "é" * 100, "🔑"])
def test_a_hostile_key_id_is_only_not_found(raw, key_id):
    answer = raw.call("DescribeKey", {"KeyId": key_id})
    assert (answer.status, answer.code) in [(400, "NotFoundException"), (400, "ValidationException")], answer


@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_an_encryption_context_of_many_pairs_works_or_is_refused_cleanly(raw, key, size):
    context = {f"key-{i}": f"value-{i}" for i in range(size)}
    answer = raw.call("Encrypt", {"KeyId": key["KeyId"], "Plaintext": B64, "EncryptionContext": context})
    if answer.status == 200:
        opened = raw.call("Decrypt", {"CiphertextBlob": answer.json()["CiphertextBlob"], "EncryptionContext": context})
        assert opened.json()["Plaintext"] == B64
    else:
        assert answer.code == "ValidationException", answer
