"""RSA keys: what is encrypted outside with the public key is opened here, and what is not theirs never is."""

import base64
import os
import subprocess

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.clients import Refusal, refusal

HASHES = {"RSAES_OAEP_SHA_1": hashes.SHA1, "RSAES_OAEP_SHA_256": hashes.SHA256}
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")


def oaep(algorithm: str) -> padding.OAEP:
    chosen = HASHES[algorithm]
    return padding.OAEP(mgf=padding.MGF1(algorithm=chosen()), algorithm=chosen(), label=None)


def new_key(kms, spec: str) -> tuple:
    """A key's ARN, and its public half as an outsider reads it."""
    arn = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    return arn, serialization.load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])


@pytest.fixture(scope="module")
def rsa(kms):
    return new_key(kms, "RSA_2048")


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_what_cryptography_encrypts_with_the_public_key_is_opened_here(kms, spec):
    arn, public = new_key(kms, spec)
    for algorithm, chosen in HASHES.items():
        most = public.key_size // 8 - 2 * chosen.digest_size - 2
        for length in (1, 32, most):
            plaintext = os.urandom(length)
            blob = public.encrypt(plaintext, oaep(algorithm))
            opened = kms.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
            del opened["ResponseMetadata"]
            assert opened == {"KeyId": arn, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm}
        text = f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
        refused = refusal(kms.encrypt, KeyId=arn, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm)
        assert refused == Refusal("ValidationException", text)


@pytest.mark.parametrize("algorithm", HASHES)
def test_another_padding_another_hash_and_another_key_are_one_refusal(kms, rsa, algorithm):
    arn, public = rsa
    other = "RSAES_OAEP_SHA_1" if algorithm.endswith("256") else "RSAES_OAEP_SHA_256"
    chosen = HASHES[algorithm]
    labelled = padding.OAEP(mgf=padding.MGF1(algorithm=chosen()), algorithm=chosen(), label=b"label")
    mixed = padding.OAEP(mgf=padding.MGF1(algorithm=HASHES[other]()), algorithm=chosen(), label=None)
    for wrong in (oaep(other), padding.PKCS1v15(), labelled, mixed):
        blob = public.encrypt(b"secret", wrong)
        assert refusal(kms.decrypt, KeyId=arn, CiphertextBlob=blob, EncryptionAlgorithm=algorithm) == INVALID_CIPHERTEXT
    stranger, _ = new_key(kms, "RSA_2048")
    blob = public.encrypt(b"secret", oaep(algorithm))
    assert refusal(kms.decrypt, KeyId=stranger, CiphertextBlob=blob, EncryptionAlgorithm=algorithm) == INVALID_CIPHERTEXT
    assert kms.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"] == b"secret"


def test_clients_that_take_the_first_listed_algorithm_get_on(kms, rsa):
    arn, public = rsa
    first = kms.describe_key(KeyId=arn)["KeyMetadata"]["EncryptionAlgorithms"][0]
    made = kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionAlgorithm=first)
    assert len(made["CiphertextBlob"]) == public.key_size // 8
    assert kms.decrypt(KeyId=arn, CiphertextBlob=made["CiphertextBlob"], EncryptionAlgorithm=first)["Plaintext"] == b"x"


def test_what_openssl_encrypts_the_command_line_opens(kms, aws, rsa):
    arn, _ = rsa
    (aws.folder / "rsa.der").write_bytes(kms.get_public_key(KeyId=arn)["PublicKey"])
    options = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256")
    command = ("openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "rsa.der", *options, "-out", "rsa.bin")
    subprocess.run(command, input=b"attack at dawn", cwd=aws.folder, check=True)
    said = aws(
        "kms", "decrypt", "--key-id", arn, "--ciphertext-blob", "fileb://rsa.bin",
        "--encryption-algorithm", "RSAES_OAEP_SHA_256", "--query", "Plaintext", "--output", "text",
    )  # fmt: skip
    assert base64.b64decode(said.text()) == b"attack at dawn"


def test_an_envelope_whose_sender_has_the_public_key_only(kms, rsa):
    """Hybrid encryption: a fresh AES key seals the message, RSA seals the key, and only KMS gets it back."""
    arn, public = rsa
    message, header = os.urandom(100_000), b"for the eyes of the recipient"
    data_key, nonce = AESGCM.generate_key(256), os.urandom(12)
    sealed = AESGCM(data_key).encrypt(nonce, message, header)
    envelope = public.encrypt(data_key, oaep("RSAES_OAEP_SHA_256"))
    opened = kms.decrypt(KeyId=arn, CiphertextBlob=envelope, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"]
    assert AESGCM(opened).decrypt(nonce, sealed, header) == message
    with pytest.raises(InvalidTag):
        AESGCM(opened).decrypt(nonce, sealed, b"for nobody")


def test_re_encrypt_moves_what_was_sealed_outside_under_a_symmetric_key(kms, key, rsa):
    arn, public = rsa
    moved = kms.re_encrypt(
        CiphertextBlob=public.encrypt(b"moved", oaep("RSAES_OAEP_SHA_256")),
        SourceKeyId=arn,
        SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
        DestinationKeyId=key["KeyId"],
        DestinationEncryptionContext={"a": "1"},
    )
    assert "SourceKeyMaterialId" not in moved and moved["DestinationKeyMaterialId"] == key["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"a": "1"})["Plaintext"] == b"moved"
