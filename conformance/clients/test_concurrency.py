"""Many clients at once: one winner where there can be one, nothing lost, and an acknowledged denial denies everybody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import policies
from harness.clients import connect, outcome, refusal
from harness.policies import account_may, document, statement

THREADS = 12


@pytest.fixture
def crowd():
    with ThreadPoolExecutor(THREADS) as executor:
        yield executor


def test_of_many_that_create_one_alias_one_wins(kms, key, crowd):
    names = [f"alias/race-{key['KeyId']}-{n}" for n in range(5)]
    told = list(crowd.map(lambda name: (name, outcome(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"])), names * THREADS))
    for name in names:
        results = sorted(result for told_name, result in told if told_name == name)
        assert results == ["AlreadyExistsException"] * (THREADS - 1) + ["ok"]


def test_tags_that_are_added_at_once_are_all_there(kms, key, crowd):
    def add(n: int) -> str:
        return outcome(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": f"t{n}", "TagValue": str(n)}])

    assert set(crowd.map(add, range(40))) == {"ok"}
    listed = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
    assert {tag["TagKey"]: tag["TagValue"] for tag in listed} == {f"t{n}": str(n) for n in range(40)}


def test_the_quota_of_tags_holds_under_a_crowd(kms, key, crowd):
    def add(n: int) -> str:
        return outcome(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": f"t{n}", "TagValue": ""}])

    told = list(crowd.map(add, range(70)))
    assert (told.count("ok"), told.count("TagException")) == (50, 20)


def test_keys_that_are_created_at_once_are_all_there(kms, crowd):
    made = list(crowd.map(lambda n: kms.create_key(Description=str(n))["KeyMetadata"], range(60)))
    assert len({metadata["KeyId"] for metadata in made}) == 60
    for metadata in made:
        assert kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"] == metadata


def test_every_client_sees_its_own_writes(kms, key, crowd):
    def rename(n: int) -> bool:
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        seen = []
        for turn in range(10):
            kms.update_key_description(KeyId=key_id, Description=f"{n}.{turn}")
            seen.append(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"])
        return seen == [f"{n}.{turn}" for turn in range(10)]

    assert all(crowd.map(rename, range(THREADS)))


class Users:
    """Threads that encrypt without pause, and note when each request was begun and what came of it."""

    def __init__(self, kms, key_id: str):
        self.told: list[tuple[float, str]] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(kms, key_id)) for _ in range(6)]
        for thread in self.threads:
            thread.start()

    def work(self, kms, key_id: str) -> None:
        while not self.over.is_set():
            begun = time.monotonic()
            self.told.append((begun, outcome(kms.encrypt, KeyId=key_id, Plaintext=b"x")))

    def wait_for_more(self, count: int) -> None:
        goal = len(self.told) + count
        deadline = time.monotonic() + 20
        while len(self.told) < goal:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def after(self, moment: float) -> set[str]:
        return {result for begun, result in self.told if begun > moment}

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def users(kms, key):
    working = Users(kms, key["KeyId"])
    yield working
    working.stop()


def test_after_an_acknowledged_denial_nobody_is_let_in(kms, key, users):
    for _ in range(5):
        users.wait_for_more(20)
        deny = statement("*", "kms:Encrypt", "Deny")
        kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), deny))
        denied = time.monotonic()
        users.wait_for_more(30)
        assert users.after(denied) == {"AccessDeniedException"}
        kms.put_key_policy(KeyId=key["KeyId"], Policy=policies.default_text())
        allowed = time.monotonic()
        users.wait_for_more(30)
        assert users.after(allowed) == {"ok"}


def test_after_an_acknowledged_disabling_nobody_uses_the_key(kms, key, users):
    for _ in range(5):
        kms.disable_key(KeyId=key["KeyId"])
        disabled = time.monotonic()
        users.wait_for_more(30)
        assert users.after(disabled) == {"DisabledException"}
        kms.enable_key(KeyId=key["KeyId"])
        enabled = time.monotonic()
        users.wait_for_more(30)
        assert users.after(enabled) == {"ok"}


def test_opposite_changes_at_once_leave_one_of_the_two_states(kms, key, crowd):
    calls = [kms.enable_key, kms.disable_key] * 30
    assert set(crowd.map(lambda call: outcome(call, KeyId=key["KeyId"]), calls)) == {"ok"}
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert metadata["KeyState"] in ("Enabled", "Disabled")
    assert metadata["Enabled"] == (metadata["KeyState"] == "Enabled")
    if metadata["Enabled"]:
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    else:
        assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x").code == "DisabledException"


def test_many_that_first_describe_an_aws_managed_alias_make_one_key(server, crowd):
    region = connect(server, server.keys(), region="eu-south-1")
    told = set(crowd.map(lambda _: region.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"], range(THREADS)))
    assert len(told) == 1
    assert {entry["KeyArn"] for entry in region.list_keys()["Keys"]} == told
