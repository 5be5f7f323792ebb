"""Imported key material with real clients: wrapped by OpenSSL and by Python's `cryptography`, used, erased, expired."""

import datetime
import os
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from harness import pages
from harness.clients import key_arn, outcome, refusal

FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
HASHES = {"SHA_1": hashes.SHA1, "SHA_256": hashes.SHA256}
ALGORITHMS = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]
CURVES = {"ECC_NIST_P256": ec.SECP256R1, "ECC_NIST_P384": ec.SECP384R1, "ECC_NIST_P521": ec.SECP521R1, "ECC_SECG_P256K1": ec.SECP256K1}


def wrap(algorithm: str, public_key: bytes, material: bytes) -> bytes:
    """What an owner does with `cryptography`."""
    key = serialization.load_der_public_key(public_key)
    hash_ = HASHES[algorithm[algorithm.index("SHA_"):]]
    oaep = padding.OAEP(padding.MGF1(hash_()), hash_(), None)
    if algorithm.startswith("RSAES"):
        return key.encrypt(material, oaep)
    aes = os.urandom(32)
    return key.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, material)


def external(kms, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **parameters) -> str:
    return kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage, **parameters)["KeyMetadata"]["KeyId"]


def parameters(kms, key_id: str, algorithm="RSAES_OAEP_SHA_256", size="RSA_2048") -> dict:
    return kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec=size)


def submission(kms, key_id: str, material: bytes, algorithm="RSAES_OAEP_SHA_256", size="RSA_2048", **more) -> dict:
    given = parameters(kms, key_id, algorithm, size)
    wrapped = wrap(algorithm, given["PublicKey"], material)
    more = more if "ExpirationModel" in more or "ValidTo" in more else more | FOREVER
    return {"KeyId": key_id, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": wrapped, **more}


def give(kms, key_id: str, material: bytes, *arguments, **more) -> dict:
    return kms.import_key_material(**submission(kms, key_id, material, *arguments, **more))


def metadata(kms, key_id: str) -> dict:
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]


def pkcs8(key) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def spki(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("size", ["RSA_2048", "RSA_3072", "RSA_4096"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_material_comes_by_every_algorithm_under_every_size(kms, algorithm, size):
    key_id = external(kms)
    given = parameters(kms, key_id, algorithm, size)
    assert serialization.load_der_public_key(given["PublicKey"]).key_size == int(size.removeprefix("RSA_"))
    left = given["ParametersValidTo"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=23) < left <= datetime.timedelta(hours=24)
    answer = give(kms, key_id, os.urandom(32), algorithm, size)
    told = metadata(kms, key_id)
    assert answer["KeyId"] == key_arn(key_id)
    assert (told["KeyState"], told["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert answer["KeyMaterialId"] == told["CurrentKeyMaterialId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


@pytest.mark.parametrize("spec", CURVES)
def test_a_private_key_on_a_curve_verifies_what_the_key_signs(kms, spec):
    own = ec.generate_private_key(CURVES[spec]())
    key_id = external(kms, spec, "SIGN_VERIFY")
    give(kms, key_id, pkcs8(own), "RSA_AES_KEY_WRAP_SHA_256")
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == spki(own)
    algorithm = metadata(kms, key_id)["SigningAlgorithms"][0]
    signature = kms.sign(KeyId=key_id, Message=b"message", SigningAlgorithm=algorithm)["Signature"]
    hash_ = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[algorithm[-3:]]
    own.public_key().verify(signature, b"message", ec.ECDSA(hash_()))


def test_an_ed25519_private_key_verifies_what_the_key_signs(kms):
    own = ed25519.Ed25519PrivateKey.generate()
    key_id = external(kms, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    give(kms, key_id, pkcs8(own))
    made = kms.sign(KeyId=key_id, Message=b"message", MessageType="RAW", SigningAlgorithm="ED25519_SHA_512")
    own.public_key().verify(made["Signature"], b"message")


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_an_rsa_private_key_opens_what_its_owner_encrypts(kms, bits):
    own = rsa.generate_private_key(65537, bits)
    key_id = external(kms, f"RSA_{bits}", "ENCRYPT_DECRYPT")
    give(kms, key_id, pkcs8(own), "RSA_AES_KEY_WRAP_SHA_1")
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == spki(own)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    blob = own.public_key().encrypt(b"secret", oaep)
    opened = kms.decrypt(KeyId=key_id, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"secret"


def test_an_hmac_key_makes_the_macs_that_its_owner_makes(kms):
    own = os.urandom(32)
    key_id = external(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    give(kms, key_id, own)
    made = kms.generate_mac(KeyId=key_id, Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{own.hex()}", "-binary"]
    assert subprocess.run(command, input=b"message", capture_output=True, check=True).stdout == made


@pytest.mark.parametrize(
    "spec, usage, material",
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", bytes(16)),
        ("HMAC_512", "GENERATE_VERIFY_MAC", bytes(16)),
        ("ECC_NIST_P256", "SIGN_VERIFY", pkcs8(ec.generate_private_key(ec.SECP384R1()))),
        ("ECC_NIST_P256", "SIGN_VERIFY", b"not DER"),
        ("RSA_2048", "SIGN_VERIFY", pkcs8(rsa.generate_private_key(65537, 1024))),
    ],
)
def test_material_of_another_kind_is_incorrect(kms, spec, usage, material):
    key_id = external(kms, spec, usage)
    asked = submission(kms, key_id, material, "RSA_AES_KEY_WRAP_SHA_256")
    assert outcome(kms.import_key_material, **asked) == "IncorrectKeyMaterialException"
    assert metadata(kms, key_id)["KeyState"] == "PendingImport"


def test_what_goes_wrong_is_told_as_aws_tells_it(kms):
    key_id, other = external(kms), external(kms)
    asked = submission(kms, key_id, os.urandom(32))
    assert outcome(kms.import_key_material, **asked | {"KeyId": other}) == "InvalidImportTokenException"
    assert outcome(kms.import_key_material, **asked | {"ImportToken": b"token"}) == "InvalidImportTokenException"
    foreign = submission(kms, key_id, os.urandom(32))["EncryptedKeyMaterial"]
    told = refusal(kms.import_key_material, **asked | {"EncryptedKeyMaterial": foreign})
    assert told == ("InvalidCiphertextException", "")
    kms.import_key_material(**asked)
    again = submission(kms, key_id, os.urandom(32))
    assert outcome(kms.import_key_material, **again) == "IncorrectKeyMaterialException"
    kms.import_key_material(**asked)


def test_deleted_material_comes_back_with_the_same_import_only(kms):
    key_id, own = external(kms), os.urandom(32)
    made = give(kms, key_id, own)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"secret")["CiphertextBlob"]
    deleted = kms.delete_imported_key_material(KeyId=key_id)
    assert deleted["KeyMaterialId"] == made["KeyMaterialId"]
    assert refusal(kms.decrypt, CiphertextBlob=blob) == ("KMSInvalidStateException", f"{key_arn(key_id)} is pending import.")
    give(kms, key_id, own)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


def test_expiry_is_shown_and_set_anew_by_each_import(kms):
    key_id, own = external(kms), os.urandom(32)
    tomorrow = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=1)
    give(kms, key_id, own, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=tomorrow)
    told = metadata(kms, key_id)
    assert (told["ExpirationModel"], told["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", tomorrow)
    give(kms, key_id, own)
    told = metadata(kms, key_id)
    assert told["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE" and "ValidTo" not in told


def test_a_second_material_waits_for_the_rotation(kms):
    key_id, first, second = external(kms), os.urandom(32), os.urandom(32)
    give(kms, key_id, first)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"secret")["CiphertextBlob"]
    new = give(kms, key_id, second, ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="second")["KeyMaterialId"]
    assert metadata(kms, key_id)["CurrentKeyMaterialId"] != new
    kms.rotate_key_on_demand(KeyId=key_id)
    assert metadata(kms, key_id)["CurrentKeyMaterialId"] == new
    listed = kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [entry["KeyMaterialState"] for entry in listed] == ["NON_CURRENT", "CURRENT"]
    assert listed[1]["KeyMaterialDescription"] == "second" and listed[1]["ImportState"] == "IMPORTED"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


def test_the_material_is_in_no_event(kms, server):
    key_id, own = external(kms), b"MATERIALMATERIALMATERIALMATERIAL"
    asked = submission(kms, key_id, own)
    kms.import_key_material(**asked)
    log = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and path.suffix != ".sock")
    assert b"ImportKeyMaterial" in log
    assert own not in log and own.hex().encode() not in log


def test_the_commands_of_the_page_run(aws, tmp_path):
    after = 'aws kms get-key-rotation-status --key-id "$key" 2>&1 || true'
    said = pages.run("import.md", aws, tmp_path, after)
    assert "Enabled" in said
    assert said.count('"KeyMaterialState"') == 2
    assert "origin is EXTERNAL which is not valid for this operation." in said
