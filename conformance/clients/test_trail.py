"""The trail as its readers use it: LookupEvents with boto3 and `aws`, `gatekey audit`, and exports that AWS's own tool verifies."""

import datetime
import gzip
import json
import subprocess
import time

import pytest

from harness import process
from harness.bucket import Bucket
from harness.cli import Aws
from harness.clients import ACCOUNT, OTHER_ACCOUNT, connect, refusal
from harness.identities import Root, identity_policy
from harness.installed import Installation

REGION = "us-east-1"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trail")
    data = folder / "gatekey-data"
    made = Installation(folder, data)
    data.mkdir(mode=0o700)
    (data / "gatekey.toml").write_text(f'accounts = ["{ACCOUNT}", "{OTHER_ACCOUNT}"]\n')
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def trail(installation):
    return connect(installation.running, installation.keys(), service="cloudtrail")


@pytest.fixture(scope="module")
def story(installation):
    """A key whose policy a user changed and which another could not use."""
    people = Root(installation.running)
    admin = people.user("ann", identity_policy("*"))
    stranger = people.user("bob")
    key = admin.kms.create_key(Description="payroll")["KeyMetadata"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]}
    put = admin.kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps(policy))
    refusal(stranger.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x")
    return {"admin": admin, "stranger": stranger, "key": key, "put": put["ResponseMetadata"]["RequestId"]}


def lookup(client, key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    pages = client.get_paginator("lookup_events").paginate(**more)
    return [event for page in pages for event in page["Events"]]


def names(events):
    return [event["EventName"] for event in events]


def test_who_changed_the_policy_is_found_by_every_attribute(trail, story):
    key = story["key"]
    put = lookup(trail, "EventName", "PutKeyPolicy")[0]
    detail = json.loads(put["CloudTrailEvent"])
    assert detail["requestID"] == story["put"]
    assert put["Username"] == "ann" and put["ReadOnly"] == "false" and put["EventSource"] == "kms.amazonaws.com"
    assert put["AccessKeyId"] == story["admin"].keys.access
    assert put["Resources"] == [{"ResourceType": "AWS::KMS::Key", "ResourceName": key["Arn"]}]
    assert put["EventId"] == detail["eventID"]
    assert put["EventTime"] == datetime.datetime.fromisoformat(detail["eventTime"])
    for attribute, value in [
        ("EventId", put["EventId"]),
        ("Username", "ann"),
        ("ResourceType", "AWS::KMS::Key"),
        ("ResourceName", key["Arn"]),
        ("ResourceName", key["KeyId"]),
        ("EventSource", "kms.amazonaws.com"),
        ("ReadOnly", "false"),
        ("AccessKeyId", story["admin"].keys.access),
    ]:
        found = lookup(trail, attribute, value)
        assert put["EventId"] in [event["EventId"] for event in found], attribute
    assert lookup(trail, "Username", "nobody-of-that-name") == []


def test_a_denied_call_is_found_and_says_so(trail, story):
    (event,) = lookup(trail, "Username", "bob")
    assert event["EventName"] == "Encrypt"
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "AccessDenied"


def test_the_newest_come_first_and_pages_join(trail, story):
    every = lookup(trail, "ResourceName", story["key"]["Arn"])
    assert names(every) == ["Encrypt", "PutKeyPolicy", "CreateKey"]
    first = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": story["key"]["Arn"]}], MaxResults=2)
    assert names(first["Events"]) == ["Encrypt", "PutKeyPolicy"]
    assert names(lookup(trail, "ResourceName", story["key"]["Arn"], PaginationConfig={"PageSize": 1})) == names(every)
    other = refusal(trail.lookup_events, NextToken=first["NextToken"])
    assert other.code == "InvalidNextTokenException"


def test_times_bound_a_lookup(trail, story):
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    assert lookup(trail, StartTime=now + hour) == []
    assert lookup(trail, EndTime=now - hour) == []
    assert "PutKeyPolicy" in names(lookup(trail, StartTime=now - hour, EndTime=now + hour))
    assert refusal(trail.lookup_events, StartTime=now, EndTime=now - hour).code == "InvalidTimeRangeException"


def test_wrong_attributes_are_refused(trail):
    one = {"AttributeKey": "Username", "AttributeValue": "ann"}
    assert refusal(trail.lookup_events, LookupAttributes=[one, one]).code == "InvalidLookupAttributesException"
    wrong = {"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}
    assert refusal(trail.lookup_events, LookupAttributes=[wrong]).code == "InvalidLookupAttributesException"


def test_nobody_sees_another_account_or_region_or_anything_without_the_right(installation, trail, story):
    other = connect(installation.running, installation.keys(f"root-{OTHER_ACCOUNT}"), service="cloudtrail")
    assert {json.loads(event["CloudTrailEvent"])["recipientAccountId"] for event in lookup(other)} <= {OTHER_ACCOUNT}
    assert lookup(other, "ResourceName", story["key"]["Arn"]) == []
    elsewhere = connect(installation.running, installation.keys(), region="eu-west-1", service="cloudtrail")
    assert lookup(elsewhere, "ResourceName", story["key"]["Arn"]) == []
    denied = refusal(story["stranger"].client("cloudtrail").lookup_events)
    assert denied.code == "AccessDeniedException" and "cloudtrail:LookupEvents" in denied.message


def test_there_are_no_trails(trail):
    assert trail.describe_trails()["trailList"] == [] and trail.list_trails()["Trails"] == []
    for ask in (trail.get_trail, trail.get_trail_status):
        assert refusal(ask, Name="mine").code == "TrailNotFoundException"


def test_the_real_command_line_looks_up(installation, story, tmp_path):
    aws = Aws(installation.running, tmp_path)
    found = aws("cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=PutKeyPolicy").json()
    assert json.loads(found["Events"][0]["CloudTrailEvent"])["requestID"] == story["put"]


def gatekey(installation, *arguments):
    said = installation.command("audit", *arguments)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_search_finds_by_key_principal_action_and_outcome(installation, story):
    def found(*filters):
        lines = gatekey(installation, "search", "--json", *filters).splitlines()
        return [json.loads(line)["eventName"] for line in lines]

    key = story["key"]["KeyId"]
    assert found("--key", key) == ["Encrypt", "PutKeyPolicy", "CreateKey"]
    assert found("--key", key, "--principal", "ann") == ["PutKeyPolicy", "CreateKey"]
    assert found("--principal", "bob", "--outcome", "denied", "--action", "Encrypt") == ["Encrypt"]
    assert found("--action", "kms:PutKeyPolicy", "--outcome", "success", "--key", key) == ["PutKeyPolicy"]
    assert found("--action", "iam:PutKeyPolicy") == []
    assert found("--key", key, "--since", "1h", "--limit", "1") == ["Encrypt"]
    assert found("--key", key, "--until", "1h") == []
    table = gatekey(installation, "search", "--key", key)
    assert table.splitlines()[0].split() == ["EVENT", "OPERATION", "OUTCOME", "PRINCIPAL", "RESOURCE", "ACCOUNT"]
    assert "kms:PutKeyPolicy" in table and "AccessDenied" in table and "user/ann" in table


def test_the_index_is_made_anew(installation, story):
    before = gatekey(installation, "search", "--json", "--key", story["key"]["KeyId"])
    assert gatekey(installation, "index").startswith("indexed the audit trail up to event ")
    assert gatekey(installation, "search", "--json", "--key", story["key"]["KeyId"]) == before


def test_tail_shows_what_is_recorded_and_what_comes(installation, story):
    shown = gatekey(installation, "tail", "--no-follow", "-n", "500", "--key", story["key"]["KeyId"])
    assert [line.split()[2] for line in shown.splitlines()] == ["kms:CreateKey", "kms:PutKeyPolicy", "kms:Encrypt"]
    following = subprocess.Popen(
        [str(process.binary()), "audit", "tail", "--json", "-n", "0", "--action", "ListAliases"],
        env=process.clean_environment(GATEKEY_DATA=str(installation.data)), stdout=subprocess.PIPE, text=True,
    )
    try:
        time.sleep(1)
        made = installation.client().list_aliases()["ResponseMetadata"]["RequestId"]
        assert json.loads(following.stdout.readline())["requestID"] == made
    finally:
        following.kill()
        following.wait()


@pytest.fixture
def exported(installation, story, tmp_path):
    said = gatekey(installation, "export", "--to", str(tmp_path / "export"), "--digests", "--account", ACCOUNT)
    assert said.startswith("exported ")
    return tmp_path / "export"


def test_an_export_has_every_event_in_files_of_cloudtrails_form(installation, exported):
    files = list((exported / f"AWSLogs/{ACCOUNT}/CloudTrail").rglob("*.json.gz"))
    records = [record for file in files for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]]
    ids = {record["eventID"] for record in records}
    assert len(ids) == len(records) > 0
    lines = gatekey(installation, "search", "--json", "--account", ACCOUNT, "--limit", "100000").splitlines()
    assert ids <= {json.loads(line)["eventID"] for line in lines}
    assert {record["recipientAccountId"] for record in records} == {ACCOUNT}


def validate(installation, exported, folder):
    """The real `aws cloudtrail validate-logs`, with the public key from LookupEvents' service and the files from a bucket."""
    bucket = Bucket(exported)
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        folder.mkdir()
        aws = Aws(installation.running, folder, AWS_ENDPOINT_URL_S3=bucket.endpoint)
        return aws(
            "cloudtrail", "validate-logs", "--verbose",
            "--trail-arn", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/gatekey", "--s3-bucket", "gatekey-audit",
            "--start-time", (now - datetime.timedelta(hours=3)).isoformat(), "--end-time", (now + datetime.timedelta(hours=3)).isoformat(),
        )
    finally:
        bucket.end()


def test_awss_own_tool_verifies_an_export_and_finds_what_was_changed(installation, exported, tmp_path):
    logs = len(list((exported / f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}").rglob("*.json.gz")))
    digests = len(list((exported / f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}").rglob("*.json.gz")))
    said = validate(installation, exported, tmp_path / "good")
    assert said.code == 0, said.out + said.err
    assert f"{digests}/{digests} digest files valid" in said.out and f"{logs}/{logs} log files valid" in said.out, said.out
    log = next((exported / f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}").rglob("*.json.gz"))
    good = log.read_bytes()
    log.write_bytes(gzip.compress(gzip.decompress(good).replace(b"PutKeyPolicy", b"GetKeyPolicy")))
    said = validate(installation, exported, tmp_path / "edited")
    assert said.code != 0 and "hash value doesn't match" in said.out + said.err
    log.write_bytes(good)
    digest = next((exported / f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}").rglob("*.json.gz"))
    digest.write_bytes(gzip.compress(gzip.decompress(digest.read_bytes()).replace(b'"awsAccountId":"1', b'"awsAccountId":"2')))
    said = validate(installation, exported, tmp_path / "forged")
    assert said.code != 0 and "signature verification failed" in said.out + said.err


def test_verification_prints_an_anchor_that_a_later_one_holds_the_trail_to(installation, story):
    first = gatekey(installation, "verify").splitlines()
    assert first[0].startswith("verified events 1 to ")
    anchor = first[1].removeprefix("anchor ")
    installation.client().list_keys()
    assert gatekey(installation, "verify", "--anchor", anchor).startswith("verified events 1 to ")
    number, _ = anchor.split(":")
    replaced = installation.command("audit", "verify", "--anchor", f"{number}:{'00' * 32}")
    assert replaced.returncode == 6 and "the trail was replaced" in replaced.stderr
