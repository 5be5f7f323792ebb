"""A long random walk through the operations, compared after every step with a model of what AWS would hold."""

import random

import pytest

from harness.clients import outcome

STEPS = 300
DISABLED, PENDING, GONE = "DisabledException", "KMSInvalidStateException", "NotFoundException"
USE = {"Enabled": "ok", "Disabled": DISABLED, "PendingDeletion": PENDING}
CHANGE = {"Enabled": "ok", "Disabled": "ok", "PendingDeletion": PENDING}


class Model:
    """Keys with a state, tags and a description; aliases with a target; ciphertexts with the key that made them."""

    def __init__(self, kms, seed: int):
        self.kms = kms
        self.random = random.Random(seed)
        self.prefix = f"alias/walk-{seed}-{self.random.randrange(1 << 32)}-"
        self.keys: dict[str, dict] = {}
        self.aliases: dict[str, str] = {}
        self.blobs: list[tuple[str, bytes, dict, bytes]] = []
        self.create_key()

    def any_key(self) -> str:
        return self.random.choice(list(self.keys))

    def any_alias(self) -> str:
        return f"{self.prefix}{self.random.randrange(6)}"

    def name_of_any_key(self) -> tuple[str | None, str]:
        """A key, and one of the names that a cryptographic operation takes; no key if the alias does not exist."""
        if self.random.random() < 0.3:
            alias = self.any_alias()
            return self.aliases.get(alias), alias
        key_id = self.any_key()
        return key_id, key_id

    def state(self, key_id: str) -> str:
        return self.keys[key_id]["state"]

    def step(self) -> None:
        self.random.choice(STEPS_OF_THE_WALK)(self)

    def check(self, expected: str, call, **parameters) -> bool:
        """Calls, compares with what the model expects, and says whether it succeeded."""
        assert outcome(call, **parameters) == expected, (call.__name__, parameters, expected)
        return expected == "ok"

    def create_key(self) -> None:
        key_id = self.kms.create_key(Description="")["KeyMetadata"]["KeyId"]
        self.keys[key_id] = {"state": "Enabled", "tags": {}, "description": ""}

    def enable(self) -> None:
        self.move(self.kms.enable_key, "Enabled", CHANGE)

    def disable(self) -> None:
        self.move(self.kms.disable_key, "Disabled", CHANGE)

    def schedule(self) -> None:
        self.move(self.kms.schedule_key_deletion, "PendingDeletion", CHANGE)

    def cancel(self) -> None:
        self.move(self.kms.cancel_key_deletion, "Disabled", {"Enabled": PENDING, "Disabled": PENDING, "PendingDeletion": "ok"})

    def move(self, call, to: str, allowed: dict[str, str]) -> None:
        key_id = self.any_key()
        if self.check(allowed[self.state(key_id)], call, KeyId=key_id):
            self.keys[key_id]["state"] = to

    def describe(self) -> None:
        key_id = self.any_key()
        description = f"d{self.random.randrange(100)}"
        if self.check(CHANGE[self.state(key_id)], self.kms.update_key_description, KeyId=key_id, Description=description):
            self.keys[key_id]["description"] = description

    def tag(self) -> None:
        key_id = self.any_key()
        name, value = f"t{self.random.randrange(4)}", str(self.random.randrange(100))
        tags = [{"TagKey": name, "TagValue": value}]
        if self.check(CHANGE[self.state(key_id)], self.kms.tag_resource, KeyId=key_id, Tags=tags):
            self.keys[key_id]["tags"][name] = value

    def untag(self) -> None:
        key_id, name = self.any_key(), f"t{self.random.randrange(4)}"
        if self.check(CHANGE[self.state(key_id)], self.kms.untag_resource, KeyId=key_id, TagKeys=[name]):
            self.keys[key_id]["tags"].pop(name, None)

    def create_alias(self) -> None:
        key_id, alias = self.any_key(), self.any_alias()
        if alias in self.aliases and self.state(key_id) == "PendingDeletion":
            return  # two faults at once: not this test's question
        expected = "AlreadyExistsException" if alias in self.aliases else CHANGE[self.state(key_id)]
        if self.check(expected, self.kms.create_alias, AliasName=alias, TargetKeyId=key_id):
            self.aliases[alias] = key_id

    def update_alias(self) -> None:
        key_id, alias = self.any_key(), self.any_alias()
        if alias not in self.aliases and self.state(key_id) == "PendingDeletion":
            return
        expected = CHANGE[self.state(key_id)] if alias in self.aliases else GONE
        if self.check(expected, self.kms.update_alias, AliasName=alias, TargetKeyId=key_id):
            self.aliases[alias] = key_id

    def delete_alias(self) -> None:
        alias = self.any_alias()
        if self.check("ok" if alias in self.aliases else GONE, self.kms.delete_alias, AliasName=alias):
            del self.aliases[alias]

    def encrypt(self) -> None:
        key_id, name = self.name_of_any_key()
        plaintext, context = self.random.randbytes(self.random.randrange(1, 64)), {"n": str(self.random.randrange(3))}
        expected = USE[self.state(key_id)] if key_id else GONE
        parameters = {"KeyId": name, "Plaintext": plaintext, "EncryptionContext": context}
        if expected != "ok":
            self.check(expected, self.kms.encrypt, **parameters)
            return
        blob = self.kms.encrypt(**parameters)["CiphertextBlob"]
        self.blobs.append((key_id, blob, context, plaintext))

    def decrypt(self) -> None:
        if not self.blobs:
            return
        key_id, blob, context, plaintext = self.random.choice(self.blobs)
        expected = USE[self.state(key_id)]
        if self.check(expected, self.kms.decrypt, CiphertextBlob=blob, EncryptionContext=context):
            assert self.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == plaintext

    def decrypt_with_a_named_key(self) -> None:
        if not self.blobs:
            return
        made_by, blob, context, _ = self.random.choice(self.blobs)
        key_id = self.any_key()
        expected = USE[self.state(key_id)]
        if expected == "ok" and key_id != made_by:
            expected = "IncorrectKeyException"
        self.check(expected, self.kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, KeyId=key_id)

    def compare(self) -> None:
        """Everything that the server tells about the model's keys and aliases."""
        for key_id, key in self.keys.items():
            metadata = self.kms.describe_key(KeyId=key_id)["KeyMetadata"]
            assert (metadata["KeyState"], metadata["Description"]) == (key["state"], key["description"])
            assert metadata["Enabled"] == (key["state"] == "Enabled")
            tags = self.kms.list_resource_tags(KeyId=key_id)["Tags"]
            assert {tag["TagKey"]: tag["TagValue"] for tag in tags} == key["tags"]
        pages = self.kms.get_paginator("list_aliases").paginate()
        listed = {a["AliasName"]: a["TargetKeyId"] for page in pages for a in page["Aliases"] if a["AliasName"].startswith(self.prefix)}
        assert listed == self.aliases


STEPS_OF_THE_WALK = [
    Model.create_key,
    Model.enable,
    Model.enable,
    Model.disable,
    Model.schedule,
    Model.cancel,
    Model.cancel,
    Model.describe,
    Model.tag,
    Model.untag,
    Model.create_alias,
    Model.update_alias,
    Model.delete_alias,
    Model.encrypt,
    Model.encrypt,
    Model.decrypt,
    Model.decrypt_with_a_named_key,
    Model.compare,
]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_walk_never_leaves_the_model(kms, seed):
    model = Model(kms, seed)
    for _ in range(STEPS):
        model.step()
    model.compare()
