"""Changes that leave nobody who can change a key's policy: forecast, told of while they are made, and refused where that is set."""

import json
import re

import pytest

from harness import cli, process
from harness.clients import ACCOUNT, OTHER_ACCOUNT

FORECAST = re.compile(r"'x-gatekey-forecast': '([^']*)'")


def user_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def kept_by(aws, name):
    """A user, and a key whose policy that user alone can change; gives the key's ARN."""
    assert aws("iam", "create-user", "--user-name", name).code == 0
    statement = {"Effect": "Allow", "Principal": {"AWS": user_arn(name)}, "Action": "kms:*", "Resource": "*"}
    policy = aws.write(f"{name}.json", {"Version": "2012-10-17", "Statement": [statement]})
    made = aws("kms", "create-key", "--policy", policy, "--bypass-policy-lockout-safety-check")
    return made.json()["KeyMetadata"]["Arn"]


def told(said):
    """The header of an answer, as the command line writes it down with --debug."""
    found = FORECAST.search(said.err)
    return found and found[1]


def served(tmp_path_factory, arguments=()):
    """`aws` and `gatekey` of a server of their own: a forecast is about every key that there is."""
    server = process.dev(tmp_path_factory.mktemp("dev"), [ACCOUNT, OTHER_ACCOUNT], arguments=arguments)
    aws = cli.Aws(server, tmp_path_factory.mktemp("aws"))
    yield aws, cli.Asking(aws)
    assert server.stop() == 0


@pytest.fixture(scope="module")
def warning(tmp_path_factory):
    """Of a server as it is without settings."""
    yield from served(tmp_path_factory)


def test_the_deletion_of_the_last_administrator_is_forecast_and_told_of_where_it_is_made(warning):
    aws, gatekey = warning
    key = kept_by(aws, "keeper-of-one")
    forecast = json.loads(gatekey("forecast", "delete", user_arn("keeper-of-one"), "--json").out)
    assert [(one["KeyArn"], one["Lockout"]) for one in forecast["Forecasts"]] == [(key, True)]
    deleted = aws("iam", "delete-user", "--user-name", "keeper-of-one", "--debug")
    text = f"nobody can change the policy of 1 key any more: {key}"
    assert (deleted.code, deleted.out, told(deleted)) == (0, "", text)
    of_deletions = ("--lookup-attributes", "AttributeKey=EventName,AttributeValue=DeleteUser")
    events = [json.loads(event["CloudTrailEvent"]) for event in aws("cloudtrail", "lookup-events", *of_deletions).json()["Events"]]
    [event] = [event for event in events if event["requestParameters"]["userName"] == "keeper-of-one"]
    assert event["additionalEventData"]["gatekeyForecast"] == text
    health = json.loads(gatekey("health", "keys", "--json").out)
    assert [one["Distance"] for one in health if one["KeyArn"] == key] == ["LOCKED_OUT"]


def test_a_change_that_leaves_somebody_is_told_nothing_of(warning):
    aws, gatekey = warning
    kept_by(aws, "keeper-who-stays")
    assert aws("iam", "create-user", "--user-name", "another").code == 0
    assert "nobody gains or loses anything" in gatekey("forecast", "delete", user_arn("another")).out
    deleted = aws("iam", "delete-user", "--user-name", "another", "--debug")
    assert (deleted.code, told(deleted)) == (0, None)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """Of a server that refuses lockouts; its accounts are one organization."""
    yield from served(tmp_path_factory, ("--management-account", ACCOUNT, "--set", "forecast=deny"))


def test_a_change_of_iam_that_leaves_nobody_is_refused_and_nothing_of_it_is_made(refusing):
    aws, gatekey = refusing
    key = kept_by(aws, "keeper")
    name = ("--user-name", "keeper", "--policy-name", "none")
    statement = {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    document = aws.write("none.json", {"Version": "2012-10-17", "Statement": statement})
    question = ("forecast", "change-inline-policy", "--of", user_arn("keeper"), "--name", "none")
    assert "lockout: nobody could change its policy any more" in gatekey(*question, "--document", "none.json").out
    put = aws("iam", "put-user-policy", *name, "--policy-document", document)
    refusal = f"nobody can change the policy of 1 key any more: {key}; the server refuses that: forecast = deny"
    assert put.code != 0 and "(AccessDenied)" in put.err and refusal in put.err
    assert aws("iam", "list-user-policies", "--user-name", "keeper").json()["PolicyNames"] == []
    assert aws("iam", "create-user", "--user-name", "second").code == 0
    assert aws("iam", "delete-user", "--user-name", "second").code == 0, "it is no administrator"


def test_a_control_policy_that_takes_a_key_from_everybody_of_its_account_is_refused(refusing):
    aws, gatekey = refusing
    made = aws("--profile", f"root-{OTHER_ACCOUNT}", "kms", "create-key").json()["KeyMetadata"]["Arn"]
    statement = {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    content = aws.write("scp.json", {"Version": "2012-10-17", "Statement": statement})
    create = ("organizations", "create-policy", "--name", "none", "--description", "", "--type", "SERVICE_CONTROL_POLICY")
    policy = aws(*create, "--content", content).json()["Policy"]["PolicySummary"]["Id"]
    said = gatekey("forecast", "attach", policy, "--to", OTHER_ACCOUNT).out
    assert made in said and "lockout" in said
    attached = aws("organizations", "attach-policy", "--policy-id", policy, "--target-id", OTHER_ACCOUNT)
    assert attached.code != 0 and "(AccessDeniedException)" in attached.err and made in attached.err
    on = ("organizations", "list-policies-for-target", "--target-id", OTHER_ACCOUNT, "--filter", "SERVICE_CONTROL_POLICY")
    assert policy not in [one["Id"] for one in aws(*on).json()["Policies"]]
