"""Rotation with real clients: what was encrypted stays readable, and the lists tell what happened."""

import datetime

import pytest

from harness import pages
from harness.clients import key_arn, outcome, refusal

DAY = datetime.timedelta(days=1)


def materials(kms, key_id: str, **parameters) -> list[dict]:
    answer = kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL", **parameters)
    return answer["Rotations"]


def current(kms, key_id: str) -> str:
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]


def test_a_new_key_is_not_rotated_automatically(kms, key):
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    status.pop("ResponseMetadata")
    assert status == {"KeyId": key["KeyId"], "KeyRotationEnabled": False}


@pytest.mark.parametrize("asked, days", [({}, 365), ({"RotationPeriodInDays": 90}, 90), ({"RotationPeriodInDays": 2560}, 2560)])
def test_the_next_rotation_is_a_period_away(kms, key, asked, days):
    before = datetime.datetime.now(datetime.UTC) - DAY
    kms.enable_key_rotation(KeyId=key["Arn"], **asked)
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, days)
    assert before + days * DAY < status["NextRotationDate"] < before + (days + 2) * DAY
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False


def test_what_was_encrypted_before_rotations_is_decrypted_after_them(kms, key):
    key_id, made = key["KeyId"], []
    for turn in range(4):
        blob = kms.encrypt(KeyId=key_id, Plaintext=b"%d" % turn)["CiphertextBlob"]
        made.append((blob, current(kms, key_id)))
        assert kms.rotate_key_on_demand(KeyId=key_id)["KeyId"] == key["Arn"]
    assert len({material for _, material in made} | {current(kms, key_id)}) == 5
    for turn, (blob, material) in enumerate(made):
        answer = kms.decrypt(CiphertextBlob=blob)
        assert (answer["Plaintext"], answer["KeyMaterialId"]) == (b"%d" % turn, material)
    moved = kms.re_encrypt(CiphertextBlob=made[0][0], DestinationKeyId=key_id)
    assert moved["SourceKeyMaterialId"] == made[0][1]
    assert moved["DestinationKeyMaterialId"] == current(kms, key_id)


def test_data_keys_tell_the_material_that_encrypted_them(kms, key):
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert made["KeyMaterialId"] == current(kms, key["KeyId"])
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def test_the_list_tells_each_material_once_in_the_order_of_time(kms, key):
    for _ in range(3):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    listed = materials(kms, key["KeyId"])
    assert [entry["KeyMaterialState"] for entry in listed] == ["NON_CURRENT"] * 3 + ["CURRENT"]
    assert [entry.get("RotationType") for entry in listed] == [None] + ["ON_DEMAND"] * 3
    dates = [entry["RotationDate"] for entry in listed[1:]]
    assert dates == sorted(dates)
    pages_of_one = kms.get_paginator("list_key_rotations").paginate(
        KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL", PaginationConfig={"PageSize": 1}
    )
    assert [entry for page in pages_of_one for entry in page["Rotations"]] == listed
    assert kms.list_key_rotations(KeyId=key["KeyId"])["Rotations"] == listed[1:], "the first is no rotation"


def test_a_key_is_rotated_on_demand_25_times_at_most(kms, key):
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    told = refusal(kms.rotate_key_on_demand, KeyId=key["KeyId"])
    assert told.code == "LimitExceededException"
    assert told.message == (
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {key['Arn']}"
    )


@pytest.mark.parametrize("days", [0, 89, 2561])
def test_a_period_out_of_range_is_refused(raw, key, days):
    """By hand: boto3 does not even send a period that is too short."""
    answer = raw.call("EnableKeyRotation", {"KeyId": key["KeyId"], "RotationPeriodInDays": days})
    assert answer.code == "ValidationException"


@pytest.mark.parametrize("spec, usage", [("RSA_2048", "SIGN_VERIFY"), ("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
def test_keys_of_other_kinds_cannot_be_rotated(kms, spec, usage):
    key_id = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    for call in (
        kms.enable_key_rotation,
        kms.disable_key_rotation,
        kms.rotate_key_on_demand,
        kms.list_key_rotations,
    ):
        assert refusal(call, KeyId=key_id) == ("UnsupportedOperationException", "")
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False, "Terraform reads it of every key"
    kms.disable_key(KeyId=key_id)
    told = refusal(kms.rotate_key_on_demand, KeyId=key_id)
    assert told == ("DisabledException", f"{key_arn(key_id)} is disabled."), "the state comes first"


def test_an_aws_managed_key_is_always_rotated(kms):
    key_id = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    status = kms.get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    assert outcome(kms.disable_key_rotation, KeyId=key_id) == "AccessDeniedException"


def test_the_commands_of_the_page_run(aws, tmp_path):
    said = pages.run("rotation.md", aws, tmp_path)
    assert '"RotationPeriodInDays": 180' in said
    assert said.count('"KeyMaterialState"') == 2
