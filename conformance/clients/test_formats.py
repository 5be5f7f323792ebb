"""What the server really writes is what docs/formats says: read here by other hands, from those pages alone."""

import pytest

MAGIC, VERSION, SYMMETRIC_DEFAULT = b"GKCB", 1, 1
OVERHEAD = 99


def taken_apart(blob: bytes) -> dict:
    """A ciphertext blob by the table in docs/formats/blob.md."""
    return {
        "magic": blob[0:4],
        "version": blob[4],
        "algorithm": blob[5],
        "flags": blob[6],
        "key id": blob[7:23].hex(),
        "material id": blob[23:55].hex(),
        "nonce": blob[55:71],
        "iv": blob[71:83],
        "ciphertext": blob[83:-16],
    }


@pytest.mark.parametrize("size", [1, 32, 4096])
def test_a_blob_is_laid_out_as_its_page_says(kms, key, size):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p" * size)["CiphertextBlob"]
    assert len(blob) == OVERHEAD + size
    parts = taken_apart(blob)
    assert (parts["magic"], parts["version"], parts["algorithm"], parts["flags"]) == (MAGIC, VERSION, SYMMETRIC_DEFAULT, 0)
    assert parts["key id"] == key["KeyId"].replace("-", "")
    assert parts["material id"] == key["CurrentKeyMaterialId"]
    assert len(parts["ciphertext"]) == size


def test_a_data_keys_blob_is_laid_out_alike(kms, key):
    blob = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], KeySpec="AES_256")["CiphertextBlob"]
    assert taken_apart(blob)["material id"] == key["CurrentKeyMaterialId"]
    assert len(blob) == OVERHEAD + 32


def test_nonces_and_ivs_never_repeat(kms, key):
    parts = [taken_apart(kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]) for _ in range(50)]
    assert len({part["nonce"] for part in parts}) == len({part["iv"] for part in parts}) == 50
