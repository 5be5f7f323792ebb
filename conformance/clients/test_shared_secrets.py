"""Shared secrets: ECDH and ML-KEM with `cryptography` on the other side."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.clients import Refusal, refusal

CURVES = {"ECC_NIST_P256": ec.SECP256R1, "ECC_NIST_P384": ec.SECP384R1, "ECC_NIST_P521": ec.SECP521R1}
NO_TEXT = Refusal("ValidationException", "")


def new_key(kms, spec: str, usage: str) -> tuple:
    """A key's ARN, and its public half as a peer reads it."""
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
    return arn, kms.get_public_key(KeyId=arn)["PublicKey"]


def der(public, point: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return public.public_bytes(Encoding.X962 if point != PublicFormat.SubjectPublicKeyInfo else Encoding.DER, point)


@pytest.mark.parametrize("spec", CURVES)
def test_both_sides_derive_the_same_secret(kms, spec):
    arn, public = new_key(kms, spec, "KEY_AGREEMENT")
    ours = serialization.load_der_public_key(public)
    for _ in range(5):
        peer = ec.generate_private_key(CURVES[spec]())
        made = kms.derive_shared_secret(KeyId=arn, KeyAgreementAlgorithm="ECDH", PublicKey=der(peer.public_key()))
        del made["ResponseMetadata"]
        secret = peer.exchange(ec.ECDH(), ours)
        assert made == {"KeyId": arn, "SharedSecret": secret, "KeyAgreementAlgorithm": "ECDH", "KeyOrigin": "AWS_KMS"}


def test_two_kms_keys_agree_with_each_other(kms):
    (one, one_public), (two, two_public) = (new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT") for _ in range(2))
    derive = lambda key, peer: kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)["SharedSecret"]
    assert derive(one, two_public) == derive(two, one_public)


@pytest.mark.parametrize("spec", CURVES)
def test_a_key_of_another_curve_or_encoding_is_refused_without_a_text(kms, spec):
    arn, _ = new_key(kms, spec, "KEY_AGREEMENT")
    own = ec.generate_private_key(CURVES[spec]()).public_key()
    wrong = [der(own, PublicFormat.UncompressedPoint), der(own, PublicFormat.CompressedPoint), der(own)[:-1], der(own) + b"\0"]
    wrong += [der(ec.generate_private_key(curve()).public_key()) for other, curve in CURVES.items() if other != spec]
    wrong.append(der(ec.generate_private_key(ec.SECP256K1()).public_key()))
    wrong.append(own.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    off_the_curve = bytearray(der(own))
    off_the_curve[-1] ^= 1
    wrong.append(bytes(off_the_curve))
    for peer in wrong:
        assert refusal(kms.derive_shared_secret, KeyId=arn, KeyAgreementAlgorithm="ECDH", PublicKey=peer) == NO_TEXT


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_what_is_encapsulated_outside_is_recovered_here(kms, spec):
    arn, public = new_key(kms, spec, "ENCAPSULATE_DECAPSULATE")
    secret, capsule = serialization.load_der_public_key(public).encapsulate()
    made = kms.decapsulate(KeyId=arn, SharedSecretCiphertextBlob=capsule, EncapsulationAlgorithm="ML_KEM")
    del made["ResponseMetadata"]
    assert made == {"KeyId": arn, "SharedSecret": secret, "EncapsulationAlgorithm": "ML_KEM"}


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_what_is_encapsulated_here_opens_here_and_nowhere_else(kms, key, spec):
    arn, public = new_key(kms, spec, "ENCAPSULATE_DECAPSULATE")
    made = kms.encapsulate(KeyId=arn, EncapsulationAlgorithm="ML_KEM")
    capsule = made["SharedSecretCiphertextBlob"]
    opened = kms.decapsulate(KeyId=arn, SharedSecretCiphertextBlob=capsule, EncapsulationAlgorithm="ML_KEM")
    assert opened["SharedSecret"] == made["SharedSecret"] and len(made["SharedSecret"]) == 32
    pair = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec)
    assert pair["PublicKey"] != public
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], password=None)
    assert private.decapsulate(capsule) != made["SharedSecret"]


@pytest.mark.parametrize(("spec", "length"), [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_a_capsule_of_another_length_is_invalid_and_any_other_gives_some_secret(kms, spec, length):
    arn = kms.create_key(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["Arn"]
    open_ = {"KeyId": arn, "EncapsulationAlgorithm": "ML_KEM"}
    for wrong in (b"x", bytes(length - 1), bytes(length + 1)):
        assert refusal(kms.decapsulate, SharedSecretCiphertextBlob=wrong, **open_) == Refusal("InvalidCiphertextException", "")
    made = kms.decapsulate(SharedSecretCiphertextBlob=bytes(length), **open_)
    assert len(made["SharedSecret"]) == 32


def test_the_command_line_derives_a_secret(kms, aws):
    """Its pinned version has no Encapsulate yet."""
    arn, public = new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    peer = ec.generate_private_key(ec.SECP256R1())
    (aws.folder / "peer.der").write_bytes(der(peer.public_key()))
    command = ("kms", "derive-shared-secret", "--key-id", arn, "--key-agreement-algorithm", "ECDH")
    said = aws(*command, "--public-key", "fileb://peer.der").json()
    assert base64.b64decode(said["SharedSecret"]) == peer.exchange(ec.ECDH(), serialization.load_der_public_key(public))
