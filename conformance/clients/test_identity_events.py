"""Audit of identities: every call of IAM, STS, Organizations and tagging leaves one event, says who came, and keeps secrets."""

import base64
import json
import pathlib

import pytest

from harness import process
from harness.clients import fault, outcome, root_arn
from harness.identities import ADMINISTRATOR, Device, Root, fresh, identity_policy, session_arn, trust

MANAGEMENT, MEMBER = "100000000011", "100000000012"
PASSWORD = "canary-Pa55word-never-written"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    accounts = [MANAGEMENT, MEMBER]
    running = process.organized(tmp_path_factory.mktemp("events"), accounts)
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server):
    return Root(server, MANAGEMENT)


def segments(server) -> list[pathlib.Path]:
    return sorted((server.folder / "tmp").glob("*/audit/*.jsonl"))


def events(server) -> list[dict]:
    lines = [line for path in segments(server) for line in path.read_bytes().rstrip(b"\0").splitlines() if b'"event":' in line]
    return [json.loads(line)["event"] for line in lines]


def event_of(server, answer: dict) -> dict:
    """The one event of an answer, or of a refusal's headers."""
    wanted = answer["x-amzn-requestid"] if "x-amzn-requestid" in answer else answer["ResponseMetadata"]["RequestId"]
    [event] = [event for event in events(server) if event["requestID"] == wanted]
    return event


def test_every_service_leaves_one_event_for_a_call(server, root):
    name = fresh("person")
    user = {"UserName": name}
    calls = [
        ("iam", "CreateUser", False, lambda: root.iam.create_user(**user)),
        ("iam", "GetUser", True, lambda: root.iam.get_user(**user)),
        ("iam", "ListUsers", True, lambda: root.iam.list_users()),
        ("iam", "TagUser", False, lambda: root.iam.tag_user(**user, Tags=[{"Key": "a", "Value": "b"}])),
        ("iam", "CreateAccessKey", False, lambda: root.iam.create_access_key(**user)),
        ("iam", "AttachUserPolicy", False, lambda: root.iam.attach_user_policy(**user, PolicyArn=ADMINISTRATOR)),
        ("sts", "GetCallerIdentity", True, lambda: root.sts.get_caller_identity()),
        ("sts", "GetSessionToken", True, lambda: root.sts.get_session_token()),
        ("organizations", "ListRoots", True, lambda: root.organizations.list_roots()),
        ("organizations", "DescribeOrganization", True, lambda: root.organizations.describe_organization()),
        ("tagging", "GetResources", True, lambda: root.tagging.get_resources()),
    ]
    for source, operation, read_only, call in calls:
        event = event_of(server, call())
        assert (event["eventSource"], event["eventName"]) == (f"{source}.amazonaws.com", operation)
        assert event["readOnly"] is read_only, operation
        assert event["recipientAccountId"] == MANAGEMENT
        assert (event["userIdentity"]["type"], event["userIdentity"]["arn"]) == ("Root", root_arn(MANAGEMENT))
        assert "errorCode" not in event
    created = event_of(server, root.iam.create_user(UserName=fresh("person"), Path="/p/"))
    assert created["requestParameters"]["path"] == "/p/"
    assert created["responseElements"]["user"]["path"] == "/p/"


def test_denials_and_faults_leave_an_event_too(server, root):
    somebody = root.user()
    told = fault(somebody.iam.list_users)
    event = event_of(server, told.headers)
    assert (event["errorCode"], event["errorMessage"]) == ("AccessDenied", told.message)
    assert event["userIdentity"]["userName"] == somebody.arn.rsplit("/", 1)[1]
    told = fault(root.iam.get_user, UserName="nobody")
    assert event_of(server, told.headers)["errorCode"] == "NoSuchEntityException"
    told = fault(somebody.sts.assume_role, RoleArn=root.role(), RoleSessionName="session")
    event = event_of(server, told.headers)
    assert (event["eventName"], event["errorCode"]) == ("AssumeRole", "AccessDenied")


def test_each_kind_of_caller_is_shown_as_cloudtrail_shows_it(server, root):
    user = root.user(None, managed=(ADMINISTRATOR,))
    name = user.arn.rsplit("/", 1)[1]
    arn = root.role(None, managed=(ADMINISTRATOR,))
    role = arn.rsplit("/", 1)[1]
    shown = event_of(server, user.kms.list_keys())["userIdentity"]
    assert (shown["type"], shown["arn"], shown["userName"]) == ("IAMUser", user.arn, name)
    assert (shown["accountId"], shown["accessKeyId"]) == (MANAGEMENT, user.keys.access)
    assert shown["principalId"].startswith("AIDA")

    session = user.assume(arn, "work")
    shown = event_of(server, session.kms.list_keys())["userIdentity"]
    assert (shown["type"], shown["arn"]) == ("AssumedRole", session_arn(role, "work", MANAGEMENT))
    assert shown["principalId"].startswith("AROA") and shown["principalId"].endswith(":work")
    issuer = shown["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["arn"], issuer["userName"]) == ("Role", arn, role)
    assert shown["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert shown["accessKeyId"] == session.keys.access

    guest = user.federate("guest", identity_policy("kms:*"))
    shown = event_of(server, guest.kms.list_keys())["userIdentity"]
    assert (shown["type"], shown["arn"]) == ("FederatedUser", guest.arn)


def test_an_assumption_across_accounts_names_the_role_and_its_account(server, root):
    member = Root(server, MEMBER)
    arn = member.role(None, trusted=trust(root_arn(MANAGEMENT)))
    answer = root.user(None, identity_policy("sts:AssumeRole")).sts.assume_role(RoleArn=arn, RoleSessionName="session")
    event = event_of(server, answer)
    [resource] = event["resources"]
    assert (resource["ARN"], resource["accountId"], resource["type"]) == (arn, MEMBER, "AWS::IAM::Role")
    assert event["requestParameters"]["roleArn"] == arn
    assert event["responseElements"]["assumedRoleUser"]["arn"] == answer["AssumedRoleUser"]["Arn"]


def test_no_secret_of_anybody_is_in_the_events_or_the_log(server, root):
    name = fresh("person")
    somebody = root.user(name, identity_policy("*"))
    root.iam.create_login_profile(UserName=name, Password=PASSWORD)
    assert outcome(somebody.iam.change_password, OldPassword=PASSWORD, NewPassword=f"{PASSWORD}-2") == "ok"
    device = Device(root.iam)
    device.enable(root.iam, name)
    code = device.fresh_code()
    session = somebody.session(SerialNumber=device.serial, TokenCode=code)
    assumed = somebody.assume(root.role())
    secrets = {PASSWORD.encode(), somebody.keys.secret.encode(), device.seed}
    for keys in (session.keys, assumed.keys):
        secrets |= {keys.secret.encode(), keys.token.encode()}
    secrets.add(base64.b32encode(device.seed).rstrip(b"="))
    written = [path for path in (server.folder / "tmp").rglob("*") if path.is_file()] + [server.folder / "stderr.log"]
    for path in written:
        if path.name == "credentials":
            continue
        held = path.read_bytes()
        assert not [secret for secret in secrets if secret in held], path
    told = [event for event in events(server) if event["eventName"] == "GetSessionToken"]
    assert told and not [event for event in told if code in json.dumps(event.get("requestParameters"))]
