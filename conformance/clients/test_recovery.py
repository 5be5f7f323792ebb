"""`gatekey recover` and `gatekey recovery`: the ladder of ways back into a key, with the real command line."""

import json

import pytest

from harness import cli, pages, process
from harness.clients import ACCOUNT, OTHER_ACCOUNT, connect, refusal, root_arn
from harness.identities import Root, identity_policy, user_arn
from harness.policies import account_may, document, statement


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own: recoveries that wait seconds, and an organization."""
    more = ("--set", "recovery.cool_down=3s", "--management-account", OTHER_ACCOUNT)
    running = process.dev(tmp_path_factory.mktemp("recovery"), [ACCOUNT, OTHER_ACCOUNT], arguments=more)
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server):
    return Root(server)


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    return cli.Aws(server, tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="module")
def gatekey(aws):
    return cli.Asking(aws)


def events(server, name: str) -> list[dict]:
    trail = connect(server, server.keys(f"root-{ACCOUNT}"), service="cloudtrail")
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found]


def test_the_page_on_recovery_says_what_the_commands_do(server, aws, root, tmp_path):
    said = pages.run("recover.md", aws, tmp_path)
    assert "2 of 3 custodians must approve" in said
    assert "Unmanageable: nobody can change its policy." in said
    assert "=> R-1" in said and "Version 1 of the policy" in said
    assert "cool-down lasts" in (tmp_path / "too-soon.txt").read_text() or "cool-down lasts" in said
    assert '"Id" : "key-default-1"' in said
    assert "Taken in the last 30 days" in said
    for name in ("InitRecovery", "OpenRecoveryCase", "ApproveRecoveryCase", "CompleteRecoveryCase"):
        assert [event for event in events(server, name) if "errorCode" not in event], name
    log = server.log()
    shares = [path.read_text().splitlines()[1] for path in (tmp_path / "shares").iterdir()]
    assert len(shares) == 3 and all(share.startswith("GKRS1-") and share not in log for share in shares)


def test_the_plan_names_the_root_session_of_the_management_account(gatekey, root, other_management):
    user = root.user("r2-keeper", identity_policy("kms:*"))
    key = user.kms.create_key(Policy=document(statement(user_arn("r2-keeper"), "kms:*")))["KeyMetadata"]
    root.delete_user("r2-keeper")
    plan = json.loads(gatekey("recover", key["Arn"], "--json").out)
    rungs = {rung["Rung"]: rung for rung in plan["Rungs"]}
    assert plan["LockedOut"] is True and rungs["R-0"]["Applies"] is False
    assert rungs["R-2"]["Applies"] is True
    assert any("KMSUnlockKeyPolicy" in command for command in rungs["R-2"]["Commands"])
    assert rungs["R-4"]["Applies"] is False


@pytest.fixture(scope="module")
def other_management(server):
    """The organization allows root sessions."""
    management = Root(server, OTHER_ACCOUNT)
    management.organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    management.iam.enable_organizations_root_sessions()
    return management


def test_the_root_user_has_no_implicit_right_unless_the_operator_says_so(tmp_path):
    told = {}
    for name, setting in (("off", ()), ("on", ("--set", "recovery.root_rescue=true"))):
        folder = tmp_path / name
        folder.mkdir()
        running = process.dev(folder, [ACCOUNT, OTHER_ACCOUNT], arguments=setting)
        try:
            root = Root(running)
            user = root.user("keeper", identity_policy("kms:*"))
            key = user.kms.create_key(Policy=document(statement(user_arn("keeper"), "kms:*")))["KeyMetadata"]
            root.delete_user("keeper")
            put = {"KeyId": key["KeyId"], "Policy": document(account_may())}
            if name == "off":
                told[name] = refusal(root.kms.put_key_policy, **put).code
            else:
                told[name] = root.kms.put_key_policy(**put)["ResponseMetadata"]["HTTPStatusCode"]
                head = root.kms.describe_key(KeyId=key["KeyId"])["ResponseMetadata"]["HTTPHeaders"]
                assert "not AWS behaviour" in head["x-gatekey-recovery"] and root_arn() in head["x-gatekey-recovery"]
        finally:
            running.kill()
    assert told == {"off": "AccessDeniedException", "on": 200}
