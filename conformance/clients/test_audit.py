"""Audit: one CloudTrail event for every request that authenticated, denials too; nothing secret; tampering is found."""

import base64
import hashlib
import json
import pathlib
import re
import uuid

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, outcome, root_arn
from harness.installed import Installation
from harness.policies import account_may, document
from harness.wire import Wire

CANARY = b"canary-" + uuid.uuid4().hex.encode() + b"-that-must-never-be-written"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audited")
    made = Installation(folder, folder / "gatekey-data")
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def kms(installation):
    return installation.client()


@pytest.fixture(scope="module")
def account(kms) -> str:
    return kms.create_key()["KeyMetadata"]["AWSAccountId"]


def segments(installation) -> list[pathlib.Path]:
    return sorted((installation.data / "audit").glob("*.jsonl"))


def lines_of(segment: pathlib.Path) -> list[bytes]:
    """The lines of a segment that hold events; behind the last one is preallocated nothing."""
    return [line for line in segment.read_bytes().rstrip(b"\0").splitlines(keepends=True) if b'"event":' in line]


def events(installation) -> list[dict]:
    """Every event in the log, in order, read as an operator's own script would read the segments."""
    return [json.loads(line)["event"] for segment in segments(installation) for line in lines_of(segment)]


def event_of(installation, response: dict) -> dict:
    """The one event of an answered request."""
    wanted = response["ResponseMetadata"]["RequestId"]
    matching = [event for event in events(installation) if event["requestID"] == wanted]
    assert len(matching) == 1, f"{len(matching)} events for {wanted}"
    return matching[0]


def test_an_encrypt_leaves_one_event_in_cloudtrails_shape(installation, kms, account):
    key = kms.create_key()["KeyMetadata"]
    event = event_of(installation, kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"Department": "IT"}))
    assert (event["eventSource"], event["eventName"], event["awsRegion"]) == ("kms.amazonaws.com", "Encrypt", "us-east-1")
    assert event["userIdentity"]["type"] == "Root"
    assert event["userIdentity"]["arn"] == root_arn(account)
    assert event["userIdentity"]["accessKeyId"] == installation.keys().access
    assert event["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in event["userAgent"]
    assert event["requestParameters"]["encryptionContext"] == {"Department": "IT"}
    assert event["requestParameters"]["keyId"] in (key["KeyId"], key["Arn"])
    assert event["responseElements"] is None
    assert event["readOnly"] is True
    assert [resource["ARN"] for resource in event["resources"]] == [key["Arn"]]
    assert event["recipientAccountId"] == account
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["eventTime"])
    assert "errorCode" not in event


def test_a_creation_leaves_an_event_that_names_the_key(installation, kms):
    answer = kms.create_key(Description="event")
    event = event_of(installation, answer)
    assert (event["eventName"], event["readOnly"]) == ("CreateKey", False)
    assert event["resources"][0]["ARN"] == answer["KeyMetadata"]["Arn"]
    assert event["requestParameters"]["description"] == "event"


def test_every_operation_leaves_exactly_one_event(installation, kms):
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    alias = f"alias/{key_id}"
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    calls = [
        ("CreateAlias", lambda: kms.create_alias(AliasName=alias, TargetKeyId=key_id)),
        ("UpdateAlias", lambda: kms.update_alias(AliasName=alias, TargetKeyId=key_id)),
        ("ListAliases", lambda: kms.list_aliases()),
        ("DeleteAlias", lambda: kms.delete_alias(AliasName=alias)),
        ("DescribeKey", lambda: kms.describe_key(KeyId=key_id)),
        ("ListKeys", lambda: kms.list_keys()),
        ("Decrypt", lambda: kms.decrypt(CiphertextBlob=blob)),
        ("ReEncrypt", lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id)),
        ("GenerateDataKey", lambda: kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")),
        ("GenerateDataKeyWithoutPlaintext", lambda: kms.generate_data_key_without_plaintext(KeyId=key_id, KeySpec="AES_256")),
        ("GenerateRandom", lambda: kms.generate_random(NumberOfBytes=8)),
        ("TagResource", lambda: kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "a", "TagValue": "b"}])),
        ("ListResourceTags", lambda: kms.list_resource_tags(KeyId=key_id)),
        ("UntagResource", lambda: kms.untag_resource(KeyId=key_id, TagKeys=["a"])),
        ("UpdateKeyDescription", lambda: kms.update_key_description(KeyId=key_id, Description="d")),
        ("GetKeyPolicy", lambda: kms.get_key_policy(KeyId=key_id)),
        ("PutKeyPolicy", lambda: kms.put_key_policy(KeyId=key_id, Policy=document(account_may(account=key_account(kms, key_id))))),
        ("ListKeyPolicies", lambda: kms.list_key_policies(KeyId=key_id)),
        ("DisableKey", lambda: kms.disable_key(KeyId=key_id)),
        ("EnableKey", lambda: kms.enable_key(KeyId=key_id)),
        ("ScheduleKeyDeletion", lambda: kms.schedule_key_deletion(KeyId=key_id)),
        ("CancelKeyDeletion", lambda: kms.cancel_key_deletion(KeyId=key_id)),
    ]
    answers = {name: call() for name, call in calls}
    by_request = {}
    for event in events(installation):
        by_request.setdefault(event["requestID"], []).append(event["eventName"])
    told = {name: by_request.get(answer["ResponseMetadata"]["RequestId"]) for name, answer in answers.items()}
    assert told == {name: [name] for name in answers}


def key_account(kms, key_id: str) -> str:
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["AWSAccountId"]


def refused(call, **parameters) -> dict:
    """The answer of a call that is refused."""
    try:
        call(**parameters)
    except Exception as error:
        return error.response
    raise AssertionError("was not refused")


def test_a_denial_leaves_an_event_with_its_code_and_text(installation, kms, account):
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    deny = policies.statement("*", "kms:Encrypt", "Deny")
    kms.put_key_policy(KeyId=key_id, Policy=document(account_may(account=account), deny))
    answer = refused(kms.encrypt, KeyId=key_id, Plaintext=b"x")
    event = event_of(installation, answer)
    assert event["errorCode"] in ("AccessDenied", "AccessDeniedException")
    assert event["errorMessage"] == answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("DescribeKey", {"KeyId": "00000000-0000-4000-8000-000000000000"}), ("CancelKeyDeletion", {}), ("Encrypt", {})],
    ids=lambda v: str(v)[:30],
)
def test_a_request_that_authenticated_and_failed_leaves_an_event(installation, name, parameters):
    raw = Wire(installation.running, installation.keys())
    answer = raw.call(name, parameters)
    raw.close()
    assert answer.status == 400
    matching = [event for event in events(installation) if event["requestID"] == answer.headers["x-amzn-RequestId"]]
    assert [event["errorCode"] for event in matching] == [answer.code]


def test_a_request_that_did_not_authenticate_names_nobody(installation):
    raw = Wire(installation.running, installation.keys())
    request = raw.request()
    answer = raw.send(request, request.headers() | {"x-amz-date": "20200101T000000Z"})
    raw.close()
    assert answer.status == 400
    assert not [event for event in events(installation) if event["requestID"] == answer.headers["x-amzn-RequestId"]]


def contains(folder: pathlib.Path, needles: list[bytes]) -> list[tuple[str, bytes]]:
    """Files below a folder with any of the needles in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(str(path), needle) for path in files for needle in needles if needle in path.read_bytes()]


def written_forms(secret: bytes) -> list[bytes]:
    """A secret as it is, in base64 (at each of the three alignments) and in hex."""
    shifted = [base64.b64encode(b"\0" * n + secret)[4:-4] for n in range(3)]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), *shifted]


def test_no_plaintext_is_in_the_data_folder_the_logs_or_the_events(installation, kms):
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=CANARY)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == CANARY
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id)
    assert outcome(kms.encrypt, KeyId="alias/nowhere", Plaintext=CANARY) == "NotFoundException"
    assert outcome(kms.encrypt, KeyId=key_id, Plaintext=CANARY * 100) == "ValidationException"
    assert outcome(kms.decrypt, CiphertextBlob=CANARY) == "InvalidCiphertextException"
    data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
    random = kms.generate_random(NumberOfBytes=32)["Plaintext"]
    secret = installation.keys().secret.encode()
    for needle in (CANARY, data_key, random):
        assert contains(installation.folder, written_forms(needle)) == []
    found = contains(installation.folder, [secret])
    assert [path for path, _ in found] == [str(installation.credentials)]


def test_verify_accepts_the_log_and_counts_its_events(installation, kms):
    kms.generate_random(NumberOfBytes=8)
    assert installation.running.stop() == 0
    said = installation.command("audit", "verify")
    assert said.returncode == 0, said.stdout + said.stderr
    assert str(len(events(installation))) in re.findall(r"\d+", (said.stdout + said.stderr).replace(",", ""))


def test_the_chain_is_what_its_page_says(installation):
    """docs/formats/audit.md, recomputed by other hands: whoever has no key can still see that nothing was moved."""
    chain, number = bytes(32), 0
    for segment in segments(installation):
        header = json.loads(segment.read_bytes().split(b"\n", 1)[0])
        assert (header["gatekey-audit"], header["first"], header["previous"]) == (1, number + 1, chain.hex())
        assert segment.name == f"{number + 1:020}.jsonl"
        for line in lines_of(segment):
            number += 1
            tail = line[147:-1]
            chain = sha256(chain + sha256(tail) + number.to_bytes(8))
            assert (int(line[126:146]), line[10:74].decode()) == (number, chain.hex())
    slots = (installation.data / "audit" / "head").read_bytes()
    heads = [json.loads(slot) for slot in (slots[:512], slots[512:]) if slot.strip(b"\0 \n")]
    newest = max(heads, key=lambda head: head["writes"])
    assert (newest["number"], newest["chain"]) == (number, chain.hex())


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def edit(lines: list[bytes]) -> None:
    at = next(n for n, line in enumerate(lines) if b'"eventName":"Encrypt"' in line)
    lines[at] = lines[at].replace(b'"eventName":"Encrypt"', b'"eventName":"Decrypt"')


def drop_an_event(lines: list[bytes]) -> None:
    del lines[2]


def swap_two_events(lines: list[bytes]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def repeat_an_event(lines: list[bytes]) -> None:
    lines.insert(3, lines[2])


def cut_off_the_end(lines: list[bytes]) -> None:
    del lines[-1]


TAMPERING = [edit, drop_an_event, swap_two_events, repeat_an_event, cut_off_the_end]


@pytest.mark.parametrize("change", TAMPERING, ids=lambda change: change.__name__)
def test_verify_names_the_segment_that_was_tampered_with(installation, change):
    segment = segments(installation)[-1]
    before = segment.read_bytes()
    lines = lines_of(segment)
    whole = b"".join(lines)
    change(lines)
    assert before.count(whole) == 1
    segment.write_bytes(before.replace(whole, b"".join(lines)))
    said = installation.command("audit", "verify")
    segment.write_bytes(before)
    assert said.returncode == 6, said
    assert segment.name in said.stdout + said.stderr
    assert installation.command("audit", "verify").returncode == 0


def test_verify_misses_a_segment_that_is_gone(installation):
    segment = segments(installation)[-1]
    away = segment.rename(segment.with_suffix(".away"))
    said = installation.command("audit", "verify")
    away.rename(segment)
    assert said.returncode == 6, said
