"""Alias rules: names, targets, uniqueness, what is reserved, and the aliases of AWS managed keys."""

import re

import pytest

from harness.clients import OTHER_ACCOUNT, Refusal, alias_arn, connect, key_arn, outcome, refusal

PREFIX = Refusal(
    "ValidationException",
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
)


def listed(kms, **parameters) -> dict[str, dict]:
    """All aliases by name, over every page."""
    pages = kms.get_paginator("list_aliases").paginate(**parameters)
    return {entry["AliasName"]: entry for page in pages for entry in page["Aliases"]}


@pytest.fixture
def name(key) -> str:
    return f"alias/{key['KeyId']}"


@pytest.fixture
def alias(kms, key, name) -> str:
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    return name


def test_a_new_alias_is_listed_with_its_target_and_its_dates(kms, key, alias):
    entry = listed(kms)[alias]
    assert entry.keys() == {"AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"}
    assert (entry["AliasArn"], entry["TargetKeyId"]) == (alias_arn(alias), key["KeyId"])
    assert entry["CreationDate"] == entry["LastUpdatedDate"]


def test_list_aliases_of_a_key_lists_only_its_own(kms, key, alias):
    another = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=f"{alias}-second", TargetKeyId=key["Arn"])
    kms.create_alias(AliasName=f"{alias}-other", TargetKeyId=another["KeyId"])
    assert listed(kms, KeyId=key["KeyId"]).keys() == {alias, f"{alias}-second"}
    assert listed(kms, KeyId=another["Arn"]).keys() == {f"{alias}-other"}


def test_an_alias_name_exists_once_in_an_account_and_region(server, kms, other_kms, key, alias):
    told = refusal(kms.create_alias, AliasName=alias, TargetKeyId=key["KeyId"])
    assert told == Refusal("AlreadyExistsException", f"An alias with the name {alias_arn(alias)} already exists")
    theirs = other_kms.create_key()["KeyMetadata"]["KeyId"]
    other_kms.create_alias(AliasName=alias, TargetKeyId=theirs)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key["KeyId"]


def test_alias_names_are_case_sensitive(kms, key, alias):
    kms.create_alias(AliasName=alias.replace("alias/", "alias/A-"), TargetKeyId=key["KeyId"])
    told = refusal(kms.describe_key, KeyId=alias.replace("alias/", "alias/a-"))
    assert told.code == "NotFoundException"


def test_update_alias_moves_it_and_the_old_key_no_longer_answers_to_it(kms, key, alias):
    second = kms.create_key()["KeyMetadata"]
    before = listed(kms, KeyId=key["KeyId"])[alias]
    kms.update_alias(AliasName=alias, TargetKeyId=second["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == second["Arn"]
    assert listed(kms, KeyId=key["KeyId"]) == {}
    after = listed(kms, KeyId=second["KeyId"])[alias]
    assert after["CreationDate"] == before["CreationDate"] <= after["LastUpdatedDate"]


def test_a_ciphertext_names_its_key_and_not_the_alias_it_was_made_with(kms, key, alias):
    blob = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=alias).code == "IncorrectKeyException"


def test_delete_alias_leaves_the_key(kms, key, alias):
    kms.delete_alias(AliasName=alias)
    gone = Refusal("NotFoundException", f"Alias {alias_arn(alias)} is not found.")
    assert refusal(kms.describe_key, KeyId=alias) == gone
    assert refusal(kms.delete_alias, AliasName=alias) == gone
    assert refusal(kms.update_alias, AliasName=alias, TargetKeyId=key["KeyId"]) == gone
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])


@pytest.mark.parametrize("name", ["no-prefix", "Alias/upper", "aliasfoo", "/alias/x"])
def test_an_alias_without_its_prefix_is_refused_in_aws_words(kms, key, name):
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"]) == PREFIX


@pytest.mark.parametrize("name", ["alias/sp ace", "alias/star*", "alias/dot.", "alias/ü", "alias/percent%"])
def test_an_alias_outside_the_pattern_is_refused_by_its_constraint(kms, key, name):
    told = refusal(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"])
    assert told == Refusal(
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'aliasName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    )


def test_an_alias_with_a_colon_is_refused_in_aws_words(kms, key):
    told = refusal(kms.create_alias, AliasName="alias/a:b", TargetKeyId=key["KeyId"])
    assert told.code in ("ValidationException", "InvalidAliasNameException")
    assert told.message == "alias/a:b contains invalid characters for an alias"


@pytest.mark.parametrize("name", ["alias/aws/mine", "alias/aws/s3", "alias/aws/"])
def test_the_aws_prefix_is_reserved(kms, key, name):
    told = refusal(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"])
    assert told.code in ("NotAuthorizedException", "InvalidAliasNameException", "AccessDeniedException"), told


def test_an_alias_cannot_point_at_an_alias(kms, key, alias):
    for target in (alias, alias_arn(alias)):
        told = refusal(kms.create_alias, AliasName=f"{alias}-to-alias", TargetKeyId=target)
        assert told.code in ("ValidationException", "NotFoundException", "InvalidArnException"), told
    assert f"{alias}-to-alias" not in listed(kms)


def test_an_alias_needs_a_target_that_exists_in_the_own_account_and_region(kms, other_kms, name):
    unknown = "00000000-0000-4000-8000-000000000000"
    told = refusal(kms.create_alias, AliasName=name, TargetKeyId=unknown)
    assert told == Refusal("NotFoundException", f"Key '{key_arn(unknown)}' does not exist")
    theirs = other_kms.create_key()["KeyMetadata"]["Arn"]
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=theirs).code in ("AccessDeniedException", "NotFoundException")
    west = key_arn(unknown, region="us-west-2")
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=west) == Refusal("NotFoundException", "Invalid arn us-west-2")


def test_an_alias_may_be_256_characters_long_and_no_longer(kms, key):
    name = "alias/" + key["KeyId"].ljust(250, "x")
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    assert listed(kms, KeyId=key["KeyId"]).keys() == {name}
    told = refusal(kms.create_alias, AliasName=name + "x", TargetKeyId=key["KeyId"])
    assert told.code == "ValidationException"
    assert told.message.endswith("at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256")


def test_an_alias_may_hold_slashes_dashes_and_underscores(kms, key):
    name = f"alias/app/prod_eu/-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId=alias_arn(name))["KeyMetadata"]["Arn"] == key["Arn"]


def test_the_aliases_of_aws_managed_keys_are_listed_without_a_target_until_used(server):
    fresh = connect(server, server.keys(f"root-{OTHER_ACCOUNT}"), region="eu-central-1")
    entry = listed(fresh)["alias/aws/s3"]
    assert entry["AliasArn"] == alias_arn("alias/aws/s3", OTHER_ACCOUNT, "eu-central-1")
    assert "TargetKeyId" not in entry
    assert fresh.list_keys()["Keys"] == []


def test_describing_an_aws_managed_alias_creates_its_key_once(server):
    fresh = connect(server, server.keys(), region="eu-west-3")
    metadata = fresh.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]
    assert (metadata["KeyManager"], metadata["KeyState"], metadata["KeySpec"]) == ("AWS", "Enabled", "SYMMETRIC_DEFAULT")
    assert fresh.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"] == metadata
    assert listed(fresh)["alias/aws/secretsmanager"]["TargetKeyId"] == metadata["KeyId"]
    assert [k["KeyArn"] for k in fresh.list_keys()["Keys"]] == [metadata["Arn"]]


def test_an_aws_managed_key_is_not_the_customers_to_use_or_change(server):
    fresh = connect(server, server.keys(), region="eu-north-1")
    key_id = fresh.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]
    calls = [
        (fresh.encrypt, {"Plaintext": b"x"}),
        (fresh.disable_key, {}),
        (fresh.schedule_key_deletion, {}),
        (fresh.put_key_policy, {"Policy": "{}"}),
        (fresh.update_key_description, {"Description": "mine"}),
        (fresh.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ]
    for call, more in calls:
        told = refusal(call, KeyId=key_id, **more)
        assert told.code in ("AccessDeniedException", "MalformedPolicyDocumentException"), (call.__name__, told)
    assert "kms:ViaService" in fresh.get_key_policy(KeyId=key_id)["Policy"]


def test_the_aliases_of_a_key_end_at_a_quota(kms, key):
    told = [
        outcome(kms.create_alias, AliasName=f"alias/quota-{key['KeyId']}-{number}", TargetKeyId=key["KeyId"])
        for number in range(51)
    ]
    assert told[-1] == "LimitExceededException"
    assert told == ["ok"] * 50 + ["LimitExceededException"]
    told = refusal(kms.create_alias, AliasName=f"alias/quota-{key['KeyId']}-last", TargetKeyId=key["KeyId"])
    text = r"Aliases per key quota for this account in this region is 50, current usage is \d+\."
    assert re.fullmatch(text, told.message), told
