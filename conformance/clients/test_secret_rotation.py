"""Rotation of secrets by a function that the operator registered: a program that knows boto3 and nothing of Gatekey."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import time
from unittest import mock

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from harness.clients import ACCOUNT, REGION, connect
from harness.identities import Identity, Root, identity_policy
from harness.installed import Installation
from harness.openid import Published
from harness.terraform import Terraform

FUNCTION, BROKEN, REMOTE = (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" for name in ("rotate", "broken", "remote"))
# The four steps, as AWS's templates do them, with credentials of its own.
PROGRAM = """
import json, sys, boto3
event, settings = json.load(sys.stdin), json.load(open(sys.argv[1]))
client = boto3.client("secretsmanager", **settings)
secret, token = event["SecretId"], event["ClientRequestToken"]
stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
if event["Step"] == "createSecret":
    fresh = client.get_random_password(ExcludePunctuation=True)["RandomPassword"]
    client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="rotated-" + fresh,
                            VersionStages=["AWSPENDING"], RotationToken=event["RotationToken"])
elif event["Step"] == "testSecret":
    value = client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    assert value["SecretString"]
elif event["Step"] == "finishSecret" and "AWSCURRENT" not in stages[token]:
    current = [version for version, labels in stages.items() if "AWSCURRENT" in labels]
    client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token,
                                       RemoveFromVersionId=current[0])
"""
PATIENCE = 60


class Remote(Published):
    """The same program behind HTTPS, under an authority of its own."""

    def __init__(self, folder: pathlib.Path, command: list[str]):
        folder.mkdir()
        self.command = command
        super().__init__(folder)
        self.authorities = folder / "authority.pem"
        self.authorities.write_bytes(self.authority.public_bytes(Encoding.PEM))

    def handler(self):
        remote = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                event = self.rfile.read(int(self.headers["content-length"]))
                remote.asked.append(json.loads(event)["Step"])
                ended = subprocess.run(remote.command, input=event, check=False, timeout=PATIENCE)
                self.send_response(500 if ended.returncode else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


class World:
    """A server with three functions: a program, one that always fails, and one behind HTTPS."""

    def __init__(self, folder: pathlib.Path):
        self.installation = Installation(folder, folder / "data")
        self.installation.start()
        root = Root.__new__(Root)
        Identity.__init__(root, self.installation.running, f"arn:aws:iam::{ACCOUNT}:root", self.installation.keys())
        rotator = root.user(None, identity_policy("secretsmanager:*"))
        keys = rotator.keys
        assert self.installation.running.stop() == 0
        program, self.settings = folder / "rotate.py", folder / "function.json"
        program.write_text(PROGRAM)
        command = [sys.executable, str(program), str(self.settings)]
        self.remote = Remote(folder / "remote", command)
        tables = {FUNCTION: command, BROKEN: ["/bin/false"]}
        lines = [f'[rotation.functions."{arn}"]\ncommand = {json.dumps(command)}\n' for arn, command in tables.items()]
        lines.append(f'[rotation.functions."{REMOTE}"]\nurl = "{self.remote.url}/rotate"\nprivate = true\n')
        (folder / "data" / "gatekey.toml").write_text("\n".join(lines))
        with mock.patch.dict(os.environ, SSL_CERT_FILE=str(self.remote.authorities)):
            self.server = self.installation.start()
        self.settings.write_text(
            json.dumps(
                {
                    "endpoint_url": self.server.endpoint,
                    "region_name": REGION,
                    "aws_access_key_id": keys.access,
                    "aws_secret_access_key": keys.secret,
                }
            )
        )
        self.client = connect(self.server, self.installation.keys(), service="secretsmanager")

    def settled(self, name: str) -> dict:
        """Waits until no rotation is under way any more."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            told = self.client.describe_secret(SecretId=name)
            labels = told.get("VersionIdsToStages", {}).values()
            if not any("AWSPENDING" in of and "AWSCURRENT" not in of for of in labels) and "LastRotatedDate" in told:
                return told
            time.sleep(0.1)
        raise AssertionError(f"{told}\n{self.server.log()}")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("rotation"))
    yield made
    made.installation.end()
    made.remote.close()


def test_a_function_rotates_a_secret_with_its_own_rights(world):
    world.client.create_secret(Name="shop/db", SecretString="old")
    made = world.client.rotate_secret(
        SecretId="shop/db", RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 30}
    )
    told = world.settled("shop/db")
    assert "AWSCURRENT" in told["VersionIdsToStages"][made["VersionId"]]
    assert told["RotationEnabled"] and told["NextRotationDate"] > told["LastRotatedDate"]
    assert world.client.get_secret_value(SecretId="shop/db")["SecretString"].startswith("rotated-")
    assert world.client.get_secret_value(SecretId="shop/db", VersionStage="AWSPREVIOUS")["SecretString"] == "old"


def test_a_function_behind_https_rotates_a_secret(world):
    world.client.create_secret(Name="shop/remote", SecretString="old")
    made = world.client.rotate_secret(SecretId="shop/remote", RotationLambdaARN=REMOTE)
    told = world.settled("shop/remote")
    assert world.remote.asked == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert "AWSCURRENT" in told["VersionIdsToStages"][made["VersionId"]]
    assert world.client.get_secret_value(SecretId="shop/remote")["SecretString"].startswith("rotated-")


def test_a_function_that_fails_leaves_the_secret_as_it_was(world):
    world.client.create_secret(Name="shop/broken", SecretString="old")
    made = world.client.rotate_secret(SecretId="shop/broken", RotationLambdaARN=BROKEN)
    end = time.monotonic() + PATIENCE
    while "a rotation failed" not in world.server.log():
        assert time.monotonic() < end
        time.sleep(0.1)
    told = world.client.describe_secret(SecretId="shop/broken")
    assert told["VersionIdsToStages"][made["VersionId"]] == ["AWSPENDING"]
    assert "LastRotatedDate" not in told
    assert world.client.get_secret_value(SecretId="shop/broken")["SecretString"] == "old"
    with pytest.raises(world.client.exceptions.InvalidRequestException) as refused:
        world.client.rotate_secret(SecretId="shop/broken")
    assert "A previous rotation isn't complete" in str(refused.value)
    world.client.cancel_rotate_secret(SecretId="shop/broken")
    assert world.client.describe_secret(SecretId="shop/broken")["RotationEnabled"] is False


def test_terraform_applies_plans_empty_updates_and_destroys_a_rotation(world, tmp_path):
    terraform = Terraform(world.server, "rotation", tmp_path, "default", function=FUNCTION)
    for stage in (1, 2):
        terraform.apply(stage)
        world.settled("tf/rotated")
        terraform.plan_is_empty(stage)
    assert terraform.outputs() == {"enabled": True}
    terraform.destroy(2)
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        world.client.describe_secret(SecretId="tf/rotated")
