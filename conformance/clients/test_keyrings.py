"""The AWS Encryption SDK with the keyrings of AWS's Material Providers Library: symmetric, RSA and ECDH keys of KMS."""

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsEcdhKeyringInput,
    CreateAwsKmsKeyringInput,
    CreateAwsKmsRsaKeyringInput,
    KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey,
    KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery,
    KmsPrivateKeyToStaticPublicKeyInput,
    KmsPublicKeyDiscoveryInput,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

CONTEXT = {"purpose": "conformance"}
UNSIGNED = aws_encryption_sdk.Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
"""RSA keyrings take no suite that signs messages."""
SDK = aws_encryption_sdk.EncryptionSDKClient()
PROVIDERS = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
MESSAGE = b"message" * 1000


def seal(keyring, **more) -> bytes:
    return SDK.encrypt(source=MESSAGE, keyring=keyring, encryption_context=CONTEXT, **more)[0]


def unseal(keyring, sealed: bytes) -> bytes:
    return SDK.decrypt(source=sealed, keyring=keyring, encryption_context=CONTEXT)[0]


def new_key(kms, spec: str, usage: str) -> str:
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def test_a_keyring_of_a_symmetric_key_opens_what_it_sealed_and_no_other_does(kms, key):
    ring = lambda arn: PROVIDERS.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=kms))
    sealed = seal(ring(key["Arn"]))
    assert MESSAGE[:20] not in sealed
    assert unseal(ring(key["Arn"]), sealed) == MESSAGE
    other = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(AWSEncryptionSDKClientError):
        unseal(ring(other), sealed)
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(AWSEncryptionSDKClientError):
        unseal(ring(key["Arn"]), sealed)


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_a_keyring_of_an_rsa_key_seals_with_the_public_key_alone_and_opens_with_kms(kms, algorithm):
    arn = new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    public = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ring = PROVIDERS.create_aws_kms_rsa_keyring(
        CreateAwsKmsRsaKeyringInput(kms_key_id=arn, encryption_algorithm=algorithm, public_key=pem, kms_client=kms)
    )
    sealed = seal(ring, algorithm=UNSIGNED)
    assert unseal(ring, sealed) == MESSAGE
    kms.disable_key(KeyId=arn)
    assert seal(ring, algorithm=UNSIGNED) != sealed, "the public key asks nobody"
    with pytest.raises(AWSEncryptionSDKClientError):
        unseal(ring, sealed)


@pytest.mark.parametrize("curve", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_a_keyring_of_two_key_agreement_keys_seals_for_the_recipient(kms, curve):
    sender, recipient, stranger = (new_key(kms, curve, "KEY_AGREEMENT") for _ in range(3))
    public = kms.get_public_key(KeyId=recipient)["PublicKey"]

    def ring(scheme):
        return PROVIDERS.create_aws_kms_ecdh_keyring(
            CreateAwsKmsEcdhKeyringInput(key_agreement_scheme=scheme, curve_spec=curve, kms_client=kms)
        )

    def discovery(arn: str):
        return ring(KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery(KmsPublicKeyDiscoveryInput(recipient_kms_identifier=arn)))

    terms = KmsPrivateKeyToStaticPublicKeyInput(
        sender_kms_identifier=sender,
        sender_public_key=kms.get_public_key(KeyId=sender)["PublicKey"],
        recipient_public_key=public,
    )
    sealed = seal(ring(KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(terms)))
    assert unseal(discovery(recipient), sealed) == MESSAGE
    with pytest.raises(AWSEncryptionSDKClientError):
        unseal(discovery(stranger), sealed)
