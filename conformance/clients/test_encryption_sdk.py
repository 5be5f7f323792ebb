"""The AWS Encryption SDK, unmodified: envelope encryption whose data keys Gatekey makes and opens."""

import aws_encryption_sdk
import pytest
from aws_encryption_sdk.exceptions import DecryptKeyError, GenerateKeyError
from aws_encryption_sdk.key_providers.kms import StrictAwsKmsMasterKeyProvider

CONTEXT = {"purpose": "conformance"}
SDK = aws_encryption_sdk.EncryptionSDKClient()


class Provider(StrictAwsKmsMasterKeyProvider):
    """The SDK's own provider, given the client of the server under test instead of one that it would make for AWS."""

    kms = None

    def _client(self, key_id):
        return self.kms


def provider(kms, *key_ids: str) -> Provider:
    Provider.kms = kms
    return Provider(key_ids=key_ids)


def test_what_the_sdk_encrypts_the_sdk_decrypts(kms, key):
    sealed, _ = SDK.encrypt(source=b"message" * 1000, encryption_context=CONTEXT, key_provider=provider(kms, key["Arn"]))
    opened, header = SDK.decrypt(source=sealed, key_provider=provider(kms, key["Arn"]))
    assert opened == b"message" * 1000
    assert CONTEXT.items() <= header.encryption_context.items()


def test_a_message_for_two_keys_opens_with_either(kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    sealed, _ = SDK.encrypt(source=b"two", encryption_context=CONTEXT, key_provider=provider(kms, key["Arn"], second))
    kms.disable_key(KeyId=key["KeyId"])
    assert SDK.decrypt(source=sealed, key_provider=provider(kms, key["Arn"], second))[0] == b"two"
    with pytest.raises(DecryptKeyError):
        SDK.decrypt(source=sealed, key_provider=provider(kms, key["Arn"]))


def test_a_disabled_key_makes_no_data_keys(kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(GenerateKeyError):
        SDK.encrypt(source=b"x", key_provider=provider(kms, key["Arn"]))
