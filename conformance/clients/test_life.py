"""A key's states: disable, enable, schedule and cancel its deletion, and what each state allows (a generated table)."""

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from harness import policies
from harness.clients import Refusal, outcome, refusal

DAY = datetime.timedelta(days=1)


def state(kms, key) -> str:
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]


def test_disable_then_enable_is_seen_at_once(kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key


def test_enabling_an_enabled_key_and_disabling_a_disabled_one_do_nothing(kms, key):
    kms.enable_key(KeyId=key["Arn"])
    assert state(kms, key) == "Enabled"
    for _ in range(2):
        kms.disable_key(KeyId=key["Arn"])
    assert state(kms, key) == "Disabled"


def test_schedule_key_deletion_names_the_key_by_arn_and_dates_it_30_days_ahead(kms, key):
    said = kms.schedule_key_deletion(KeyId=key["KeyId"])
    del said["ResponseMetadata"]
    date = said.pop("DeletionDate")
    assert said == {"KeyId": key["Arn"], "KeyState": "PendingDeletion", "PendingWindowInDays": 30}
    assert abs(date - datetime.datetime.now(datetime.UTC) - 30 * DAY) < DAY
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert metadata["DeletionDate"] == date
    assert (metadata["KeyState"], metadata["Enabled"]) == ("PendingDeletion", False)
    assert "PendingDeletionWindowInDays" not in metadata


@pytest.mark.parametrize("days", [7, 30])
def test_the_window_may_be_from_7_to_30_days(kms, key, days):
    said = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
    assert said["PendingWindowInDays"] == days
    assert abs(said["DeletionDate"] - datetime.datetime.now(datetime.UTC) - days * DAY) < DAY


@pytest.mark.parametrize("days", [1, 6, 31, 365])
def test_a_window_that_the_model_allows_and_the_service_does_not_is_refused(kms, key, days):
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=days).code == "ValidationException"
    assert state(kms, key) == "Enabled"


def test_cancel_key_deletion_leaves_the_key_disabled_and_without_a_date(kms, key):
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key | {"KeyState": "Disabled", "Enabled": False}


def test_a_ciphertext_survives_disabling_and_a_cancelled_deletion(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"still here")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert refusal(kms.decrypt, CiphertextBlob=blob).code == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert refusal(kms.decrypt, CiphertextBlob=blob) == Refusal("DisabledException", f"{key['Arn']} is disabled.")
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"still here"


class Row(NamedTuple):
    """One operation of the key-state table: a call that succeeds on an enabled key, and its outcome elsewhere."""

    name: str
    call: Callable
    enabled: str = "ok"
    disabled: str = "ok"
    pending: str = "ok"


def use(name: str, call: Callable) -> Row:
    """A row of a cryptographic operation."""
    return Row(name, call, disabled="DisabledException", pending="KMSInvalidStateException")


def changed(name: str, call: Callable) -> Row:
    """A row of an operation that only a pending deletion stops."""
    return Row(name, call, pending="KMSInvalidStateException")


TAG = [{"TagKey": "k", "TagValue": "v"}]
ROWS = [
    Row("CancelKeyDeletion", lambda k, s: k.cancel_key_deletion, "KMSInvalidStateException", "KMSInvalidStateException"),
    changed("CreateAlias", lambda k, s: lambda KeyId: k.create_alias(AliasName=s.fresh_alias(), TargetKeyId=KeyId)),
    use("Decrypt", lambda k, s: lambda KeyId: k.decrypt(CiphertextBlob=s.blob)),
    use("Decrypt with KeyId", lambda k, s: lambda KeyId: k.decrypt(CiphertextBlob=s.blob, KeyId=KeyId)),
    Row("DeleteAlias", lambda k, s: lambda KeyId: k.delete_alias(AliasName=s.alias)),
    Row("DescribeKey", lambda k, s: k.describe_key),
    changed("DisableKey", lambda k, s: k.disable_key),
    changed("EnableKey", lambda k, s: k.enable_key),
    use("Encrypt", lambda k, s: lambda KeyId: k.encrypt(KeyId=KeyId, Plaintext=b"x")),
    use("Encrypt by alias", lambda k, s: lambda KeyId: k.encrypt(KeyId=s.alias, Plaintext=b"x")),
    use("GenerateDataKey", lambda k, s: lambda KeyId: k.generate_data_key(KeyId=KeyId, KeySpec="AES_256")),
    use(
        "GenerateDataKeyWithoutPlaintext",
        lambda k, s: lambda KeyId: k.generate_data_key_without_plaintext(KeyId=KeyId, KeySpec="AES_128"),
    ),
    Row("GetKeyPolicy", lambda k, s: k.get_key_policy),
    Row("ListAliases", lambda k, s: k.list_aliases),
    Row("ListKeyPolicies", lambda k, s: k.list_key_policies),
    Row("ListResourceTags", lambda k, s: k.list_resource_tags),
    Row("PutKeyPolicy", lambda k, s: lambda KeyId: k.put_key_policy(KeyId=KeyId, Policy=policies.default_text())),
    use(
        "ReEncrypt from it",
        lambda k, s: lambda KeyId: k.re_encrypt(CiphertextBlob=s.blob, DestinationKeyId=s.bystander),
    ),
    use(
        "ReEncrypt to it",
        lambda k, s: lambda KeyId: k.re_encrypt(CiphertextBlob=s.bystander_blob, DestinationKeyId=KeyId),
    ),
    changed("ScheduleKeyDeletion", lambda k, s: k.schedule_key_deletion),
    changed("TagResource", lambda k, s: lambda KeyId: k.tag_resource(KeyId=KeyId, Tags=TAG)),
    changed("UntagResource", lambda k, s: lambda KeyId: k.untag_resource(KeyId=KeyId, TagKeys=["k"])),
    changed("UpdateAlias to it", lambda k, s: lambda KeyId: k.update_alias(AliasName=s.bystander_alias, TargetKeyId=KeyId)),
    Row("UpdateAlias from it", lambda k, s: lambda KeyId: k.update_alias(AliasName=s.alias, TargetKeyId=s.bystander)),
    changed("UpdateKeyDescription", lambda k, s: lambda KeyId: k.update_key_description(KeyId=KeyId, Description="d")),
]


class Scene:
    """A key in one state, with an alias and a ciphertext of its own, beside a bystander that stays enabled."""

    count = 0

    def __init__(self, kms, wanted: str):
        self.key = kms.create_key()["KeyMetadata"]
        self.bystander = kms.create_key()["KeyMetadata"]["KeyId"]
        self.alias, self.bystander_alias = self.fresh_alias(), self.fresh_alias()
        kms.create_alias(AliasName=self.alias, TargetKeyId=self.key["KeyId"])
        kms.create_alias(AliasName=self.bystander_alias, TargetKeyId=self.bystander)
        self.blob = kms.encrypt(KeyId=self.key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
        self.bystander_blob = kms.encrypt(KeyId=self.bystander, Plaintext=b"x")["CiphertextBlob"]
        if wanted == "disabled":
            kms.disable_key(KeyId=self.key["KeyId"])
        if wanted == "pending":
            kms.schedule_key_deletion(KeyId=self.key["KeyId"], PendingWindowInDays=7)

    @classmethod
    def fresh_alias(cls) -> str:
        cls.count += 1
        return f"alias/life-{cls.count}"


@pytest.mark.parametrize("wanted", ["enabled", "disabled", "pending"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_key_state_table(kms, row, wanted):
    scene = Scene(kms, wanted)
    assert outcome(row.call(kms, scene), KeyId=scene.key["KeyId"]) == getattr(row, wanted)


def test_the_texts_of_the_key_state_table(kms, key):
    arn = key["Arn"]
    assert refusal(kms.cancel_key_deletion, KeyId=arn) == Refusal("KMSInvalidStateException", f"{arn} is not pending deletion.")
    kms.disable_key(KeyId=arn)
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x") == Refusal("DisabledException", f"{arn} is disabled.")
    kms.schedule_key_deletion(KeyId=arn)
    for call, more in ((kms.encrypt, {"Plaintext": b"x"}), (kms.enable_key, {}), (kms.tag_resource, {"Tags": TAG})):
        assert refusal(call, KeyId=arn, **more) == Refusal("KMSInvalidStateException", f"{arn} is pending deletion.")


def test_every_operation_that_changes_a_key_takes_no_alias(kms, key):
    alias = f"alias/never-{key['KeyId']}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    calls = [
        (kms.disable_key, {}),
        (kms.enable_key, {}),
        (kms.schedule_key_deletion, {}),
        (kms.cancel_key_deletion, {}),
        (kms.update_key_description, {"Description": "d"}),
        (kms.get_key_policy, {}),
        (kms.put_key_policy, {"Policy": policies.default_text()}),
        (kms.list_key_policies, {}),
        (kms.tag_resource, {"Tags": TAG}),
        (kms.untag_resource, {"TagKeys": ["k"]}),
        (kms.list_resource_tags, {}),
    ]
    for call, more in calls:
        told = refusal(call, KeyId=alias, **more)
        assert told.code in ("NotFoundException", "InvalidArnException"), (call.__name__, told)
        assert re.search(re.escape(alias), told.message), (call.__name__, told)
    assert state(kms, key) == "Enabled"
