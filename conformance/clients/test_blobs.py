"""A ciphertext that was touched anywhere is an invalid ciphertext, and the answer says nothing else."""

import base64

import pytest

CONTEXT = {"k": "v"}


@pytest.fixture
def blob(kms, key):
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=b"0123456789abcdef", EncryptionContext=CONTEXT)["CiphertextBlob"]


def opened(raw, blob: bytes, **more):
    """The raw answer of Decrypt; raw, since thousands of these are asked for."""
    encoded = base64.b64encode(blob).decode()
    return raw.call("Decrypt", {"CiphertextBlob": encoded, "EncryptionContext": CONTEXT} | more)


def said(raw, blob: bytes, **more):
    answer = opened(raw, blob, **more)
    return answer.status, answer.body


INVALID = (400, b'{"__type":"InvalidCiphertextException"}')


def test_the_untouched_blob_opens(raw, blob):
    assert opened(raw, blob).status == 200


def test_every_single_bit_flip_is_an_invalid_ciphertext(raw, blob):
    wrong = {}
    for bit in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        if (told := said(raw, bytes(flipped))) != INVALID:
            wrong[bit] = told
    assert not wrong


def test_every_truncation_is_an_invalid_ciphertext(raw, blob):
    wrong = {length: told for length in range(1, len(blob)) if (told := said(raw, blob[:length])) != INVALID}
    assert not wrong
    assert {said(raw, blob[start:]) for start in range(1, len(blob))} == {INVALID}


@pytest.mark.parametrize("more", [b"\0", b"\xff", b"0123456789abcdef", b"\0" * 1000], ids=len)
def test_every_extension_is_an_invalid_ciphertext(raw, blob, more):
    assert said(raw, blob + more) == INVALID
    assert said(raw, more + blob) == INVALID
    assert said(raw, blob[:20] + more + blob[20:]) == INVALID


@pytest.mark.parametrize("junk", [b"x", b"\0" * 6144, b"\xff" * 184, bytes(range(256)) * 24], ids=lambda junk: len(junk))
def test_bytes_that_never_were_a_blob_are_an_invalid_ciphertext(raw, junk):
    assert said(raw, junk) == INVALID


def test_a_blob_of_another_service_is_an_invalid_ciphertext(raw):
    """The first bytes that AWS's own blobs have: what people paste when they move."""
    head = bytes.fromhex("0102020078")
    assert said(raw, head + bytes(range(179))) == INVALID


def test_two_halves_of_two_blobs_are_an_invalid_ciphertext(kms, raw, key, blob):
    second = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"fedcba9876543210", EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert len(second) == len(blob)
    mixed = {blob[:cut] + second[cut:] for cut in range(1, len(blob))} - {blob, second}
    assert {said(raw, one) for one in mixed} == {INVALID}


def test_a_blob_over_the_limit_is_refused_by_its_constraint(raw, blob):
    answer = opened(raw, blob + b"\0" * 6144)
    limit = "at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144"
    assert answer.code == "ValidationException"
    assert answer.message.startswith("1 validation error detected: Value ")
    assert answer.message.endswith(limit)


def test_a_touched_blob_with_its_key_named_is_an_invalid_ciphertext(raw, key, blob):
    for bit in range(0, len(blob) * 8, 5):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        answer = opened(raw, bytes(flipped), KeyId=key["Arn"])
        assert answer.code in ("InvalidCiphertextException", "IncorrectKeyException"), (bit, answer)
        assert answer.status == 400


def test_re_encrypt_refuses_a_touched_blob_alike(raw, key, blob):
    for bit in range(0, len(blob) * 8, 3):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        encoded = base64.b64encode(flipped).decode()
        answer = raw.call(
            "ReEncrypt", {"CiphertextBlob": encoded, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": key["KeyId"]}
        )
        assert (answer.status, answer.body) == INVALID, bit
