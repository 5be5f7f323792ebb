"""GetKeyLastUsage: the last successful cryptographic operation with a key."""

import datetime

from harness.clients import outcome


def usage(kms, key) -> dict:
    told = kms.get_key_last_usage(KeyId=key["KeyId"])
    assert told["KeyId"] == key["KeyId"]
    assert told["KeyCreationDate"] == told["TrackingStartDate"] == key["CreationDate"]
    return told["KeyLastUsage"]


def test_a_key_that_was_never_used_has_an_empty_usage(kms, key):
    assert usage(kms, key) == {}
    kms.describe_key(KeyId=key["KeyId"])
    assert outcome(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", DryRun=True) == "DryRunOperationException"
    assert usage(kms, key) == {}


def test_the_last_successful_operation_is_told(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert usage(kms, key)["Operation"] == "Encrypt"
    answer = kms.decrypt(CiphertextBlob=blob)
    told = usage(kms, key)
    assert told["Operation"] == "Decrypt"
    assert told["KmsRequestId"] == answer["ResponseMetadata"]["RequestId"]
    assert told["CloudTrailEventId"] != told["KmsRequestId"]
    assert abs(told["Timestamp"] - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=5)
    assert outcome(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "b"}) == "InvalidCiphertextException"
    assert usage(kms, key) == told


def test_re_encrypting_uses_both_keys(kms, key):
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"])
    assert usage(kms, key)["Operation"] == usage(kms, other)["Operation"] == "ReEncrypt"
