"""boto3 clients whose every answer is checked, and refusals as plain values."""

from typing import NamedTuple

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness import shapes
from harness.process import Gatekey, Keys

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
QUIET = Config(
    retries={"total_max_attempts": 1},
    parameter_validation=True,
    connect_timeout=10,
    read_timeout=120,
    max_pool_connections=32,
)
SESSION = boto3.session.Session()


def stranger(server: Gatekey):
    """A client of STS without any keys, for the two calls that nobody signs."""
    client = connect(server, Keys("nobody", "nothing"), service="sts")

    def insist(request, **_event):
        assert "Authorization" not in request.headers, "this call is not to be signed"

    client.meta.events.register("before-send", insist)
    return client


class Refusal(NamedTuple):
    """What a client is told when it is refused; an absent message is an empty one."""

    code: str
    message: str


def connect(server: Gatekey, keys: Keys, region: str = REGION, service: str = "kms", verify=None):
    """A client with one pair of keys, no retries, and every answer checked against the model."""
    client = SESSION.client(
        service,
        region_name=region,
        endpoint_url=server.endpoint,
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret,
        aws_session_token=keys.token,
        verify=verify,
        config=QUIET,
    )
    client.meta.events.register("after-call", shapes.check_answer)
    return client


def refusal(call, **parameters) -> Refusal:
    """Calls, insists on a refusal, and returns what it says."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return Refusal(error["Code"], error.get("Message", ""))


class Fault(NamedTuple):
    """A refusal with the status of its answer, which differs among IAM's errors."""

    code: str
    status: int
    message: str
    headers: dict[str, str]

    @property
    def kind(self) -> tuple[str, int]:
        return self.code, self.status


def fault(call, **parameters) -> Fault:
    """Like `refusal`, with status and headers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error, about = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    return Fault(error["Code"], about["HTTPStatusCode"], error.get("Message", ""), about["HTTPHeaders"])


def outcome(call, **parameters) -> str:
    """`ok`, or the code of the refusal: a cell of a table."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def alias_arn(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{account}:{name}"


def key_arn(key_id: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def root_arn(account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:root"
