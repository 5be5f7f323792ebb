"""Encrypt, Decrypt, ReEncrypt and the data keys: what goes in comes out, and only under the same key and context."""

import pytest

from harness.clients import Refusal, alias_arn, refusal

CONTEXT = {"Department": "IT", "Purpose": "Test"}
DRY_RUN = Refusal("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")
INCORRECT_KEY = Refusal(
    "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."
)


@pytest.fixture
def blob(kms, key):
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=b"attack at dawn", EncryptionContext=CONTEXT)["CiphertextBlob"]


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 32, 1000, 4095, 4096])
def test_decrypt_gives_back_what_encrypt_took(kms, key, size):
    plaintext = bytes(i * 7 % 256 for i in range(size))
    encrypted = kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext)
    assert (encrypted["KeyId"], encrypted["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
    assert len(encrypted["CiphertextBlob"]) <= 6144
    decrypted = kms.decrypt(CiphertextBlob=encrypted["CiphertextBlob"])
    del decrypted["ResponseMetadata"]
    assert decrypted == {
        "KeyId": key["Arn"],
        "Plaintext": plaintext,
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": key["CurrentKeyMaterialId"],
    }


def test_encrypting_twice_never_gives_the_same_ciphertext(kms, key):
    blobs = {kms.encrypt(KeyId=key["KeyId"], Plaintext=b"same")["CiphertextBlob"] for _ in range(20)}
    assert len(blobs) == 20


def test_a_ciphertext_does_not_contain_its_plaintext(kms, key):
    plaintext = b"sixteen byte run" * 8
    assert plaintext[:16] not in kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext)["CiphertextBlob"]


def test_encrypt_takes_every_form_of_the_key_and_answers_with_the_key_arn(kms, key):
    name = f"alias/encrypt-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    for form in (key["KeyId"], key["Arn"], name, alias_arn(name)):
        encrypted = kms.encrypt(KeyId=form, Plaintext=b"x")
        assert encrypted["KeyId"] == key["Arn"]
        assert kms.decrypt(CiphertextBlob=encrypted["CiphertextBlob"], KeyId=form)["Plaintext"] == b"x"


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"Department": "IT"},
        {"Department": "IT", "Purpose": "Tes"},
        {"Department": "IT", "Purpose": "Test", "Extra": ""},
        {"department": "IT", "Purpose": "Test"},
        {"Department": "it", "Purpose": "Test"},
        {"Department": "Test", "Purpose": "IT"},
        {"DepartmentIT": "", "Purpose": "Test"},
        {"Department": "ITPurpose", "": "Test"},
        {"Department": "IT", "Purpose": "Test "},
    ],
    ids=str,
)
def test_any_other_encryption_context_does_not_decrypt(kms, blob, context):
    more = {} if context is None else {"EncryptionContext": context}
    assert refusal(kms.decrypt, CiphertextBlob=blob, **more) == INVALID_CIPHERTEXT


def test_the_order_of_an_encryption_context_does_not_matter(kms, blob):
    reversed_context = dict(reversed(CONTEXT.items()))
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=reversed_context)["Plaintext"] == b"attack at dawn"


@pytest.mark.parametrize(("one", "two"), [({"a": "bc"}, {"ab": "c"}), ({"a": "b", "c": "d"}, {"a": "bcd"}), ({"a": ""}, {"": "a"})])
def test_contexts_whose_concatenations_are_alike_are_not_alike(kms, key, one, two):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=one)["CiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=two) == INVALID_CIPHERTEXT


def test_an_empty_encryption_context_is_no_encryption_context(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_an_encryption_context_may_hold_any_text(kms, key):
    context = {"Straße": "Ωmega 鍵", "arn:aws:x": "a=b&c;d", "quote": '"\\', "space": "  two  "}
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"


def test_decrypt_with_another_key_than_the_ciphertexts_is_an_incorrect_key(kms, key, blob):
    another = kms.create_key()["KeyMetadata"]
    told = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=another["KeyId"])
    assert told == INCORRECT_KEY
    told = refusal(kms.re_encrypt, CiphertextBlob=blob, SourceKeyId=another["Arn"], DestinationKeyId=key["Arn"])
    assert told == INCORRECT_KEY


def test_decrypt_with_a_key_that_does_not_exist_is_not_found(kms, blob):
    unknown = "00000000-0000-4000-8000-000000000000"
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=unknown).code == "NotFoundException"


def test_an_asymmetric_algorithm_is_refused_by_a_symmetric_key(kms, key, blob):
    told = refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert told.code == "InvalidKeyUsageException"
    told = refusal(kms.decrypt, CiphertextBlob=blob, KeyId=key["KeyId"], EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert told.code == "InvalidKeyUsageException"


def test_re_encrypt_moves_a_ciphertext_to_another_key_and_context(kms, key, blob):
    target = kms.create_key()["KeyMetadata"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=target["KeyId"],
        DestinationEncryptionContext={"new": "context"},
    )
    del moved["ResponseMetadata"]
    new_blob = moved.pop("CiphertextBlob")
    assert moved == {
        "SourceKeyId": key["Arn"],
        "KeyId": target["Arn"],
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": key["CurrentKeyMaterialId"],
        "DestinationKeyMaterialId": target["CurrentKeyMaterialId"],
    }
    opened = kms.decrypt(CiphertextBlob=new_blob, EncryptionContext={"new": "context"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"attack at dawn", target["Arn"])
    assert refusal(kms.decrypt, CiphertextBlob=new_blob, EncryptionContext=CONTEXT) == INVALID_CIPHERTEXT


def test_re_encrypt_may_name_the_source_key_and_stay_on_it(kms, key, blob):
    moved = kms.re_encrypt(
        CiphertextBlob=blob, SourceKeyId=key["Arn"], SourceEncryptionContext=CONTEXT, DestinationKeyId=key["KeyId"]
    )
    assert moved["CiphertextBlob"] != blob
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"attack at dawn"


def test_re_encrypt_needs_the_source_context(kms, key, blob):
    assert refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=key["KeyId"]) == INVALID_CIPHERTEXT


@pytest.mark.parametrize(
    ("wanted", "size"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1}, 1), ({"NumberOfBytes": 1024}, 1024)]
)
def test_generate_data_key_gives_a_key_and_the_same_key_encrypted(kms, key, wanted, size):
    made = kms.generate_data_key(KeyId=key["KeyId"], EncryptionContext=CONTEXT, **wanted)
    assert (made["KeyId"], made["KeyMaterialId"]) == (key["Arn"], key["CurrentKeyMaterialId"])
    assert len(made["Plaintext"]) == size
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"] == made["Plaintext"]
    assert refusal(kms.decrypt, CiphertextBlob=made["CiphertextBlob"]) == INVALID_CIPHERTEXT


@pytest.mark.parametrize(("wanted", "size"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 77}, 77)])
def test_generate_data_key_without_plaintext_gives_only_the_encrypted_one(kms, key, wanted, size):
    made = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], **wanted)
    assert made.keys() - {"ResponseMetadata"} == {"CiphertextBlob", "KeyId", "KeyMaterialId"}
    assert len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]) == size


@pytest.mark.parametrize("wanted", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}], ids=["neither", "both"])
def test_a_data_key_needs_a_length_or_a_spec_and_not_both(kms, key, wanted):
    told = Refusal("ValidationException", "Please specify either number of bytes or key spec.")
    assert refusal(kms.generate_data_key, KeyId=key["KeyId"], **wanted) == told
    assert refusal(kms.generate_data_key_without_plaintext, KeyId=key["KeyId"], **wanted) == told


def test_data_keys_never_repeat(kms, key):
    made = {kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["Plaintext"] for _ in range(20)}
    assert len(made) == 20


@pytest.mark.parametrize("size", [1, 32, 1024])
def test_generate_random_gives_that_many_bytes(kms, size):
    assert len(kms.generate_random(NumberOfBytes=size)["Plaintext"]) == size


def test_generate_random_never_repeats(kms):
    assert len({kms.generate_random(NumberOfBytes=16)["Plaintext"] for _ in range(20)}) == 20


def test_generate_random_needs_a_number(kms):
    assert refusal(kms.generate_random) == Refusal("ValidationException", "NumberOfBytes is required.")


def dry_runs(kms, key, blob):
    """Every operation of today that takes DryRun, as a call that would succeed."""
    known = {"CiphertextBlob": blob, "EncryptionContext": CONTEXT}
    moved = {"CiphertextBlob": blob, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": key["KeyId"]}
    return [
        (kms.encrypt, {"KeyId": key["KeyId"], "Plaintext": b"x"}),
        (kms.decrypt, known),
        (kms.re_encrypt, moved),
        (kms.generate_data_key, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
    ]


def test_a_dry_run_that_would_succeed_says_so_and_gives_nothing(kms, key, blob):
    for call, parameters in dry_runs(kms, key, blob):
        assert refusal(call, **parameters, DryRun=True) == DRY_RUN, call.__name__
        call(**parameters, DryRun=False)


def test_a_dry_run_that_would_fail_says_why(kms, key, blob):
    kms.disable_key(KeyId=key["KeyId"])
    disabled = Refusal("DisabledException", f"{key['Arn']} is disabled.")
    for call, parameters in dry_runs(kms, key, blob):
        assert refusal(call, **parameters, DryRun=True) == disabled, call.__name__


def test_a_dry_run_may_leave_out_the_ciphertext(kms, key):
    ignoring = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    assert refusal(kms.decrypt, KeyId=key["KeyId"], **ignoring) == DRY_RUN
    assert refusal(kms.re_encrypt, SourceKeyId=key["KeyId"], DestinationKeyId=key["KeyId"], **ignoring) == DRY_RUN


@pytest.mark.parametrize("parameters", [{"DryRun": True}, {}, {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}], ids=str)
def test_decrypt_without_a_ciphertext_needs_a_dry_run_that_ignores_it(kms, key, parameters):
    assert refusal(kms.decrypt, KeyId=key["KeyId"], **parameters).code == "ValidationException"


def test_a_grant_token_that_is_none_is_refused(kms, key):
    told = refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", GrantTokens=["bm90IGEgdG9rZW4="])
    assert told.code == "InvalidGrantTokenException"


def test_an_attestation_that_cannot_be_checked_never_yields_plaintext(kms, key):
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"not one"}
    told = refusal(kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256", Recipient=recipient)
    assert told.code == "ValidationException", told
