"""Requests built byte by byte and signed here, so that any part of them can be wrong."""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import socket
from dataclasses import dataclass, field

from harness.clients import REGION
from harness.process import Gatekey, Keys

JSON = "application/x-amz-json-1.1"
ALGORITHM = "AWS4-HMAC-SHA256"


class Answer:
    """Status, headers and body of one answer; `code` and `message` are those of an error."""

    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json()["__type"]

    @property
    def message(self) -> str:
        return self.json().get("message", "")

    @property
    def error(self) -> tuple[str, str]:
        return self.code, self.message

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.body[:400]!r})"


def amz_date(moment: datetime.datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@dataclass
class Request:
    """A request to sign. Every field may be spoiled before `headers()` signs it, or the result after."""

    body: bytes
    keys: Keys
    host: str
    target: str | None = "TrentService.ListKeys"
    content_type: str | None = JSON
    region: str = REGION
    service: str = "kms"
    terminator: str = "aws4_request"
    method: str = "POST"
    path: str = "/"
    query: str = ""
    date: str = field(default_factory=lambda: amz_date(now()))
    scope_date: str | None = None
    algorithm: str = ALGORITHM
    token: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    unsigned: tuple[str, ...] = ()

    def scope(self) -> str:
        return f"{self.scope_date or self.date[:8]}/{self.region}/{self.service}/{self.terminator}"

    def plain_headers(self) -> dict[str, str]:
        headers = {"host": self.host, "x-amz-date": self.date}
        optional = {"content-type": self.content_type, "x-amz-target": self.target, "x-amz-security-token": self.token}
        return headers | {name: value for name, value in optional.items() if value is not None} | self.extra

    def headers(self) -> dict[str, str]:
        """All headers, `authorization` last."""
        headers = self.plain_headers()
        signed = ";".join(sorted(name for name in headers if name not in self.unsigned))
        credential = f"{self.keys.access}/{self.scope()}"
        value = f"{self.algorithm} Credential={credential}, SignedHeaders={signed}, Signature={self.signature(headers, signed)}"
        return headers | {"authorization": value}

    def signature(self, headers: dict[str, str], signed: str) -> str:
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed.split(";"))
        canonical = "\n".join([self.method, self.path, self.query, lines, signed, hashlib.sha256(self.body).hexdigest()])
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join([ALGORITHM, self.date, self.scope(), hashed])
        key = b"AWS4" + self.keys.secret.encode()
        for part in self.scope().split("/"):
            key = hmac_sha256(key, part)
        return hmac_sha256(key, to_sign).hex()


class Wire:
    """One keep-alive connection to a server, and one account's keys."""

    def __init__(self, server: Gatekey, keys: Keys):
        self.server, self.keys = server, keys
        host, port = server.address
        self.host = f"{host}:{port}"
        self.connection = http.client.HTTPConnection(host, port, timeout=30)

    def request(self, body: bytes = b"{}", **fields) -> Request:
        return Request(body=body, keys=self.keys, host=self.host, **fields)

    def send(self, request: Request, headers: dict[str, str] | None = None) -> Answer:
        """Sends with its own signed headers, or with exactly those given."""
        path = request.path + (f"?{request.query}" if request.query else "")
        return self.exchange(request.method, path, request.body, request.headers() if headers is None else headers)

    def exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            return self.attempt(method, path, body, headers)
        except (http.client.RemoteDisconnected, http.client.CannotSendRequest, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            return self.attempt(method, path, body, headers)

    def attempt(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"content-length": str(len(body))} | headers).items():
            self.connection.putheader(name, value)
        self.connection.endheaders(body)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        if response.will_close:
            self.connection.close()
        return answer

    def call(self, operation: str, parameters, **fields) -> Answer:
        """A correctly signed call; `parameters` is JSON, or bytes to send as they are."""
        body = parameters if isinstance(parameters, bytes) else json.dumps(parameters).encode()
        return self.send(self.request(body, target=f"TrentService.{operation}", **fields))

    def close(self) -> None:
        self.connection.close()


@contextlib.contextmanager
def raw_socket(server: Gatekey, timeout: float = 15):
    """A bare TCP connection."""
    with socket.create_connection(server.address, timeout=timeout) as connection:
        yield connection


def read_all(connection: socket.socket, limit: int = 1 << 20) -> bytes:
    """Reads until the server closes; a reset counts as closed."""
    got = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while len(got) < limit and (piece := connection.recv(65536)):
            got += piece
    return got
