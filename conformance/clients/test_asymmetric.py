"""Sign, Verify, GenerateMac, VerifyMac and GetPublicKey: what is made here is checked by others, OpenSSL and `cryptography`."""

import base64
import concurrent.futures
import hashlib
import hmac
import subprocess

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa, utils

from harness import ed25519ph
from harness.clients import Refusal, alias_arn, outcome, refusal

MESSAGE = b"attack at dawn"
NOT_VALID = Refusal("KMSInvalidSignatureException", "")
NOT_THE_MAC = Refusal("KMSInvalidMacException", "")
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
RSA = [f"RSASSA_{scheme}_SHA_{size}" for scheme in ("PKCS1_V1_5", "PSS") for size in HASHES]
CURVES = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", ec.SECP256R1),
    "ECC_NIST_P384": ("ECDSA_SHA_384", ec.SECP384R1),
    "ECC_NIST_P521": ("ECDSA_SHA_512", ec.SECP521R1),
    "ECC_SECG_P256K1": ("ECDSA_SHA_256", ec.SECP256K1),
}
ML_DSA = {"ML_DSA_44": mldsa.MLDSA44PublicKey, "ML_DSA_65": mldsa.MLDSA65PublicKey, "ML_DSA_87": mldsa.MLDSA87PublicKey}
SPECS = {
    **{f"RSA_{bits}": RSA for bits in (2048, 3072, 4096)},
    **{spec: [algorithm] for spec, (algorithm, _) in CURVES.items()},
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
    **{spec: ["ML_DSA_SHAKE_256"] for spec in ML_DSA},
}
MACS = {f"HMAC_{size}": f"HMAC_SHA_{size}" for size in ("224", "256", "384", "512")}


def hash_of(algorithm: str):
    return HASHES[algorithm[-3:]]


def digest_of(algorithm: str, message: bytes) -> bytes:
    return hashlib.new(hash_of(algorithm).name, message).digest()


class Signers:
    """One signing key a spec, made when it is first asked for: RSA keys take long."""

    def __init__(self, kms):
        self.kms, self.made = kms, {}

    def __call__(self, spec: str) -> dict:
        if spec not in self.made:
            self.made[spec] = self.kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        return self.made[spec]

    def public(self, spec: str) -> bytes:
        return self.kms.get_public_key(KeyId=self(spec)["KeyId"])["PublicKey"]


@pytest.fixture(scope="module")
def signers(kms):
    return Signers(kms)


@pytest.fixture(scope="module")
def tagger(kms):
    return kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]


def sign(kms, key, algorithm: str, message: bytes = MESSAGE, **more) -> bytes:
    return kms.sign(KeyId=key["KeyId"], Message=message, SigningAlgorithm=algorithm, **more)["Signature"]


def check(public: bytes, algorithm: str, signature: bytes, message: bytes) -> None:
    """Verifies with `cryptography`, which has no part in the server; raises InvalidSignature."""
    key = serialization.load_der_public_key(public)
    if isinstance(key, rsa.RSAPublicKey):
        hashed = hash_of(algorithm)
        pss = padding.PSS(padding.MGF1(hashed), salt_length=hashed.digest_size)
        scheme = pss if "PSS" in algorithm else padding.PKCS1v15()
        key.verify(signature, message, scheme, hashed)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(hash_of(algorithm)))
    else:
        key.verify(signature, message)


ELSEWHERE = [(spec, algorithm) for spec, own in SPECS.items() for algorithm in own if algorithm != "ED25519_PH_SHA_512"]


@pytest.mark.parametrize(("spec", "algorithm"), ELSEWHERE)
def test_signatures_verify_elsewhere_and_only_over_their_message(kms, signers, spec, algorithm):
    public = signers.public(spec)
    for message in (MESSAGE, b"\0", bytes(range(256)) * 16):
        signature = sign(kms, signers(spec), algorithm, message)
        check(public, algorithm, signature, message)
        with pytest.raises(InvalidSignature):
            check(public, algorithm, signature, message + b"!")


HASHED = [(spec, algorithm) for spec, algorithm in ELSEWHERE if spec.startswith(("RSA", "ECC_NIST_P", "ECC_SECG"))]


@pytest.mark.parametrize(("spec", "algorithm"), HASHED)
def test_a_message_and_its_digest_are_the_same_message(kms, signers, spec, algorithm):
    key, digest = signers(spec), digest_of(algorithm, MESSAGE)
    of_digest = sign(kms, key, algorithm, digest, MessageType="DIGEST")
    check(signers.public(spec), algorithm, of_digest, MESSAGE)
    common = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    assert kms.verify(Message=MESSAGE, MessageType="RAW", Signature=of_digest, **common)["SignatureValid"] is True
    of_message = sign(kms, key, algorithm)
    assert kms.verify(Message=digest, MessageType="DIGEST", Signature=of_message, **common)["SignatureValid"] is True
    # As RAW, the digest is hashed once more.
    assert refusal(kms.verify, Message=digest, Signature=of_message, **common) == NOT_VALID


@pytest.mark.parametrize("spec", ML_DSA)
def test_the_representative_of_ml_dsa_is_that_of_others(kms, signers, spec):
    key = signers(spec)
    public = serialization.load_der_public_key(signers.public(spec))
    assert isinstance(public, ML_DSA[spec])
    # FIPS 204: mu is made of the hash of the public key, an empty context and the message.
    about = hashlib.shake_256(public.public_bytes_raw()).digest(64)
    mu = hashlib.shake_256(about + b"\0\0" + MESSAGE).digest(64)
    of_mu = sign(kms, key, "ML_DSA_SHAKE_256", mu, MessageType="EXTERNAL_MU")
    public.verify(of_mu, MESSAGE)
    common = {"KeyId": key["KeyId"], "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    assert kms.verify(Message=MESSAGE, Signature=of_mu, **common)["SignatureValid"] is True
    of_message = sign(kms, key, "ML_DSA_SHAKE_256")
    assert kms.verify(Message=mu, MessageType="EXTERNAL_MU", Signature=of_message, **common)["SignatureValid"] is True
    assert refusal(kms.verify, Message=mu, Signature=of_message, **common) == NOT_VALID


def test_the_prehashed_ed25519_is_another_algorithm_than_the_pure_one(kms, signers):
    key = signers("ECC_NIST_EDWARDS25519")
    digest = hashlib.sha512(MESSAGE).digest()
    prehashed = sign(kms, key, "ED25519_PH_SHA_512", digest, MessageType="DIGEST")
    common = {"KeyId": key["KeyId"], "Signature": prehashed}
    verified = kms.verify(Message=digest, MessageType="DIGEST", SigningAlgorithm="ED25519_PH_SHA_512", **common)
    assert verified["SignatureValid"] is True
    assert refusal(kms.verify, Message=digest, SigningAlgorithm="ED25519_SHA_512", **common) == NOT_VALID
    public = serialization.load_der_public_key(signers.public("ECC_NIST_EDWARDS25519"))
    assert isinstance(public, ed25519.Ed25519PublicKey)
    # AWS hashes what it is given once more, as the algorithm has it.
    assert ed25519ph.is_valid(public.public_bytes_raw(), digest, prehashed)
    assert not ed25519ph.is_valid(public.public_bytes_raw(), MESSAGE, prehashed)
    for message in (MESSAGE, digest, hashlib.sha512(digest).digest()):
        with pytest.raises(InvalidSignature):
            public.verify(prehashed, message)


def spoiled(signature: bytes):
    """What a hostile or careless client might send instead."""
    yield from (signature[:-1], signature[1:], signature + b"\0", signature[: len(signature) // 2], b"\0", signature[::-1])
    yield from (b"\0" * len(signature), b"\xff" * len(signature), bytes([signature[0] ^ 1]) + signature[1:])
    yield signature[:-1] + bytes([signature[-1] ^ 0x80])


@pytest.mark.parametrize(("spec", "algorithm"), ELSEWHERE)
def test_whatever_is_wrong_with_a_signature_is_told_in_the_same_words(kms, signers, spec, algorithm):
    key = signers(spec)
    common = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    signature = sign(kms, key, algorithm)
    for wrong in spoiled(signature):
        assert refusal(kms.verify, Message=MESSAGE, Signature=wrong, **common) == NOT_VALID
    assert refusal(kms.verify, Message=MESSAGE + b"!", Signature=signature, **common) == NOT_VALID
    assert kms.verify(Message=MESSAGE, Signature=signature, **common)["SignatureValid"] is True


@pytest.mark.parametrize(("spec", "curve"), [(spec, curve) for spec, (_, curve) in CURVES.items()])
def test_an_ecdsa_signature_in_another_encoding_is_not_valid(kms, signers, spec, curve):
    algorithm, _ = CURVES[spec]
    signature = sign(kms, signers(spec), algorithm)
    r, s = utils.decode_dss_signature(signature)
    size = (curve().key_size + 7) // 8
    raw = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    zero = utils.encode_dss_signature(0, s)
    for wrong in (raw, zero, utils.encode_dss_signature(r, 0)):
        told = refusal(kms.verify, KeyId=signers(spec)["KeyId"], Message=MESSAGE, Signature=wrong, SigningAlgorithm=algorithm)
        assert told == NOT_VALID


def test_pkcs1_signatures_are_always_the_same_and_pss_ones_never(kms, signers):
    def some(algorithm):
        return {sign(kms, signers("RSA_2048"), algorithm) for _ in range(5)}

    assert len(some("RSASSA_PKCS1_V1_5_SHA_256")) == 1
    assert len(some("RSASSA_PSS_SHA_256")) == 5


@pytest.mark.parametrize("algorithm", RSA)
def test_an_rsa_signature_of_one_algorithm_is_none_of_another(kms, signers, algorithm):
    key = signers("RSA_2048")
    signature = sign(kms, key, algorithm)
    for another in RSA:
        valid = outcome(lambda a=another: kms.verify(KeyId=key["KeyId"], Message=MESSAGE, Signature=signature, SigningAlgorithm=a))
        assert (valid == "ok") is (another == algorithm), another


@pytest.mark.parametrize("spec", SPECS)
def test_a_public_key_is_what_its_spec_says(kms, signers, spec):
    answer = kms.get_public_key(KeyId=signers(spec)["KeyId"])
    assert (answer["KeyId"], answer["KeySpec"], answer["KeyUsage"]) == (signers(spec)["Arn"], spec, "SIGN_VERIFY")
    assert answer["SigningAlgorithms"] == SPECS[spec] == signers(spec)["SigningAlgorithms"]
    assert not {"EncryptionAlgorithms", "KeyAgreementAlgorithms", "EncapsulationAlgorithms"} & set(answer)
    key = serialization.load_der_public_key(answer["PublicKey"])
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_bytes(*form) == answer["PublicKey"], "the one DER encoding"
    if spec.startswith("RSA"):
        assert (key.key_size, key.public_numbers().e) == (int(spec[4:]), 65537)
    elif spec in CURVES:
        assert isinstance(key.curve, CURVES[spec][1])


def test_a_public_key_of_an_encryption_key_encrypts_elsewhere_and_lists_its_algorithms(kms):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    answer = kms.get_public_key(KeyId=key["Arn"])
    assert answer["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    assert "SigningAlgorithms" not in answer
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert len(serialization.load_der_public_key(answer["PublicKey"]).encrypt(b"x", oaep)) == 256
    told = refusal(kms.sign, KeyId=key["KeyId"], Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256")
    text = f"{key['Arn']} key usage is ENCRYPT_DECRYPT which is not valid for Sign."
    assert told == Refusal("InvalidKeyUsageException", text)


def test_every_form_of_the_key_works_and_the_answer_has_its_arn(kms, signers, tagger):
    key = signers("ECC_NIST_P256")
    names = {"KeyId": key["KeyId"], "Arn": key["Arn"]}
    for metadata in (key, tagger):
        kms.create_alias(AliasName=f"alias/asymmetric-{metadata['KeyId']}", TargetKeyId=metadata["KeyId"])
    name = f"alias/asymmetric-{key['KeyId']}"
    for form in (*names.values(), name, alias_arn(name)):
        signed = kms.sign(KeyId=form, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")
        assert signed["KeyId"] == key["Arn"]
        check(signers.public("ECC_NIST_P256"), "ECDSA_SHA_256", signed["Signature"], MESSAGE)
        assert kms.get_public_key(KeyId=form)["KeyId"] == key["Arn"]
    name = f"alias/asymmetric-{tagger['KeyId']}"
    for form in (tagger["KeyId"], tagger["Arn"], name, alias_arn(name)):
        made = kms.generate_mac(KeyId=form, Message=MESSAGE, MacAlgorithm="HMAC_SHA_256")
        assert made["KeyId"] == tagger["Arn"]
        verified = kms.verify_mac(KeyId=form, Message=MESSAGE, Mac=made["Mac"], MacAlgorithm="HMAC_SHA_256")
        assert (verified["MacValid"], verified["KeyId"]) == (True, tagger["Arn"])


@pytest.mark.parametrize(("spec", "algorithm"), MACS.items())
def test_macs_are_whole_and_verify_only_as_they_are(kms, spec, algorithm):
    key = kms.create_key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    assert key["MacAlgorithms"] == [algorithm]
    common = {"KeyId": key["KeyId"], "MacAlgorithm": algorithm}
    tags = {kms.generate_mac(Message=MESSAGE, **common)["Mac"] for _ in range(3)}
    (tag,) = tags
    assert len(tag) == int(spec[5:]) // 8
    assert kms.verify_mac(Message=MESSAGE, Mac=tag, **common)["MacValid"] is True
    for wrong in spoiled(tag):
        assert refusal(kms.verify_mac, Message=MESSAGE, Mac=wrong, **common) == NOT_THE_MAC
    assert refusal(kms.verify_mac, Message=MESSAGE + b"!", Mac=tag, **common) == NOT_THE_MAC
    # A key whose bytes nobody knows must not be the empty one, nor zeros.
    for known in (b"", bytes(len(tag))):
        assert not hmac.compare_digest(hmac.new(known, MESSAGE, f"sha{spec[5:]}").digest(), tag)


@pytest.mark.parametrize(
    "usage",
    [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_384", "GENERATE_VERIFY_MAC")],
)
def test_keys_without_a_public_half_say_so_without_a_word(kms, usage):
    spec, use = usage
    key = kms.create_key(KeySpec=spec, KeyUsage=use)["KeyMetadata"]
    assert refusal(kms.get_public_key, KeyId=key["KeyId"]) == Refusal("UnsupportedOperationException", "")


def test_sm2_keys_and_signatures_are_for_the_china_regions(kms, signers):
    assert refusal(kms.create_key, KeySpec="SM2", KeyUsage="SIGN_VERIFY").code == "UnsupportedOperationException"
    told = refusal(kms.sign, KeyId=signers("ECC_NIST_P256")["KeyId"], Message=b"x", SigningAlgorithm="SM2DSA")
    text = "Algorithm SM2DSA is incompatible with key spec ECC_NIST_P256."
    assert told == Refusal("InvalidKeyUsageException", text)


def test_while_large_rsa_keys_are_made_others_are_served(kms, server, key):
    """Not timed: were they made on the threads that serve, none of these calls would come back before they are there."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        making = [pool.submit(kms.create_key, KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY") for _ in range(6)]
        meanwhile = 0
        while not all(made.done() for made in making):
            kms.describe_key(KeyId=key["KeyId"])
            meanwhile += 1
        arns = {made.result()["KeyMetadata"]["Arn"] for made in making}
    assert len(arns) == 6
    assert meanwhile > 20


# The command line, and OpenSSL beside it


def openssl(folder, *command: str) -> str:
    done = subprocess.run(["openssl", *command], cwd=folder, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode == 0 else f"failed: {done.stdout}{done.stderr}"


OPENSSL = [
    ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", ("-sha256",)),
    ("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_384", ("-sha384",)),
    ("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_512", ("-sha512",)),
    ("RSA_2048", "RSASSA_PSS_SHA_256", ("-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")),
    ("RSA_4096", "RSASSA_PSS_SHA_512", ("-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")),
    ("ECC_NIST_P256", "ECDSA_SHA_256", ("-sha256",)),
    ("ECC_NIST_P384", "ECDSA_SHA_384", ("-sha384",)),
    ("ECC_NIST_P521", "ECDSA_SHA_512", ("-sha512",)),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256", ("-sha256",)),
]


def fetched(aws, key: dict, algorithm: str) -> None:
    """Signs a file with the command line and fetches the public key, as a user would."""
    (aws.folder / "message.txt").write_bytes(MESSAGE)
    command = ("kms", "sign", "--key-id", key["KeyId"], "--message", "fileb://message.txt", "--message-type", "RAW")
    signed = aws(*command, "--signing-algorithm", algorithm).json()
    (aws.folder / "message.sig").write_bytes(base64.b64decode(signed["Signature"]))
    public = aws("kms", "get-public-key", "--key-id", key["KeyId"], "--query", "PublicKey", "--output", "text").text()
    (aws.folder / "public.der").write_bytes(base64.b64decode(public))
    assert openssl(aws.folder, "pkey", "-pubin", "-inform", "DER", "-in", "public.der", "-out", "public.pem") == ""


@pytest.mark.parametrize(("spec", "algorithm", "options"), OPENSSL)
def test_openssl_verifies_what_the_command_line_had_signed(aws, signers, spec, algorithm, options):
    key = signers(spec)
    fetched(aws, key, algorithm)
    verify = ("dgst", *options, "-verify", "public.pem", "-signature", "message.sig", "message.txt")
    assert openssl(aws.folder, *verify) == "Verified OK"
    command = ("kms", "verify", "--key-id", key["KeyId"], "--message", "fileb://message.txt", "--signature", "fileb://message.sig")
    assert aws(*command, "--signing-algorithm", algorithm).json()["SignatureValid"] is True
    (aws.folder / "message.txt").write_bytes(MESSAGE + b"!")
    assert openssl(aws.folder, *verify).startswith("failed")
    said = aws(*command, "--signing-algorithm", algorithm)
    assert said.code != 0 and "(KMSInvalidSignatureException)" in said.err


def test_openssl_verifies_ed25519(aws, signers):
    fetched(aws, signers("ECC_NIST_EDWARDS25519"), "ED25519_SHA_512")
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message.txt", "-sigfile", "message.sig")
    assert openssl(aws.folder, *verify) == "Signature Verified Successfully"
    (aws.folder / "message.txt").write_bytes(MESSAGE + b"!")
    assert openssl(aws.folder, *verify).startswith("failed")


def test_the_command_line_makes_and_verifies_macs(aws, tagger):
    (aws.folder / "message.txt").write_bytes(MESSAGE)
    common = ("--key-id", tagger["KeyId"], "--message", "fileb://message.txt", "--mac-algorithm", "HMAC_SHA_256")
    made = aws("kms", "generate-mac", *common).json()
    assert (made["KeyId"], made["MacAlgorithm"]) == (tagger["Arn"], "HMAC_SHA_256")
    (aws.folder / "message.mac").write_bytes(base64.b64decode(made["Mac"]))
    assert aws("kms", "verify-mac", *common, "--mac", "fileb://message.mac").json()["MacValid"] is True
    (aws.folder / "message.mac").write_bytes(base64.b64decode(made["Mac"])[:-1])
    said = aws("kms", "verify-mac", *common, "--mac", "fileb://message.mac")
    assert said.code != 0 and "(KMSInvalidMacException)" in said.err
