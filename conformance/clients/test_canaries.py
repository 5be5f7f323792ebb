"""Nothing secret that comes in is ever told: canaries go into every secret input of every operation, and are then looked for."""

import base64
import pathlib
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import process
from harness.clients import ACCOUNT, connect
from harness.identities import Identity

SERVICES = ("kms", "iam", "sts", "ssm", "secretsmanager")
# A multiple of three bytes, so that its base64 has one form.
CANARY = "Canary-7f3a9b2c-Hush-In!"
FORMS = [
    CANARY.encode(),
    base64.b64encode(CANARY.encode()),
    CANARY.encode().hex().encode(),
    CANARY.encode().hex().upper().encode(),
    urllib.parse.quote(CANARY, safe="").encode(),
    str(list(CANARY.encode())).encode(),
]
# What the models do not mark. One-time codes are not among them: AWS's texts repeat a code that is malformed.
UNMARKED = {
    "AssertionValue", "CiphertextBlob", "EncryptedKeyMaterial", "ImportToken", "Mac",
    "Message", "NewPassword", "OldPassword", "Password", "Plaintext", "SAMLAssertion", "SecretBinary", "SecretString", "Signature",
    "WebIdentityToken",
}  # fmt: skip


def is_secret(name: str, shape) -> bool:
    return shape.type_name in ("string", "blob") and (bool(shape.metadata.get("sensitive")) or name in UNMARKED)


def has_secret(shape, name: str = "") -> bool:
    if shape.type_name == "structure":
        return any(has_secret(member, key) for key, member in shape.members.items())
    return is_secret(name, shape)


def filled(shape, name: str, known: dict):
    """A value of a shape: canaries where it is secret, and else what is known of this name, or something of its kind."""
    if is_secret(name, shape):
        return CANARY.encode() if shape.type_name == "blob" else CANARY
    if name in known:
        return known[name]
    if shape.type_name == "structure":
        wanted = [key for key, member in shape.members.items() if key in shape.required_members or has_secret(member, key)]
        return {key: filled(shape.members[key], key, known) for key in wanted}
    if shape.type_name == "list":
        return [filled(shape.member, "", known)]
    if shape.type_name == "map":
        return {"a": "b"}
    enum = getattr(shape, "enum", None)
    plain = {"string": "x" * 32, "integer": 1, "long": 1, "boolean": False, "timestamp": 0, "blob": b"x", "double": 1.0, "float": 1.0}
    return enum[0] if enum else plain[shape.type_name]


def cases(client):
    """Every operation with a secret input, with one of each."""
    model = client.meta.service_model
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is not None and has_secret(shape):
            yield name, shape


class World:
    def __init__(self, folder):
        self.metrics = f"127.0.0.1:{process.free_port()}"
        self.server = process.dev(folder, [ACCOUNT], arguments=("--log-level", "trace", "--metrics-listen", self.metrics))
        self.root = Identity(self.server, "root", self.server.keys(f"root-{ACCOUNT}"))
        self.errors: list[str] = []
        self.calls = 0

    def client(self, identity: Identity, service: str):
        client = connect(self.server, identity.keys, service=service)
        # What is invalid must reach the server.
        client._serializer = getattr(client._serializer, "_serializer", client._serializer)
        return client

    def call(self, client, operation: str, parameters: dict) -> bool:
        self.calls += 1
        try:
            client._make_api_call(operation, parameters)
        except ClientError as error:
            self.errors.append(f"{operation}: {error.response}")
            return False
        except (BotoCoreError, AttributeError, TypeError):
            return False
        return True


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("canaries"))
    yield made
    made.server.stop()


def known_of(world) -> dict:
    """What exists, so that operations succeed with a canary in them."""
    kms = world.client(world.root, "kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    iam = world.client(world.root, "iam")
    iam.create_user(UserName="canary")
    return {"KeyId": key, "UserName": "canary", "Name": "canary", "SecretId": "canary", "SourceKeyId": key,
            "DestinationKeyId": key, "VersionStages": ["AWSCURRENT"]}  # fmt: skip


def test_no_secret_input_of_any_operation_is_in_a_log_an_event_an_error_a_metric_or_a_file(world):
    known = known_of(world)
    made = world.client(world.root, "iam")
    made.create_user(UserName="nobody")
    key = made.create_access_key(UserName="nobody")["AccessKey"]
    nobody = Identity(world.server, "nobody", process.Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    succeeded, operations = set(), set()
    for service in SERVICES:
        for identity in (world.root, nobody):
            client = world.client(identity, service)
            for operation, shape in cases(client):
                operations.add(operation)
                whole = filled(shape, "", known)
                if "SecretString" in whole:
                    whole.pop("SecretBinary", None)
                if operation == "PutParameter":
                    whole["Type"] = "SecureString"
                token = {"ClientRequestToken": "0" * 31 + str(len(operations) % 10)} if "ClientRequestToken" in shape.members else {}
                # As it should be, with things that do not exist, with members missing, and with one of the wrong kind.
                if world.call(client, operation, whole | token):
                    succeeded.add(operation)
                world.call(client, operation, filled(shape, "", {}))
                world.call(client, operation, {name: value for name, value in whole.items() if has_secret(shape.members[name], name)})
                world.call(client, operation, {name: {"a": value} if value == CANARY else value for name, value in whole.items()})
    assert {"Encrypt", "CreateSecret", "PutParameter", "CreateLoginProfile"} <= succeeded, succeeded
    assert {"Decrypt", "Sign", "ImportKeyMaterial", "PutSecretValue", "ChangePassword", "AssumeRoleWithSAML"} <= operations
    assert_nowhere(world)


def assert_nowhere(world) -> None:
    told = [error for error in world.errors if any(form.decode() in error for form in FORMS)]
    assert not told, sorted({error.split(':')[0] for error in told})
    files = [path for path in world.server.folder.rglob("*") if path.is_file()]
    assert len(files) > 2 and "stderr.log" in {path.name for path in files}
    found = [(str(path), form) for path in files for form in FORMS if form in path.read_bytes()]
    assert not found, [(path, form, pathlib.Path(path).read_bytes().split(form)[0][-300:]) for path, form in found[:3]]
    with urllib.request.urlopen(f"http://{world.metrics}/metrics", timeout=10) as answer:
        metrics = answer.read()
    assert metrics and not any(form in metrics for form in FORMS)
