"""`gatekey policy orphans` and `rebind`: who is gone is listed, and another is named instead once it is approved."""

import json
import os
import pty
import shlex
import subprocess

from harness import pages, process
from harness.clients import ACCOUNT

KEEPER = f"arn:aws:iam::{ACCOUNT}:user/bookkeeper"


def test_the_page_on_orphans_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("orphans.md", aws, tmp_path)
    assert 'statement 2 "Users", which allows whom it names' in said
    assert f"there is another of that name now: {KEEPER}" in said
    assert "nobody has that name now" in said
    assert "aws kms revoke-grant --key-id" in said and f"--grantee-principal {KEEPER} --operations Decrypt" in said
    assert f"+ kms:Decrypt  {KEEPER}" in said
    assert "nothing was changed" in said and "--yes" in said
    assert "done: version 2 of the policy" in said
    history = json.loads((tmp_path / "history.json").read_text())
    assert history[0]["Why"] == f"RebindPrincipal of {KEEPER} to {KEEPER}: the bookkeeper is back"
    left = json.loads((tmp_path / "left.json").read_text())
    assert [(one["Written"], one["Place"]["Kind"]) for one in left] == [
        (f"arn:aws:iam::{ACCOUNT}:user/stand-in", "STATEMENT"),
        (KEEPER, "GRANTEE"),
    ]


def orphaned(root, kms, name):
    """A key whose policy names a user who is gone, and the user's id."""
    user = root.iam.create_user(UserName=name)["User"]
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    names = [f"arn:aws:iam::{ACCOUNT}:root", user["Arn"]]
    policy = {"Version": "2012-10-17", "Statement": [statement | {"Principal": {"AWS": names}}]}
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    root.iam.delete_user(UserName=name)
    return key, user["UserId"]


def test_what_the_list_proposes_can_be_pasted(gatekey, root, kms):
    key, _ = orphaned(root, kms, "pasted")
    again = root.iam.create_user(UserName="pasted")["User"]
    listed = gatekey("policy", "orphans", "--key", key).out
    (line,) = [line for line in listed.splitlines() if "to name another: " in line]
    command = shlex.split(line.split("to name another: ")[1])
    assert command[0] == "gatekey"
    done = gatekey(*command[1:], "--yes")
    assert done.code == 0, done.err
    assert again["Arn"] in kms.get_key_policy(KeyId=key)["Policy"]
    assert "nobody whom a policy or a grant names is gone" in gatekey("policy", "orphans", "--key", key).out


def at_terminal(aws, answer, *args):
    """Runs the command at a terminal where a person gives this answer."""
    person, terminal = pty.openpty()
    os.write(person, answer.encode() + b"\n")
    command = [process.binary(), *args]
    ended = subprocess.run(
        command, env=aws.environment, stdin=terminal, capture_output=True, text=True, timeout=60, check=False
    )
    os.close(person)
    os.close(terminal)
    return ended


def test_a_person_at_the_terminal_sees_what_changes_and_approves_or_not(aws, root, kms):
    key, user = orphaned(root, kms, "asked")
    new = root.iam.create_user(UserName="successor")["User"]
    command = ("policy", "rebind", key, "--from", user, "--to", new["Arn"])
    refused = at_terminal(aws, "no", *command)
    assert refused.returncode == 1 and "it was not approved" in refused.stderr
    assert user in kms.get_key_policy(KeyId=key)["Policy"]
    done = at_terminal(aws, "yes", *command)
    assert done.returncode == 0, done.stderr
    assert f"+ kms:Decrypt  {new['Arn']}" in done.stdout and "done: version 2" in done.stdout
    assert new["Arn"] in kms.get_key_policy(KeyId=key)["Policy"]
