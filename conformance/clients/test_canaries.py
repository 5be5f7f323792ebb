"""Nothing secret that comes in or goes out is ever told: canaries go into every secret input of every operation, and into what is no
input at all, and are then looked for, and so is every secret that an answer held."""

import base64
import json
import re
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import process, wire
from harness.clients import ACCOUNT, connect
from harness.identities import Identity

SERVICES = (
    "kms", "iam", "sts", "ssm", "secretsmanager", "organizations", "resourcegroupstaggingapi", "cloudtrail", "accessanalyzer",
)  # fmt: skip
MODELS = sorted(path for path in (process.REPOSITORY / "models").glob("*.json") if not path.name.startswith("sample"))
# A multiple of three bytes, so that its base64 has one form.
CANARY = "Canary-7f3a9b2c-Hush-In!"
# One-time codes: AWS's texts repeat one that is malformed to whoever sent it, and nothing else may.
CODE = "q7Zx9k"
CODES = {"AuthenticationCode1", "AuthenticationCode2", "TokenCode"}
# Secrets that answers hold. Session tokens are not among them: CloudTrail's events have them, and without their keys they are nothing.
RELEASED = {
    "Base32StringSeed", "Plaintext", "PrivateKeyPlaintext", "RandomPassword", "SecretAccessKey", "SecretString", "ServicePassword",
    "SharedSecret",
}  # fmt: skip


def forms(secret: bytes) -> list[bytes]:
    """How a secret may be written where it must not be."""
    base64s = [base64.b64encode(secret), base64.urlsafe_b64encode(secret)]
    return [
        secret, *base64s, secret.hex().encode(), secret.hex().upper().encode(), urllib.parse.quote(secret, safe="").encode(),
        str(list(secret)).encode(),
    ]  # fmt: skip


FORMS = forms(CANARY.encode())
# What the models do not mark.
UNMARKED = {
    "AssertionValue", "CiphertextBlob", "EncryptedKeyMaterial", "ImportToken", "Mac",
    "Message", "NewPassword", "OldPassword", "Password", "Plaintext", "SAMLAssertion", "SecretBinary", "SecretString", "Signature",
    "WebIdentityToken",
}  # fmt: skip


def is_secret(name: str, shape) -> bool:
    marked = bool(shape.metadata.get("sensitive")) or name in UNMARKED | CODES
    return shape.type_name in ("string", "blob") and marked


def has_secret(shape, name: str = "", within: frozenset = frozenset()) -> bool:
    """Whether anything in it is secret. Some shapes hold themselves."""
    if shape.name in within:
        return False
    if shape.type_name == "structure":
        return any(has_secret(member, key, within | {shape.name}) for key, member in shape.members.items())
    if shape.type_name == "list":
        return has_secret(shape.member, name, within | {shape.name})
    return is_secret(name, shape)


def canary(name: str, shape):
    if name in CODES:
        return CODE
    if name == "Email":
        return f"{CANARY}@example.com"
    return CANARY.encode() if shape.type_name == "blob" else CANARY


def released(shape, value, name: str = ""):
    """Every secret that an answer holds."""
    if shape.type_name == "structure":
        for key, member in shape.members.items():
            if key in value:
                yield from released(member, value[key], key)
    elif shape.type_name == "list":
        for element in value:
            yield from released(shape.member, element, name)
    elif name in RELEASED:
        yield value.encode() if isinstance(value, str) else value


def filled(shape, name: str, known: dict):
    """A value of a shape: canaries where it is secret, and else what is known of this name, or something of its kind."""
    if is_secret(name, shape):
        return canary(name, shape)
    if name in known:
        return known[name]
    if shape.type_name == "structure":
        wanted = [key for key, member in shape.members.items() if key in shape.required_members or has_secret(member, key)]
        return {key: filled(shape.members[key], key, known) for key in wanted}
    if shape.type_name == "list":
        return [filled(shape.member, name, known)]
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
        self.server = process.dev(folder, [ACCOUNT], arguments=("--log-level", "trace", "--metrics-listen", self.metrics, "--management-account", ACCOUNT))
        self.root = Identity(self.server, "root", self.server.keys(f"root-{ACCOUNT}"))
        self.errors: list[str] = []
        self.released: set[bytes] = set()
        self.calls = 0

    def client(self, identity: Identity, service: str):
        client = connect(self.server, identity.keys, service=service)
        # What is invalid must reach the server.
        client._serializer = getattr(client._serializer, "_serializer", client._serializer)
        return client

    def call(self, client, operation: str, parameters: dict) -> bool:
        self.calls += 1
        try:
            answer = client._make_api_call(operation, parameters)
            output = client.meta.service_model.operation_model(operation).output_shape
            if output is not None:
                self.released.update(released(output, answer))
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
                world.call(client, operation, {name: {"a": value} if value in (CANARY, CODE) else value for name, value in whole.items()})
    assert {"Encrypt", "CreateSecret", "PutParameter", "CreateLoginProfile"} <= succeeded, succeeded
    assert {"CreateAccount", "EnableMFADevice", "GetSessionToken", "CheckAccessNotGranted"} <= operations
    assert {"Decrypt", "Sign", "ImportKeyMaterial", "PutSecretValue", "ChangePassword", "AssumeRoleWithSAML"} <= operations
    assert_nowhere(world)


def test_no_secret_that_an_answer_held_is_in_a_log_an_event_a_metric_or_a_file(world):
    kms, sm = world.client(world.root, "kms"), world.client(world.root, "secretsmanager")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    agreed = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    public = kms.get_public_key(KeyId=agreed)["PublicKey"]
    wrapped = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    iam, sts = world.client(world.root, "iam"), world.client(world.root, "sts")
    iam.create_user(UserName="released")
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}}
    role = iam.create_role(RoleName="released", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    access = iam.create_access_key(UserName="released")["AccessKey"]
    user = Identity(world.server, "released", process.Keys(access["AccessKeyId"], access["SecretAccessKey"]))
    iam.put_user_policy(UserName="released", PolicyName="p", PolicyDocument=json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}))
    secret = sm.create_secret(Name="released", SecretString="Told-to-its-reader-7c41")["ARN"]
    sts = world.client(user, "sts")
    before = len(world.released)
    for client, operation, parameters in [
        (kms, "GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}),
        (kms, "GenerateDataKeyPair", {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms, "GenerateRandom", {"NumberOfBytes": 32}),
        (kms, "Decrypt", {"KeyId": key, "CiphertextBlob": wrapped}),
        (kms, "DeriveSharedSecret", {"KeyId": agreed, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public}),
        (iam, "CreateAccessKey", {"UserName": "released"}),
        (iam, "CreateVirtualMFADevice", {"VirtualMFADeviceName": "released"}),
        (sts, "GetSessionToken", {}),
        (sts, "AssumeRole", {"RoleArn": role, "RoleSessionName": "session"}),
        (sm, "GetRandomPassword", {}),
        (sm, "GetSecretValue", {"SecretId": secret}),
    ]:
        assert world.call(client, operation, parameters), (operation, world.errors[-1:])
    assert len(world.released) - before >= 11
    assert_nowhere(world)


def raw_requests(world, model: dict, operation: dict):
    """Canaries where no input is: in members that nobody knows, in bodies that are cut or not the protocol at all, in the URL."""
    metadata = model["metadata"]
    service = metadata.get("signingName", metadata["endpointPrefix"])
    hushed = json.dumps({"Hush": CANARY, "Nested": {"Hush": [CANARY]}}).encode()
    bodies = [hushed, hushed[:-20], json.dumps([CANARY]).encode(), f"<Hush>{CANARY}</Hush>".encode()]
    quoted = urllib.parse.quote(CANARY, safe="")
    if metadata["protocol"] == "query":
        head = f"Action={operation['name']}&Version={metadata['apiVersion']}&"
        for tail in (f"Hush={quoted}&Password.member.1={quoted}", f"Hush={CANARY}%ZZ", f"{quoted}"):
            yield {"body": (head + tail).encode(), "target": None, "content_type": "application/x-www-form-urlencoded", "service": service}
        yield {"body": b"", "target": None, "content_type": None, "service": service, "method": "GET", "query": f"{head}Hush={quoted}"}
        return
    if metadata["protocol"] == "rest-json":
        path = re.sub(r"{[^}]*}", "x", operation["http"]["requestUri"]).split("?")[0]
        for body in bodies:
            yield {"body": body, "target": None, "content_type": "application/json", "service": service,
                   "method": operation["http"]["method"], "path": path}  # fmt: skip
        return
    for body in bodies:
        yield {"body": body, "target": f"{metadata['targetPrefix']}.{operation['name']}", "service": service}
    yield {"body": hushed, "target": f"{metadata['targetPrefix']}.{operation['name']}", "service": service, "query": f"Hush={quoted}"}


def test_what_is_no_input_of_any_operation_is_told_nowhere_either(world):
    sender = wire.Wire(world.server, world.root.keys)
    told, sent = [], 0
    for path in MODELS:
        model = json.loads(path.read_text())
        assert model["operations"], path
        for name, operation in model["operations"].items():
            for fields in raw_requests(world, model, {"name": name, **operation}):
                body = fields.pop("body")
                answer = sender.send(sender.request(body, **fields))
                sent += 1
                # An answer may show its owner what others put in.
                if answer.status >= 400 and any(form in answer.body for form in FORMS):
                    told.append((name, fields, answer))
    sender.close()
    assert len(MODELS) == 10 and sent > 1_000
    assert not told, told[:3]
    assert_nowhere(world)


def assert_nowhere(world) -> None:
    told = [error for error in world.errors if any(form.decode() in error for form in FORMS)]
    assert not told, sorted({error.split(':')[0] for error in told})
    files = [path for path in world.server.folder.rglob("*") if path.is_file()]
    assert len(files) > 2 and "stderr.log" in {path.name for path in files}
    hidden = FORMS + [CODE.encode()] + [form for secret in world.released if len(secret) >= 16 for form in forms(secret)]
    held = {path: path.read_bytes() for path in files}
    found = [(path, form) for path, content in held.items() for form in hidden if form in content]
    assert not found, [(str(path), form, held[path].split(form)[0][-300:]) for path, form in found[:3]]
    with urllib.request.urlopen(f"http://{world.metrics}/metrics", timeout=10) as answer:
        metrics = answer.read()
    assert metrics and not any(form in metrics for form in hidden)
