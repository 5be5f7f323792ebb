"""Data key pairs, loaded and used outside: both halves belong together, and the private one comes back from Decrypt."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.clients import Refusal, refusal

CONTEXT = {"Project": "Alpha"}
CURVES = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
KEMS = {"ML_KEM_768": mlkem.MLKEM768PrivateKey, "ML_KEM_1024": mlkem.MLKEM1024PrivateKey}
RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
LOADABLE = [*RSA, *CURVES, "ECC_NIST_EDWARDS25519", *KEMS]


def der(public) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def try_out(spec: str, private, public):
    """The private key is of the spec, and does what it is for."""
    if spec in RSA:
        assert isinstance(private, rsa.RSAPrivateKey)
        assert (private.key_size, private.private_numbers().public_numbers.e) == (int(spec[4:]), 65537)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        public.verify(private.sign(b"message", pss, hashes.SHA256()), b"message", pss, hashes.SHA256())
    elif spec in CURVES:
        assert isinstance(private.curve, CURVES[spec])
        public.verify(private.sign(b"message", ec.ECDSA(hashes.SHA256())), b"message", ec.ECDSA(hashes.SHA256()))
    elif spec in KEMS:
        assert isinstance(private, KEMS[spec])
        secret, capsule = public.encapsulate()
        assert private.decapsulate(capsule) == secret
    else:
        assert isinstance(private, ed25519.Ed25519PrivateKey)
        public.verify(private.sign(b"message"), b"message")


@pytest.mark.parametrize("spec", LOADABLE)
def test_a_pair_loads_outside_and_its_halves_belong_together(kms, key, spec):
    made = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext=CONTEXT)
    assert (made["KeyId"], made["KeyPairSpec"]) == (key["Arn"], spec)
    assert made["KeyMaterialId"] == key["CurrentKeyMaterialId"]
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], password=None)
    assert der(private.public_key()) == made["PublicKey"]
    try_out(spec, private, serialization.load_der_public_key(made["PublicKey"]))
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]


@pytest.mark.parametrize("spec", LOADABLE)
def test_a_pair_without_plaintext_comes_back_whole_from_decrypt(kms, key, spec):
    made = kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext=CONTEXT)
    assert "PrivateKeyPlaintext" not in made
    blob = made["PrivateKeyCiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=blob) == Refusal("InvalidCiphertextException", "")
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"]
    private = serialization.load_der_private_key(opened, password=None)
    assert der(private.public_key()) == made["PublicKey"]


def test_the_smallest_ml_kem_pair_is_a_seed_like_the_others(kms, key):
    pairs = [kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec) for spec in ("ML_KEM_512", *KEMS)]
    assert {len(pair["PrivateKeyPlaintext"]) for pair in pairs} == {86}
    assert [len(pair["PublicKey"]) for pair in pairs] == [822, 1206, 1590]


def test_every_pair_is_another(kms, key):
    for spec in ("ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "ML_KEM_768", "RSA_2048"):
        pairs = [kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec) for _ in range(3)]
        for member in ("PublicKey", "PrivateKeyPlaintext", "PrivateKeyCiphertextBlob"):
            assert len({pair[member] for pair in pairs}) == 3


def test_sm2_and_asymmetric_keys_make_no_pairs(kms, key):
    for call in (kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext):
        assert refusal(call, KeyId=key["KeyId"], KeyPairSpec="SM2").code == "UnsupportedOperationException"
        asymmetric = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
        refused = refusal(call, KeyId=asymmetric, KeyPairSpec="ECC_NIST_P256")
        assert refused == Refusal("InvalidKeyUsageException", "You cannot generate a data key with an asymmetric CMK")


def test_the_command_line_makes_a_pair(aws, key):
    said = aws("kms", "generate-data-key-pair", "--key-id", key["KeyId"], "--key-pair-spec", "ECC_NIST_P384").json()
    private = serialization.load_der_private_key(base64.b64decode(said["PrivateKeyPlaintext"]), password=None)
    assert der(private.public_key()) == base64.b64decode(said["PublicKey"])
