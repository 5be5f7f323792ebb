"""Workload credentials: an SDK that nobody changed finds its role as on EC2 or in a container, and nobody else does."""

import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from harness import cli, process
from harness.clients import ACCOUNT, REGION
from harness.identities import Identity, Root, identity_policy, session_arn, trust
from harness.installed import Installation

INSTANCE, OTHER_INSTANCE = "i-0123456789abcdef0", "i-0fedcba9876543210"
# What a program does that knows boto3 and nothing of us: whence its keys came, who it is, and one call with them.
PROGRAM = """
import json, boto3
session = boto3.session.Session()
keys = session.get_credentials()
if keys is None:
    print(json.dumps({"found": None}))
else:
    arn = session.client("sts").get_caller_identity()["Arn"]
    made = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    print(json.dumps({"found": keys.method, "arn": arn, "made": made}))
"""
TOKEN_HEADER, TTL_HEADER = "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds"
CREDENTIALS = "/latest/meta-data/iam/security-credentials/"
NOTHING_FOUND = {"found": None}


@dataclass
class Place:
    """Where one workload asks."""

    name: str
    table: dict
    port: int = field(default_factory=process.free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def toml(self) -> str:
        lines = [f"{key} = {json.dumps(value)}" for key, value in ({"listen": f"127.0.0.1:{self.port}"} | self.table).items()]
        return "\n".join(["[[workload]]", *lines, ""])

    def ask(self, method: str, path: str, headers: dict | None = None) -> tuple[int, str]:
        """One request by hand."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def metadata_token(self) -> str:
        status, token = self.ask("PUT", "/latest/api/token", {TTL_HEADER: "60"})
        assert status == 200
        return token


def by_service(service: str, **condition) -> str:
    return trust({"Service": service}, **({"Condition": condition} if condition else {}))


class World:
    """An installation whose file gives three roles to workloads, in the two ways there are."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.installation = Installation(folder, folder / "gatekey-data")
        self.socket, self.foreign = folder / "own.sock", folder / "foreign.sock"
        common = {"account": ACCOUNT}
        instance = common | {"kind": "instance", "role": "web"}
        container = common | {"kind": "container"}
        self.web = Place("web", instance | {"session": INSTANCE})
        self.other_web = Place("other web", instance | {"session": OTHER_INSTANCE})
        self.worker = Place("worker", container | {"role": "worker", "session": "worker-1", "token_file": str(folder / "worker.token")})
        self.pod = Place(
            "pod",
            container | {"role": "pod", "session": "pod-1", "service": "pods.eks.amazonaws.com", "token_file": str(folder / "pod.token")},
        )
        of_socket = container | {"role": "worker", "session": "socket-1"}
        self.sockets = [
            Place("own", of_socket | {"listen": f"unix:{self.socket}", "uid": os.getuid()}),
            Place("foreign", of_socket | {"listen": f"unix:{self.foreign}", "uid": os.getuid() + 12345}),
        ]

    def before(self) -> None:
        """Started without any table: the roles are made."""
        self.installation.start()
        root = self.root()
        source = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{INSTANCE}"
        ec2 = by_service("ec2.amazonaws.com", ArnEquals={"aws:SourceArn": source}, StringEquals={"aws:SourceAccount": ACCOUNT})
        may = identity_policy("kms:CreateKey")
        root.role("web", may, trusted=ec2)
        root.role("worker", may, trusted=by_service("ecs-tasks.amazonaws.com"))
        root.role("pod", may, trusted=by_service("pods.eks.amazonaws.com"))

    def after(self) -> None:
        """Started again with the tables."""
        assert self.installation.running.stop() == 0
        places = [self.web, self.other_web, self.worker, self.pod, *self.sockets]
        (self.installation.data / "gatekey.toml").write_text("\n".join(place.toml() for place in places))
        self.installation.start()

    def root(self) -> Root:
        keys = self.installation.keys()
        root = Root.__new__(Root)
        Identity.__init__(root, self.installation.running, f"arn:aws:iam::{ACCOUNT}:root", keys)
        return root

    def environment(self, **extra: str) -> dict[str, str]:
        """A machine without keys, profiles or Regions but what the place gives."""
        nowhere = str(self.folder / "nowhere")
        settings = {
            "AWS_ENDPOINT_URL": self.installation.running.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_METADATA_SERVICE_TIMEOUT": "5",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1",
            "HOME": str(self.folder),
        }
        return process.clean_environment(**(settings | extra))

    def run(self, **extra: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM], env=self.environment(**extra), capture_output=True, text=True, timeout=60, check=False
        )

    def program(self, **extra: str) -> dict:
        ended = self.run(**extra)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


def listening(pid: int) -> set[int]:
    """The TCP ports on which a process listens, as the kernel has it."""
    sockets = {os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [row.split() for row in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("workloads"))
    try:
        made.before()
        made.ports_before = listening(made.installation.running.process.pid)
        made.found_before = made.program(AWS_EC2_METADATA_SERVICE_ENDPOINT=made.installation.running.endpoint)
        made.after()
        yield made
    finally:
        made.installation.end()


def token_of(place: Place) -> str:
    return pathlib.Path(place.table["token_file"]).read_text()


def test_without_a_table_nothing_listens_and_no_sdk_finds_credentials(world):
    """Off by default: one port, and no metadata on it."""
    assert len(world.ports_before) == 1
    assert world.found_before == NOTHING_FOUND


def test_an_instance_is_its_role(world):
    said = world.program(AWS_EC2_METADATA_SERVICE_ENDPOINT=world.web.url)
    assert (said["found"], said["arn"]) == ("iam-role", session_arn("web", INSTANCE))
    used = world.root().iam.get_role(RoleName="web")["Role"]["RoleLastUsed"]
    assert used["Region"] == REGION and "LastUsedDate" in used


def test_the_command_line_on_an_instance_is_the_role(world, tmp_path):
    command = cli.Aws(world.installation.running, tmp_path)
    command.environment = world.environment(AWS_EC2_METADATA_SERVICE_ENDPOINT=world.web.url)
    assert command("sts", "get-caller-identity").json()["Arn"] == session_arn("web", INSTANCE)


@pytest.mark.parametrize("by_file", [False, True])
def test_a_container_is_its_role_with_its_token(world, by_file):
    place = world.worker
    token = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": token_of(place)}
    if by_file:
        token = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": place.table["token_file"]}
    said = world.program(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{place.url}/v1/credentials", **token)
    assert (said["found"], said["arn"]) == ("container-role", session_arn("worker", "worker-1"))


def test_the_token_file_is_its_owners_alone(world):
    for place in (world.worker, world.pod):
        assert pathlib.Path(place.table["token_file"]).stat().st_mode & 0o077 == 0
    assert token_of(world.worker) != token_of(world.pod)


@pytest.mark.parametrize("name", ["none", "wrong", "another container's"])
def test_a_container_without_its_token_gets_nothing(world, name):
    token = {"none": {}, "wrong": {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "f" * 64}}.get(
        name, {"AWS_CONTAINER_AUTHORIZATION_TOKEN": token_of(world.pod)}
    )
    ended = world.run(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{world.worker.url}/v1/credentials", **token)
    assert ended.returncode != 0 and "401" in ended.stderr, ended.stderr
    status, body = world.worker.ask("GET", "/v1/credentials")
    assert status == 401 and "AccessKeyId" not in body


def test_an_instance_asks_with_a_session_token_or_gets_nothing(world):
    """Version 1 of the service, which has no tokens, is not there."""
    for path in ("/latest/meta-data/", CREDENTIALS, f"{CREDENTIALS}web"):
        assert world.web.ask("GET", path)[0] == 401
    for headers in ({}, {TTL_HEADER: "0"}, {TTL_HEADER: "21601"}):
        assert world.web.ask("PUT", "/latest/api/token", headers)[0] == 400
    assert world.web.ask("PUT", "/latest/api/token", {TTL_HEADER: "60", "X-Forwarded-For": "10.0.0.1"})[0] == 403
    token = world.web.metadata_token()
    assert world.web.ask("GET", CREDENTIALS, {TOKEN_HEADER: token}) == (200, "web")
    assert world.other_web.ask("GET", CREDENTIALS, {TOKEN_HEADER: token})[0] == 401, "a token is its own instance's"
    status, body = world.web.ask("GET", f"{CREDENTIALS}worker", {TOKEN_HEADER: token})
    assert status == 404, body


def test_the_trust_policy_decides_by_the_instance(world):
    """The role trusts EC2 for one instance: another one, with the same role in its table, is told so and gets no keys."""
    status, body = world.other_web.ask("GET", f"{CREDENTIALS}web", {TOKEN_HEADER: world.other_web.metadata_token()})
    said = json.loads(body)
    assert (status, said["Code"]) == (200, "AssumeRoleUnauthorizedAccess")
    assert "SecretAccessKey" not in said
    assert world.program(AWS_EC2_METADATA_SERVICE_ENDPOINT=world.other_web.url) == NOTHING_FOUND


def over(path: pathlib.Path) -> str:
    """The answer to a container's request over a Unix socket; nothing where the connection ended."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        try:
            connection.sendall(b"GET /v1/credentials HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except (BrokenPipeError, ConnectionResetError):
            return ""


def test_a_unix_socket_serves_one_user(world):
    said = over(world.socket)
    assert said.startswith("HTTP/1.1 200"), said
    assert json.loads(said.split("\r\n\r\n", 1)[1])["RoleArn"].endswith(":role/worker")
    assert over(world.foreign) == ""
    assert re.search(rf"\b{os.getuid()}\b", world.installation.running.log())


def test_no_page_in_a_browser_gets_in(world):
    token = {"Authorization": token_of(world.worker)}
    for headers in ({"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}, {"Host": "evil.example"}):
        status, body = world.worker.ask("GET", "/v1/credentials", token | headers)
        assert status == 403 and "AccessKeyId" not in body


def test_a_role_that_no_longer_trusts_is_given_no_more(world):
    """Last in the file: it takes the trust away."""
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{world.pod.url}/v1/credentials"}
    token = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": token_of(world.pod)}
    assert world.program(**uri, **token)["arn"] == session_arn("pod", "pod-1")
    world.root().iam.update_assume_role_policy(RoleName="pod", PolicyDocument=by_service("ecs-tasks.amazonaws.com"))
    ended = world.run(**uri, **token)
    assert ended.returncode != 0 and "403" in ended.stderr, ended.stderr


def test_no_secret_of_a_workload_is_logged(world):
    log = world.installation.running.log()
    body = json.loads(world.worker.ask("GET", "/v1/credentials", {"Authorization": token_of(world.worker)})[1])
    for secret in (body["SecretAccessKey"], body["Token"], token_of(world.worker)):
        assert secret not in log
