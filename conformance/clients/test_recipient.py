"""Answers for attested recipients: an enclave of the suite's own asks, and it alone can open what comes back."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness import cli, process
from harness.clients import ACCOUNT, connect, outcome, refusal, root_arn
from harness.identities import Root, identity_policy
from harness.nitro import Certified, Enclave, Platform, certify, wrapped

DENIED = "AccessDeniedException"
# The exit code of a configuration that is wrong.
CONFIGURATION = 3
SECRET = b"what only the enclave may see"


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform()


@pytest.fixture(scope="module")
def enclave(platform) -> Enclave:
    return Enclave(platform)


@pytest.fixture(scope="module")
def server(tmp_path_factory, platform):
    """A server of its own, which trusts the suite's platform."""
    folder = tmp_path_factory.mktemp("recipient")
    (folder / "root.pem").write_bytes(platform.root.pem)
    running = process.dev(folder, [ACCOUNT], arguments=("--set", f"attestation.root={folder / 'root.pem'}"))
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server) -> Root:
    return Root(server)


@pytest.fixture(scope="module")
def kms(server):
    return connect(server, server.keys(f"root-{ACCOUNT}"))


def blob_of(kms, key: dict) -> bytes:
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET, EncryptionContext={"for": "enclave"})["CiphertextBlob"]


@pytest.fixture
def blob(kms, key) -> bytes:
    return blob_of(kms, key)


def decrypting(blob: bytes, **more) -> dict:
    return {"CiphertextBlob": blob, "EncryptionContext": {"for": "enclave"}, **more}


# What the enclave gets.


def test_decrypt_answers_the_enclave_alone(kms, key, blob, enclave):
    answer = kms.decrypt(**decrypting(blob, Recipient=enclave.recipient()))
    assert "Plaintext" not in answer
    assert enclave.open(answer["CiphertextForRecipient"]) == SECRET
    assert (answer["KeyId"], answer["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
    assert kms.decrypt(**decrypting(blob))["Plaintext"] == SECRET


@pytest.mark.parametrize("wanted", [{"KeySpec": "AES_256"}, {"KeySpec": "AES_128"}, {"NumberOfBytes": 1024}], ids=str)
def test_a_data_key_for_the_enclave_is_the_one_that_the_blob_holds(kms, key, enclave, wanted):
    answer = kms.generate_data_key(KeyId=key["KeyId"], Recipient=enclave.recipient(), **wanted)
    assert "Plaintext" not in answer
    opened = enclave.open(answer["CiphertextForRecipient"])
    assert opened == kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["Plaintext"]


@pytest.mark.parametrize("length", [1, 15, 16, 32, 1024])
def test_random_bytes_for_the_enclave(kms, enclave, length):
    answers = [kms.generate_random(NumberOfBytes=length, Recipient=enclave.recipient()) for _ in range(2)]
    assert all("Plaintext" not in answer for answer in answers)
    opened = [enclave.open(answer["CiphertextForRecipient"]) for answer in answers]
    assert [len(one) for one in opened] == [length, length]
    assert length == 1 or opened[0] != opened[1]


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "RSA_4096"])
def test_a_private_key_for_the_enclave_belongs_to_the_public_one(kms, key, enclave, spec):
    answer = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, Recipient=enclave.recipient())
    assert "PrivateKeyPlaintext" not in answer
    private = serialization.load_der_private_key(enclave.open(answer["CiphertextForRecipient"]), None)
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    assert private.public_key().public_bytes(encoding, form) == answer["PublicKey"]
    kept = kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert kept == enclave.open(answer["CiphertextForRecipient"])


def test_a_shared_secret_for_the_enclave_is_the_one_that_others_get(kms, enclave):
    key = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    peer = ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(encoding, form)
    asked = {"KeyId": key["KeyId"], "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}
    answer = kms.derive_shared_secret(**asked, Recipient=enclave.recipient())
    assert "SharedSecret" not in answer
    assert enclave.open(answer["CiphertextForRecipient"]) == kms.derive_shared_secret(**asked)["SharedSecret"]


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_openssl_opens_an_answer_too(kms, blob, platform, tmp_path, bits):
    enclave = Enclave(platform, key=rsa.generate_private_key(65537, bits))
    answer = kms.decrypt(**decrypting(blob, Recipient=enclave.recipient()))
    encoding, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(enclave.key.private_bytes(encoding, plain, serialization.NoEncryption()))
    command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", str(tmp_path / "key.pem")]
    opened = subprocess.run(command, input=answer["CiphertextForRecipient"], capture_output=True, check=True)
    assert opened.stdout == SECRET


def test_nobody_else_opens_an_answer(kms, blob, enclave, platform):
    answer = kms.decrypt(**decrypting(blob, Recipient=enclave.recipient()))
    with pytest.raises(ValueError):
        Enclave(platform).open(answer["CiphertextForRecipient"])


# What was attested decides.


def test_a_key_policy_opens_to_one_image_only(kms, root, platform, enclave):
    image = {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": enclave.pcr(0)}}
    user = root.user()
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": root_arn(ACCOUNT)}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Decrypt", "Resource": "*", "Condition": image},
    ]
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]
    blob = blob_of(kms, key)
    answer = user.kms.decrypt(**decrypting(blob, Recipient=enclave.recipient()))
    assert enclave.open(answer["CiphertextForRecipient"]) == SECRET
    assert outcome(user.kms.decrypt, **decrypting(blob)) == DENIED
    other = Enclave(platform, pcrs=enclave.pcrs | {0: b"\7" * 48})
    assert outcome(user.kms.decrypt, **decrypting(blob, Recipient=other.recipient())) == DENIED


@pytest.mark.parametrize("index", [0, 3, 15])
def test_an_identity_policy_knows_the_registers(root, platform, enclave, index):
    attested = {"StringEquals": {f"kms:RecipientAttestation:PCR{index}": enclave.pcr(index)}}
    user = root.user(None, identity_policy("kms:GenerateRandom", Condition=attested))
    answer = user.kms.generate_random(NumberOfBytes=8, Recipient=enclave.recipient())
    assert len(enclave.open(answer["CiphertextForRecipient"])) == 8
    assert outcome(user.kms.generate_random, NumberOfBytes=8) == DENIED
    other = Enclave(platform, pcrs=enclave.pcrs | {index: b"\7" * 48})
    assert outcome(user.kms.generate_random, NumberOfBytes=8, Recipient=other.recipient()) == DENIED


def test_a_tpm_is_no_enclave(root, enclave):
    """Each platform has condition keys of its own, and none of the other's."""
    recipient = enclave.recipient(pcrs=..., nitrotpm_pcrs=enclave.pcrs)
    for condition, expected in [("PCR4", DENIED), ("ImageSha384", DENIED), ("NitroTPMPCR4", "ok")]:
        value = enclave.pcr(0 if condition == "ImageSha384" else 4)
        attested = {"StringEquals": {f"kms:RecipientAttestation:{condition}": value}}
        user = root.user(None, identity_policy("kms:GenerateRandom", Condition=attested))
        assert outcome(user.kms.generate_random, NumberOfBytes=8, Recipient=recipient) == expected


def test_who_may_only_without_a_document_may_not_with_one(root, enclave):
    attested = {"Null": {"kms:RecipientAttestation:PCR0": "false"}}
    user = root.user(None, identity_policy("kms:*"), identity_policy("kms:GenerateRandom", "Deny", Condition=attested))
    assert len(user.kms.generate_random(NumberOfBytes=8)["Plaintext"]) == 8
    assert outcome(user.kms.generate_random, NumberOfBytes=8, Recipient=enclave.recipient()) == DENIED


# What is not believed.

ELSEWHERE = Platform()


def chain(enclave: Enclave, **certificates) -> dict:
    """A recipient whose platform has other certificates."""
    return Enclave(Platform(**{"root": enclave.platform.root} | certificates), key=enclave.key).recipient()


def late(root: Certified) -> dict:
    between = certify("suite region", root)
    return {"between": [between], "module": certify("suite module", between, authority=False, minutes=(-60, -1))}


def by_module(root: Certified) -> dict:
    """A module's certificate that issues another one."""
    between = certify("suite region", root)
    module = certify("suite module", between, authority=False)
    return {"between": [between, module], "module": certify("another", module, authority=False)}


REFUSED = {
    "no document": (lambda e: wrapped(b"not one"), "it is not a COSE_Sign1 structure"),
    "too long": (lambda e: wrapped(bytes(262144)), "it is too long"),
    "another root": (lambda e: Enclave(ELSEWHERE).recipient(), "its root certificate is not trusted"),
    "another root's chain behind ours": (
        lambda e: chain(e, between=ELSEWHERE.between, module=ELSEWHERE.module),
        "its certificates do not chain to the root",
    ),
    "another key": (lambda e: e.recipient(signed_by=ec.generate_private_key(ec.SECP384R1())), "its signature does not verify"),
    "another algorithm": (lambda e: e.recipient(algorithm=-7), "its signature algorithm is not ES384"),
    "old": (lambda e: e.recipient(timestamp=1_700_000_000_000), "it has expired"),
    "a certificate of yesterday": (lambda e: chain(e, **late(e.platform.root)), "a certificate of its chain is not valid at this time"),
    "a module that is no authority": (
        lambda e: chain(e, **by_module(e.platform.root)),
        "a certificate of its chain may not be used so",
    ),
    "no key": (lambda e: e.recipient(public_key=None), "public_key is missing"),
    "a key on a curve": (
        lambda e: e.recipient(public_key=e.platform.root.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)),
        "public_key is not valid",
    ),
    "a short key": (
        lambda e: Enclave(e.platform, key=rsa.generate_private_key(65537, 1024)).recipient(),
        "public_key is not valid",
    ),
    "a key with a tail": (lambda e: e.recipient(public_key=e.public_key + b"\0"), "public_key is not valid"),
    "no registers": (lambda e: e.recipient(pcrs=...), "pcrs is missing"),
    "both kinds of registers": (
        lambda e: e.recipient(nitrotpm_pcrs=e.pcrs),
        "it has a field that is unknown or repeated",
    ),
    "a short register": (lambda e: e.recipient(pcrs={0: bytes(20)}), "pcrs is not valid"),
    "another digest": (lambda e: e.recipient(digest="SHA512"), "digest is not valid"),
    "a field of its own": (lambda e: e.recipient(surprise=1), "it has a field that is unknown or repeated"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_that_does_not_verify_gets_nothing(kms, key, blob, enclave, case):
    make, why = REFUSED[case]
    expected = ("ValidationException", f"The attestation document is not valid: {why}.")
    recipient = make(enclave)
    assert refusal(kms.decrypt, **decrypting(blob, Recipient=recipient)) == expected
    assert refusal(kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256", Recipient=recipient) == expected
    assert refusal(kms.generate_random, NumberOfBytes=8, Recipient=recipient) == expected


def test_every_byte_of_a_document_counts(kms, enclave):
    """A sample: the crate's own tests change each."""
    good = enclave.recipient()["AttestationDocument"]
    for at in range(0, len(good), 97):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert refusal(kms.generate_random, NumberOfBytes=8, Recipient=wrapped(bad)).code == "ValidationException", at
    assert "CiphertextForRecipient" in kms.generate_random(NumberOfBytes=8, Recipient=wrapped(good))


@pytest.mark.parametrize("member", ["KeyEncryptionAlgorithm", "AttestationDocument"])
def test_both_members_are_needed(kms, enclave, member):
    recipient = enclave.recipient()
    del recipient[member]
    told = refusal(kms.generate_random, NumberOfBytes=8, Recipient=recipient)
    assert told.code == "ValidationException"
    assert f"recipient.{member[0].lower()}{member[1:]}" in told.message


def test_there_is_one_algorithm(kms, enclave):
    recipient = enclave.recipient() | {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_1"}
    told = refusal(kms.generate_random, NumberOfBytes=8, Recipient=recipient)
    assert told.code == "ValidationException"
    assert "recipient.keyEncryptionAlgorithm" in told.message and "[RSAES_OAEP_SHA_256]" in told.message


def test_the_suites_platform_is_nothing_where_aws_is_trusted(tmp_path, enclave):
    """Without the setting it is AWS's root that counts."""
    running = process.dev(tmp_path, [ACCOUNT])
    try:
        kms = connect(running, running.keys(f"root-{ACCOUNT}"))
        told = refusal(kms.generate_random, NumberOfBytes=8, Recipient=enclave.recipient())
        assert told.message == "The attestation document is not valid: its root certificate is not trusted."
    finally:
        running.kill()


@pytest.mark.parametrize("content", [None, b"", b"no certificate", "module", "two"])
def test_a_root_that_is_none_keeps_the_server_from_starting(tmp_path, platform, content):
    known = {"module": platform.module.pem, "two": platform.root.pem + platform.between[0].pem}
    path = tmp_path / "root.pem"
    if content is not None:
        path.write_bytes(known.get(content, content))
    command = [process.binary(), "dev", "--accounts", ACCOUNT, "--listen", f"127.0.0.1:{process.free_port()}"]
    command += ["--credentials", str(tmp_path / "credentials"), "--set", f"attestation.root={path}"]
    environment = process.clean_environment(TMPDIR=str(tmp_path))
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=process.START_SECONDS, check=False)
    assert said.returncode == CONFIGURATION, said.stderr
    assert "attestation.root" in said.stderr


# The aws command line.


def test_the_command_line_asks_for_an_enclave(server, enclave, tmp_path):
    aws = cli.Aws(server, tmp_path)
    (tmp_path / "document").write_bytes(enclave.recipient()["AttestationDocument"])
    recipient = f"KeyEncryptionAlgorithm=RSAES_OAEP_SHA_256,AttestationDocument@=fileb://{tmp_path / 'document'}"
    answer = aws("kms", "generate-random", "--number-of-bytes", "8", "--recipient", recipient).json()
    assert len(enclave.open(base64.b64decode(answer["CiphertextForRecipient"]))) == 8
