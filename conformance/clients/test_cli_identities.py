"""The `aws` command line with identities: users, roles behind profiles, and the commands of a first day."""

import json

import pytest

from harness import cli
from harness.clients import ACCOUNT, OTHER_ACCOUNT, REGION, root_arn
from harness.identities import fresh, identity_policy, role_arn, session_arn, trust
from harness.process import Keys


@pytest.fixture
def command(server, tmp_path):
    """A command line with credentials and a configuration of its own."""
    (tmp_path / "credentials").write_text(server.credentials.read_text())
    made = cli.Aws(server, tmp_path)
    made.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "credentials")
    return made


def test_a_profile_with_a_role_and_an_external_id(command, root, other_root):
    """As partners are let in: the command line assumes the role by itself."""
    condition = {"StringEquals": {"sts:ExternalId": "gk-42"}}
    arn = root.role(None, identity_policy("kms:ListKeys"), trusted=trust(root_arn(OTHER_ACCOUNT), Condition=condition))
    partner = other_root.user(None, identity_policy("sts:AssumeRole"))
    command.profile("partner", partner.keys)
    common = {"role_arn": arn, "source_profile": "partner", "role_session_name": "cli"}
    right, wrong = command.configure("right", **common, external_id="gk-42"), command.configure("wrong", **common)
    who = command("--profile", right, "sts", "get-caller-identity").json()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, session_arn(arn.rsplit("/", 1)[1], "cli"))
    assert "Keys" in command("--profile", right, "kms", "list-keys").json()
    said = command("--profile", wrong, "sts", "get-caller-identity")
    assert said.code != 0
    assert "An error occurred (AccessDenied) when calling the AssumeRole operation" in said.err


def test_a_user_is_made_used_and_unmade(command):
    """What a first day's notes would say, word for word."""
    name = fresh("cli-user")
    made = command("iam", "create-user", "--user-name", name, "--tags", "Key=team,Value=blue").json()["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}" and made["Tags"] == [{"Key": "team", "Value": "blue"}]
    document = command.write("policy.json", identity_policy("kms:ListKeys"))
    on = ("--user-name", name)
    assert command("iam", "put-user-policy", *on, "--policy-name", "keys", "--policy-document", document).code == 0
    key = command("iam", "create-access-key", *on).json()["AccessKey"]
    command.profile(name, Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    assert command("--profile", name, "sts", "get-caller-identity", "--query", "Arn", "--output", "text").text() == made["Arn"]
    assert "Keys" in command("--profile", name, "kms", "list-keys").json()
    said = command("--profile", name, "iam", "list-users")
    assert said.code == 255
    assert said.err.strip().endswith(
        f"An error occurred (AccessDenied) when calling the ListUsers operation: User: {made['Arn']} is not authorized to perform: "
        f"iam:ListUsers on resource: arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action"
    ), said.err
    shown = command("iam", "get-user-policy", *on, "--policy-name", "keys").json()
    assert shown["PolicyDocument"] == identity_policy("kms:ListKeys")
    said = command("iam", "delete-user", *on)
    assert "An error occurred (DeleteConflict) when calling the DeleteUser operation: Cannot delete entity" in said.err
    assert command("iam", "delete-access-key", *on, "--access-key-id", key["AccessKeyId"]).code == 0
    assert command("iam", "delete-user-policy", *on, "--policy-name", "keys").code == 0
    assert command("iam", "delete-user", *on).code == 0
    said = command("iam", "get-user", *on)
    assert f"An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name {name} cannot be found." in said.err
    said = command("--profile", name, "sts", "get-caller-identity")
    assert "(InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid" in said.err


def test_a_role_is_waited_for_and_assumed(command, root):
    name = fresh("cli-role")
    policy = command.write("trust.json", trust(root_arn()))
    command("iam", "create-role", "--role-name", name, "--assume-role-policy-document", policy).json()
    assert command("iam", "wait", "role-exists", "--role-name", name).code == 0
    maker = root.user(None, identity_policy("sts:AssumeRole"))
    command.profile("maker", maker.keys)
    ask = ("--role-arn", role_arn(name), "--role-session-name", "session")
    query = "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]"
    texts = command("--profile", "maker", "sts", "assume-role", *ask, "--query", query, "--output", "text").text().split("\t")
    for variable, value in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"), texts, strict=True):
        command.environment[f"AWS_{variable}"] = value
    command.environment["AWS_DEFAULT_REGION"] = REGION
    assert command("sts", "get-caller-identity", "--query", "Arn", "--output", "text").text() == session_arn(name)


def test_lists_as_tables_and_texts(command):
    name = fresh("cli-user")
    command("iam", "create-user", "--user-name", name, "--path", "/tables/").json()
    listed = command("iam", "list-users", "--path-prefix", "/tables/", "--query", "Users[].UserName", "--output", "text").text()
    assert name in listed.split()
    assert name in command("iam", "list-users", "--output", "table").text()
    command("iam", "delete-user", "--user-name", name)
    assert json.loads(command("iam", "get-account-summary").out)["SummaryMap"]["Users"] >= 0
