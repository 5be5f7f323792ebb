"""CreateKey with each of its parameters, and what DescribeKey then says: which members are there and which are not."""

import datetime
import re

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, REGION, Refusal, alias_arn, connect, key_arn, refusal, root_arn

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
SYMMETRIC_MEMBERS = {
    "AWSAccountId",
    "Arn",
    "CreationDate",
    "CurrentKeyMaterialId",
    "CustomerMasterKeySpec",
    "Description",
    "Enabled",
    "EncryptionAlgorithms",
    "KeyId",
    "KeyManager",
    "KeySpec",
    "KeyState",
    "KeyUsage",
    "MultiRegion",
    "Origin",
}


def test_create_key_without_parameters_gives_the_metadata_of_an_enabled_symmetric_key(kms):
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    metadata = kms.create_key()["KeyMetadata"]
    assert metadata.keys() == SYMMETRIC_MEMBERS
    assert UUID.match(metadata["KeyId"])
    assert before <= metadata["CreationDate"] <= datetime.datetime.now(datetime.UTC)
    assert re.fullmatch(r"[0-9a-f]{64}", metadata["CurrentKeyMaterialId"])
    fixed = {k: v for k, v in metadata.items() if k not in ("KeyId", "CreationDate", "CurrentKeyMaterialId")}
    assert fixed == {
        "AWSAccountId": ACCOUNT,
        "Arn": key_arn(metadata["KeyId"]),
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "",
        "Enabled": True,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
    }


def test_describe_key_repeats_what_create_key_said(kms):
    created = kms.create_key(Description="said twice")["KeyMetadata"]
    assert kms.describe_key(KeyId=created["KeyId"])["KeyMetadata"] == created


def test_two_keys_never_share_an_id_or_material(kms):
    one, two = (kms.create_key()["KeyMetadata"] for _ in range(2))
    assert one["KeyId"] != two["KeyId"]
    assert one["CurrentKeyMaterialId"] != two["CurrentKeyMaterialId"]


@pytest.mark.parametrize(
    "description", ["", "first", 'quotes " and \\ backslash', "Schlüssel für Ångström — 鍵 🔑", "a\ttab", "x" * 8192]
)
def test_create_key_keeps_the_description_as_it_was_sent(kms, description):
    metadata = kms.create_key(Description=description)["KeyMetadata"]
    assert metadata["Description"] == description
    assert kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"]["Description"] == description


@pytest.mark.parametrize(
    "parameters",
    [
        {"KeySpec": "SYMMETRIC_DEFAULT"},
        {"CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        {"KeyUsage": "ENCRYPT_DECRYPT"},
        {"Origin": "AWS_KMS"},
        {"MultiRegion": False},
        {"BypassPolicyLockoutSafetyCheck": False},
        {"Tags": []},
        {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": False},
    ],
    ids=lambda p: "+".join(p),
)
def test_create_key_with_a_default_spelled_out_is_create_key_without_it(kms, parameters):
    metadata = kms.create_key(**parameters)["KeyMetadata"]
    assert metadata.keys() == SYMMETRIC_MEMBERS
    assert (metadata["KeySpec"], metadata["KeyUsage"], metadata["Origin"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")


def test_create_key_for_several_regions_makes_a_primary_without_replicas(kms):
    metadata = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert re.fullmatch(r"mrk-[0-9a-f]{32}", metadata["KeyId"])
    assert metadata.keys() == SYMMETRIC_MEMBERS | {"MultiRegionConfiguration"}
    assert metadata["MultiRegion"] is True
    assert metadata["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": metadata["Arn"], "Region": REGION},
        "ReplicaKeys": [],
    }
    blob = kms.encrypt(KeyId=metadata["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == metadata["Arn"]


def test_create_key_with_tags_shows_them_in_list_resource_tags(kms):
    tags = [{"TagKey": "Department", "TagValue": "IT"}, {"TagKey": "Empty", "TagValue": ""}]
    key_id = kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    listed = kms.list_resource_tags(KeyId=key_id)
    assert sorted(listed["Tags"], key=lambda t: t["TagKey"]) == tags
    assert listed["Truncated"] is False and "NextMarker" not in listed


def test_create_key_with_a_policy_attaches_that_policy(kms):
    policy = policies.document(policies.account_may(Sid="All of it"), Id="mine")
    key_id = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    assert '"Sid" : "All of it"' in kms.get_key_policy(KeyId=key_id)["Policy"]


def test_create_key_refuses_a_usage_that_the_symmetric_spec_cannot_have(kms):
    told = refusal(kms.create_key, KeySpec="SYMMETRIC_DEFAULT", KeyUsage="SIGN_VERIFY")
    assert told == Refusal("ValidationException", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT")


def test_create_key_refuses_an_asymmetric_spec_without_a_usage(kms):
    told = refusal(kms.create_key, KeySpec="RSA_2048")
    text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    assert told == Refusal("ValidationException", text)


def test_create_key_refuses_two_specs_that_differ(kms):
    told = refusal(kms.create_key, KeySpec="SYMMETRIC_DEFAULT", CustomerMasterKeySpec="RSA_2048")
    assert told.code == "ValidationException"


def test_create_key_refuses_an_unknown_custom_key_store(kms):
    told = refusal(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-1234567890abcdef0")
    assert told.code in ("CustomKeyStoreNotFoundException", "UnsupportedOperationException")


def test_a_key_answers_to_its_id_its_arn_its_alias_and_its_alias_arn(kms, key):
    name = f"alias/forms-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    for form in (key["KeyId"], key["Arn"], name, alias_arn(name)):
        assert kms.describe_key(KeyId=form)["KeyMetadata"]["Arn"] == key["Arn"]


UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (UNKNOWN, f"Key '{key_arn(UNKNOWN)}' does not exist"),
        (key_arn(UNKNOWN), f"Key '{key_arn(UNKNOWN)}' does not exist"),
        ("not-a-key-id", "Invalid keyId 'not-a-key-id'"),
        ("mrk-fake", "Invalid keyId 'mrk-fake'"),
        (UNKNOWN.replace("-", ""), f"Invalid keyId '{UNKNOWN.replace('-', '')}'"),
        (key_arn(UNKNOWN, region="us-west-2"), "Invalid arn us-west-2"),
        ("alias/no-such-alias", f"Alias {alias_arn('alias/no-such-alias')} is not found."),
        (alias_arn("alias/no-such-alias"), f"Alias {alias_arn('alias/no-such-alias')} is not found."),
        (alias_arn("alias/no-such-alias", region="eu-west-1"), "Invalid arn eu-west-1"),
    ],
)
def test_what_does_not_exist_in_the_own_account_is_not_found_in_aws_words(kms, form, text):
    assert refusal(kms.describe_key, KeyId=form) == Refusal("NotFoundException", text)


def test_an_mrk_id_that_does_not_exist_is_not_found(kms):
    mrk = "mrk-" + "0" * 32
    assert refusal(kms.describe_key, KeyId=mrk) == Refusal("NotFoundException", f"Key '{key_arn(mrk)}' does not exist")


@pytest.mark.parametrize("form", ["arn:aws:kms:us-east-1", "arn:aws:s3:::bucket", key_arn(UNKNOWN) + "/extra"])
def test_a_malformed_arn_is_never_found(kms, form):
    told = refusal(kms.describe_key, KeyId=form)
    assert told.code in ("InvalidArnException", "NotFoundException"), told


def test_a_key_is_regional(server, kms, key):
    west = connect(server, server.keys(), region="us-west-2")
    told = refusal(west.describe_key, KeyId=key["KeyId"])
    assert told == Refusal("NotFoundException", f"Key '{key_arn(key['KeyId'], region='us-west-2')}' does not exist")
    made = west.create_key()["KeyMetadata"]
    assert made["Arn"] == key_arn(made["KeyId"], region="us-west-2")
    assert refusal(kms.describe_key, KeyId=made["KeyId"]).code == "NotFoundException"


def test_the_root_user_of_an_account_owns_only_its_own_keys(kms, other_kms):
    theirs = other_kms.create_key()["KeyMetadata"]
    assert theirs["AWSAccountId"] == OTHER_ACCOUNT
    assert theirs["Arn"] == key_arn(theirs["KeyId"], OTHER_ACCOUNT)
    told = refusal(kms.describe_key, KeyId=theirs["Arn"])
    assert told == Refusal(
        "AccessDeniedException",
        f"User: {root_arn()} is not authorized to perform: kms:DescribeKey on this resource because the resource does not "
        "exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
    )


def test_update_key_description_replaces_it_and_nothing_else(kms, key):
    kms.update_key_description(KeyId=key["Arn"], Description="second")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key | {"Description": "second"}
    kms.update_key_description(KeyId=key["KeyId"], Description="")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key


def test_update_key_description_of_9000_characters_is_refused_by_its_constraint(kms, key):
    told = refusal(kms.update_key_description, KeyId=key["KeyId"], Description="d" * 8193)
    assert told.code == "ValidationException"
    assert told.message.endswith("at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192")
