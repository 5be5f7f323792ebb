"""Whoever can call: users with access keys, sessions of roles, federated users, second factors; made by the test that needs them."""

import base64
import hashlib
import hmac
import itertools
import json
import struct
import time
from dataclasses import dataclass, field

from harness.clients import ACCOUNT, connect, root_arn
from harness.process import Gatekey, Keys

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CODE_SECONDS = 30
NUMBERS = itertools.count(1)


def fresh(prefix: str) -> str:
    """A name that no other test of this run has."""
    return f"{prefix}-{next(NUMBERS)}"


def user_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def role_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def session_arn(role: str, session: str = "session", account: str = ACCOUNT) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session}"


def keys_of(credentials: dict) -> Keys:
    """The temporary credentials of an answer of STS."""
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def identity_policy(action, effect="Allow", resource="*", **elements) -> dict:
    """A document with one statement, for a user, a role, a session or an organization."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource} | elements]}


def trust(principal, action="sts:AssumeRole", **elements) -> str:
    """A trust policy; `principal` is an ARN, or a whole Principal element."""
    who = {"AWS": principal} if isinstance(principal, str) else principal
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": action} | elements]})


@dataclass
class Identity:
    """Somebody with credentials. A client of any service: `somebody.kms`, `somebody.client("kms", region=...)`."""

    server: Gatekey
    arn: str
    keys: Keys
    account: str = ACCOUNT
    clients: dict = field(default_factory=dict)

    def client(self, service: str, region: str = "us-east-1"):
        if (service, region) not in self.clients:
            self.clients[service, region] = connect(self.server, self.keys, region=region, service=service)
        return self.clients[service, region]

    @property
    def kms(self):
        return self.client("kms")

    @property
    def iam(self):
        return self.client("iam")

    @property
    def sts(self):
        return self.client("sts")

    @property
    def organizations(self):
        return self.client("organizations")

    @property
    def ssm(self):
        return self.client("ssm")

    @property
    def tagging(self):
        return self.client("resourcegroupstaggingapi")

    def assume(self, role: str, session: str = "session", **parameters) -> "Identity":
        """A session of the role of this ARN."""
        answer = self.sts.assume_role(RoleArn=role, RoleSessionName=session, **parameters)
        return Identity(self.server, answer["AssumedRoleUser"]["Arn"], keys_of(answer["Credentials"]), role.split(":")[4])

    def federate(self, name: str, policy: dict | None = None, **parameters) -> "Identity":
        if policy is not None:
            parameters["Policy"] = json.dumps(policy)
        answer = self.sts.get_federation_token(Name=name, **parameters)
        return Identity(self.server, answer["FederatedUser"]["Arn"], keys_of(answer["Credentials"]), self.account)

    def session(self, **parameters) -> "Identity":
        """GetSessionToken: the same person, with temporary credentials."""
        answer = self.sts.get_session_token(**parameters)
        return Identity(self.server, self.arn, keys_of(answer["Credentials"]), self.account)


class Root(Identity):
    """The root user of an account, who makes everybody else in it."""

    def __init__(self, server: Gatekey, account: str = ACCOUNT):
        super().__init__(server, root_arn(account), server.keys(f"root-{account}"), account)

    def user(self, name: str | None = None, *documents: dict, managed: tuple[str, ...] = (), **parameters) -> Identity:
        """A user with an access key, these inline policies and these managed ones."""
        name = name or fresh("user")
        made = self.iam.create_user(UserName=name, **parameters)["User"]
        for number, document in enumerate(documents):
            self.iam.put_user_policy(UserName=name, PolicyName=f"inline-{number}", PolicyDocument=json.dumps(document))
        for arn in managed:
            self.iam.attach_user_policy(UserName=name, PolicyArn=arn)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Identity(self.server, made["Arn"], Keys(key["AccessKeyId"], key["SecretAccessKey"]), self.account)

    def role(self, name: str | None = None, *documents: dict, trusted: str | None = None, managed: tuple[str, ...] = (), **parameters) -> str:
        """A role that trusts the account, or whom `trusted` (a whole trust policy) says; its ARN."""
        name = name or fresh("role")
        policy = trusted or trust(self.arn)
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy, **parameters)["Role"]
        for number, document in enumerate(documents):
            self.iam.put_role_policy(RoleName=name, PolicyName=f"inline-{number}", PolicyDocument=json.dumps(document))
        for arn in managed:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        return made["Arn"]

    def delete_role(self, name: str) -> None:
        """Empties and deletes a role."""
        for policy in self.iam.list_role_policies(RoleName=name)["PolicyNames"]:
            self.iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self.iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        self.iam.delete_role(RoleName=name)

    def delete_user(self, name: str) -> None:
        """Empties and deletes a user that `user` made."""
        for key in self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in self.iam.list_user_policies(UserName=name)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=name, PolicyName=policy)
        for policy in self.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            self.iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        self.iam.delete_user(UserName=name)

    def policy(self, document: dict, name: str | None = None, **parameters) -> str:
        """A managed policy; its ARN."""
        made = self.iam.create_policy(PolicyName=name or fresh("policy"), PolicyDocument=json.dumps(document), **parameters)
        return made["Policy"]["Arn"]


class Device:
    """A virtual MFA device, as an app on a phone is one: the seed, and codes by the clock (RFC 6238)."""

    def __init__(self, iam, name: str | None = None):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name or fresh("phone"))["VirtualMFADevice"]
        self.serial, self.image = made["SerialNumber"], made["QRCodePNG"]
        text = made["Base32StringSeed"].decode()
        self.seed = base64.b32decode(text + "=" * (-len(text) % 8))
        self.used = -1

    def code(self, step: int) -> str:
        digest = hmac.new(self.seed, struct.pack(">Q", step), hashlib.sha1).digest()
        start = digest[-1] & 15
        number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06d}"

    @staticmethod
    def now() -> int:
        return int(time.time()) // CODE_SECONDS

    def enable(self, iam, user: str) -> None:
        """Shows the code before the present one and the present one; the next one is taken already too."""
        first = self.now() - 1
        iam.enable_mfa_device(
            UserName=user,
            SerialNumber=self.serial,
            AuthenticationCode1=self.code(first),
            AuthenticationCode2=self.code(first + 1),
        )
        self.used = first + 1

    def fresh_code(self) -> str:
        """A code that was not used: this step's, or the next one's, which is taken already. One for each step."""
        self.used = max(self.used + 1, self.now())
        return self.code(self.used)

    def wrong_code(self) -> str:
        """A code of none of the steps around the present."""
        near = {self.code(self.now() + off) for off in range(-3, 4)}
        return next(code for code in (f"{number:06d}" for number in range(10)) if code not in near)
