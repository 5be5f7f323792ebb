"""S1, "that time I locked myself out": an application cannot read its secrets from Parameter Store, and whoever was left lets it."""

import pytest

from harness import cli, process
from harness.clients import ACCOUNT, REGION
from harness.identities import ADMINISTRATOR, Root, identity_policy, role_arn, session_arn
from harness.policies import account_may, document, statement

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
INSTANCE = "i-0123456789abcdef0"
# The "secure" minimal policy: the deployment alone; neither the application nor an administrator.
MINIMAL = document(statement(role_arn("DeployRole"), ["kms:Encrypt", "kms:DescribeKey"]))
# What AWS takes without the bypass: the deployment can change the policy, and is the one way back in.
KEPT = document(statement(role_arn("DeployRole"), ["kms:Encrypt", "kms:DescribeKey", "kms:PutKeyPolicy"]))
# The article's second solution: whoever administers, and whoever uses.
EXPLICIT = document(
    account_may(),
    statement(role_arn("DevOpsAdminRole"), ["kms:Describe*", "kms:Get*", "kms:List*", "kms:PutKeyPolicy"]),
    statement(role_arn("WebAppInstanceRole"), ["kms:Decrypt", "kms:DescribeKey"]),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = process.dev(tmp_path_factory.mktemp("s1"), [ACCOUNT])
    yield running
    running.kill()


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    """A profile for everybody in the story."""
    root = Root(server)
    alice = root.user("alice", managed=(ADMINISTRATOR,))
    root.role("DeployRole", identity_policy(["kms:*", "ssm:*"]))
    root.role("DevOpsAdminRole", identity_policy(["kms:Describe*", "kms:Get*", "kms:List*", "kms:PutKeyPolicy"]))
    root.role("WebAppInstanceRole", identity_policy(["kms:Decrypt", "ssm:GetParameter"]))
    people = {"root": root, "alice": alice}
    for profile, role in [("deploy", "DeployRole"), ("devops", "DevOpsAdminRole"), ("webapp", "WebAppInstanceRole")]:
        people[profile] = alice.assume(role_arn(role), INSTANCE)
    command = cli.Aws(server, tmp_path_factory.mktemp("aws"))
    for name, identity in people.items():
        command.profile(name, identity.keys)
    command.write("minimal.json", MINIMAL)
    command.write("kept.json", KEPT)
    command.write("default.json", document(account_may()))
    command.write("solution2.json", EXPLICIT)
    return command


def failed(said, operation: str, code: str) -> str:
    """The command ended as AWS's does; what it says."""
    assert said.code == 255, said
    begin = f"An error occurred ({code}) when calling the {operation} operation: "
    assert begin in said.err, said.err
    return said.err.split(begin)[1].strip()


def test_the_replay_with_the_command_line(aws, server):
    create = ("--profile", "deploy", "kms", "create-key", "--policy")
    assert failed(aws(*create, "file://minimal.json"), "CreateKey", "MalformedPolicyDocumentException") == LOCKED_OUT
    key_id = aws(*create, "file://kept.json", "--query", "KeyMetadata.KeyId", "--output", "text").text()
    put = ("--name", "/prod/db", "--type", "SecureString", "--key-id", key_id, "--value", "s3cr3t")
    assert aws("--profile", "deploy", "ssm", "put-parameter", *put).json()["Version"] == 1

    get = ("--profile", "webapp", "ssm", "get-parameter", "--name", "/prod/db", "--with-decryption")
    webapp = session_arn("WebAppInstanceRole", INSTANCE)
    why = "because no resource-based policy allows the kms:Decrypt action"
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"
    told = failed(aws(*get), "GetParameter", "AccessDeniedException")
    denied = f"User: {webapp} is not authorized to perform: kms:Decrypt on resource: {arn} {why}"
    assert told.startswith(f"{denied} (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: ")

    back = ("kms", "put-key-policy", "--key-id", key_id, "--policy")
    for profile in ("devops", "alice", "root"):
        failed(aws("--profile", profile, *back, "file://default.json"), "PutKeyPolicy", "AccessDeniedException")

    # An administrator who was not removed is the way back in: here the deployment.
    assert aws("--profile", "deploy", *back, "file://solution2.json").code == 0
    assert aws(*get, "--query", "Parameter.Value", "--output", "text").text() == "s3cr3t"

    # The policy no longer lets the role: denied again; and recovered by whoever has a say now.
    only_admins = document(account_may(), statement(role_arn("WebAppInstanceRole"), "kms:Decrypt", effect="Deny"))
    aws.write("denying.json", only_admins)
    assert aws("--profile", "devops", *back, "file://denying.json").code == 0
    told = failed(aws(*get), "GetParameter", "AccessDeniedException")
    assert "with an explicit deny in a resource-based policy" in told
    assert aws("--profile", "devops", *back, "file://default.json").code == 0
    assert aws(*get, "--query", "Parameter.Value", "--output", "text").text() == "s3cr3t"
    events = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and path.suffix != ".sock")
    assert b"s3cr3t" not in events
