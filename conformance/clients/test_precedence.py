"""Plays every cell of docs/error-precedence.md: the page that says which error comes first is the test."""

import base64
import json
import re
from typing import NamedTuple

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, key_arn, outcome, root_arn
from harness.policies import account_may, document, statement
from harness.process import REPOSITORY

PAGE = (REPOSITORY / "docs" / "error-precedence.md").read_text()
UNKNOWN = "00000000-0000-4000-8000-000000000000"
TAG = [{"TagKey": "k", "TagValue": "v"}]
ALLOWED = {
    "owner": policies.default_text(),
    "denied": document(account_may("kms:CreateGrant")),
    "guest": document(account_may(), statement(root_arn(OTHER_ACCOUNT), "kms:*")),
    "stranger": policies.default_text(),
}


class Section(NamedTuple):
    """A headed part of the page: the words between its heading and its table, and the table's rows by column."""

    heading: str
    words: str
    rows: list[dict[str, str]]


def sections() -> list[Section]:
    found = []
    for part in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
        rows = [dict(zip(table[0], row, strict=True)) for row in table[2:]]
        words = " ".join(line for line in lines[1:] if line and not line.startswith("|"))
        found.append(Section(lines[0], words, rows))
    return found


def operations_of(section: Section) -> list[str]:
    """The operations that a section is about: listed below its heading, or the heading itself."""
    return section.words.split(", ") if section.words else [section.heading]


CALLS = {
    "Encrypt": lambda k, s: k.encrypt(KeyId=s.arn, Plaintext=b"x"),
    "Decrypt": lambda k, s: k.decrypt(KeyId=s.arn, CiphertextBlob=s.blob),
    "GenerateDataKey": lambda k, s: k.generate_data_key(KeyId=s.arn, KeySpec="AES_256"),
    "GenerateDataKeyWithoutPlaintext": lambda k, s: k.generate_data_key_without_plaintext(KeyId=s.arn, KeySpec="AES_256"),
    "ReEncryptFrom": lambda k, s: k.re_encrypt(CiphertextBlob=s.blob, SourceKeyId=s.arn, DestinationKeyId=s.own[k]["KeyId"]),
    "ReEncryptTo": lambda k, s: k.re_encrypt(CiphertextBlob=s.own[k]["Blob"], DestinationKeyId=s.arn),
    "Sign": lambda k, s: k.sign(KeyId=s.arn, Message=b"x", SigningAlgorithm="ECDSA_SHA_256"),
    "Verify": lambda k, s: k.verify(KeyId=s.arn, Message=b"x", Signature=s.blob, SigningAlgorithm="ECDSA_SHA_256"),
    "GenerateMac": lambda k, s: k.generate_mac(KeyId=s.arn, Message=b"x", MacAlgorithm="HMAC_SHA_256"),
    "VerifyMac": lambda k, s: k.verify_mac(KeyId=s.arn, Message=b"x", Mac=s.blob, MacAlgorithm="HMAC_SHA_256"),
    "GetPublicKey": lambda k, s: k.get_public_key(KeyId=s.arn),
    "DescribeKey": lambda k, s: k.describe_key(KeyId=s.arn),
    "EnableKey": lambda k, s: k.enable_key(KeyId=s.arn),
    "DisableKey": lambda k, s: k.disable_key(KeyId=s.arn),
    "ScheduleKeyDeletion": lambda k, s: k.schedule_key_deletion(KeyId=s.arn),
    "CancelKeyDeletion": lambda k, s: k.cancel_key_deletion(KeyId=s.arn),
    "UpdateKeyDescription": lambda k, s: k.update_key_description(KeyId=s.arn, Description="d"),
    "TagResource": lambda k, s: k.tag_resource(KeyId=s.arn, Tags=TAG),
    "UntagResource": lambda k, s: k.untag_resource(KeyId=s.arn, TagKeys=["k"]),
    "GetKeyPolicy": lambda k, s: k.get_key_policy(KeyId=s.arn),
    "PutKeyPolicy": lambda k, s: k.put_key_policy(KeyId=s.arn, Policy=policies.default_text()),
    "ListKeyPolicies": lambda k, s: k.list_key_policies(KeyId=s.arn),
    "ListResourceTags": lambda k, s: k.list_resource_tags(KeyId=s.arn),
}
CELLS = [
    pytest.param(operation, row["key"], caller, row[caller], id=f"{operation}-{row['key']}-{caller}")
    for section in sections()
    if "stranger" in (section.rows[0] if section.rows else {})
    for operation in operations_of(section)
    for row in section.rows
    for caller in ("owner", "denied", "guest", "stranger")
]


def made_for(operation: str, kms) -> tuple[str, bytes]:
    """A key of the kind that the operation is for, and what it made of `x`: a signature, a MAC, or else a ciphertext."""
    if operation in ("Sign", "Verify", "GetPublicKey"):
        arn = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        return arn, kms.sign(KeyId=arn, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    if operation in ("GenerateMac", "VerifyMac"):
        arn = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
        return arn, kms.generate_mac(KeyId=arn, Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"]
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    return arn, kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]


class Scene:
    """A key of the first account under some policy and in some state, with what it made; and a key of each caller."""

    def __init__(self, own, kms, policy: str, state: str, operation: str):
        self.own = own
        self.arn, self.blob = made_for(operation, kms)
        if state == "Disabled":
            kms.disable_key(KeyId=self.arn)
        if state == "PendingDeletion":
            kms.schedule_key_deletion(KeyId=self.arn, PendingWindowInDays=7)
        kms.put_key_policy(KeyId=self.arn, Policy=policy, BypassPolicyLockoutSafetyCheck=True)


@pytest.fixture(scope="module")
def own(kms, other_kms):
    """An enabled key, with a ciphertext, of each of the two accounts."""
    made = {}
    for client in (kms, other_kms):
        key_id = client.create_key()["KeyMetadata"]["KeyId"]
        made[client] = {"KeyId": key_id, "Blob": client.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]}
    return made


def short(code: str) -> str:
    return code.removesuffix("Exception")


def test_the_page_covers_every_operation_that_names_a_key():
    assert {operation for operation, *_ in (cell.values for cell in CELLS)} == CALLS.keys()


@pytest.mark.parametrize(("operation", "state", "caller", "expected"), CELLS)
def test_who_asks_and_what_they_are_told(kms, other_kms, own, operation, state, caller, expected):
    scene = Scene(own, kms, ALLOWED[caller], state, operation)
    asking = kms if caller in ("owner", "denied") else other_kms
    assert short(outcome(CALLS[operation], k=asking, s=scene)) == expected


class Absent(NamedTuple):
    """A scene without its key."""

    own: dict
    arn: str
    blob: bytes


ARNS = {
    "own, unknown": key_arn(UNKNOWN),
    "own, another Region": key_arn(UNKNOWN, region="eu-west-1"),
    "foreign, unknown": key_arn(UNKNOWN, OTHER_ACCOUNT),
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("row", next(s.rows for s in sections() if s.heading.startswith("3.")), ids=lambda row: row["key"])
def test_a_key_that_is_not_there(kms, own, operation, row):
    scene = Absent(own, ARNS[row["key"]], own[kms]["Blob"])
    assert short(outcome(CALLS[operation], k=kms, s=scene)) == row["answer"]


class Faulty:
    """A request that collects faults: each method of the table below spoils it, or the key it is about, a little more."""

    def __init__(self, operation: str, kms, raw, own):
        self.kms, self.raw, self.own = kms, raw, own
        self.operation = operation
        self.arn, made = made_for(operation, kms)
        self.policy: str | None = None
        self.body: bytes | None = None
        self.bad_signature = False
        if operation == "Decrypt":
            made = kms.encrypt(KeyId=self.arn, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
        blob = base64.b64encode(made).decode()
        self.parameters = {"KeyId": self.arn} | {
            "Encrypt": {"Plaintext": "eA=="},
            "Decrypt": {"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}},
            "GenerateDataKey": {"KeySpec": "AES_256"},
            "ScheduleKeyDeletion": {"PendingWindowInDays": 7},
            "Sign": {"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"},
            "Verify": {"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": blob},
            "VerifyMac": {"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256", "Mac": blob},
        }[operation]

    def send(self):
        if self.policy:
            self.kms.put_key_policy(KeyId=self.arn, Policy=self.policy, BypassPolicyLockoutSafetyCheck=True)
        body = self.body or json.dumps(self.parameters).encode()
        request = self.raw.request(body, target=f"TrentService.{self.operation}")
        headers = request.headers()
        if self.bad_signature:
            headers["authorization"] = headers["authorization"][:-64] + "0" * 64
        return self.raw.send(request, headers)


def with_parameters(**parameters):
    return lambda faulty: faulty.parameters.update(parameters)


def with_field(name: str, value):
    return lambda faulty: setattr(faulty, name, value)


def another_keys_blob(faulty) -> None:
    faulty.parameters["CiphertextBlob"] = base64.b64encode(faulty.own[faulty.kms]["Blob"]).decode()


FAULTS = {
    "bad signature": with_field("bad_signature", True),
    "broken JSON": with_field("body", b"{"),
    "unknown operation": with_field("operation", "NoSuchOperation"),
    "wrong type": with_parameters(KeyId=7),
    "unknown key": with_parameters(KeyId=UNKNOWN),
    "plaintext too long": with_parameters(Plaintext=base64.b64encode(bytes(4097)).decode()),
    "denied": with_field("policy", document(account_may("kms:CreateGrant"))),
    "disabled": lambda faulty: faulty.kms.disable_key(KeyId=faulty.arn),
    "pending deletion": lambda faulty: faulty.kms.schedule_key_deletion(KeyId=faulty.arn),
    "dry run": with_parameters(DryRun=True),
    "wrong algorithm": with_parameters(EncryptionAlgorithm="RSAES_OAEP_SHA_256"),
    "broken blob": with_parameters(CiphertextBlob="AAAA"),
    "wrong context": with_parameters(EncryptionContext={"a": "c"}),
    "another key's blob": another_keys_blob,
    "window of 3 days": with_parameters(PendingWindowInDays=3),
    "message too long": with_parameters(Message=base64.b64encode(bytes(4097)).decode()),
    "wrong signing algorithm": with_parameters(SigningAlgorithm="ECDSA_SHA_384"),
    "short digest": with_parameters(Message="eA==", MessageType="DIGEST"),
    "another signature": with_parameters(Signature="AAAA"),
    "another MAC": with_parameters(Mac="AAAA"),
    "no length": lambda faulty: faulty.parameters.pop("KeySpec"),
}
PAIRS = next(section.rows for section in sections() if section.heading.startswith("4."))


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: " and ".join(list(row.values())[:3]))
def test_of_two_faults_the_page_says_which_is_told(kms, raw, own, row):
    faulty = Faulty(row["operation"], kms, raw, own)
    FAULTS[row["first fault"]](faulty)
    FAULTS[row["second fault"]](faulty)
    assert short(faulty.send().code) == row["answer"]


def test_every_fault_of_the_page_is_played():
    assert {row[column] for row in PAIRS for column in ("first fault", "second fault")} == FAULTS.keys()


def test_the_accounts_of_the_page_are_those_of_the_server(kms, other_kms, own):
    assert kms.describe_key(KeyId=own[kms]["KeyId"])["KeyMetadata"]["AWSAccountId"] == ACCOUNT
    assert other_kms.describe_key(KeyId=own[other_kms]["KeyId"])["KeyMetadata"]["AWSAccountId"] == OTHER_ACCOUNT
