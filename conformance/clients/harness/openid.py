"""OpenID Connect issuers of the tests' own: their keys, their tokens, and a server where they can be asked."""

import base64
import contextlib
import datetime
import hashlib
import http.server
import ipaddress
import json
import pathlib
import ssl
import threading
import time
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

AUDIENCE = "sts.amazonaws.com"
DAY = datetime.timedelta(days=1)


def encoded(data: bytes) -> str:
    """Base64 as tokens have it: for URLs, and unpadded."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class RsaKey:
    """A key for RS256."""

    kid: str
    algorithm: str = "RS256"
    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def public(self) -> dict:
        numbers = self.private.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": number(numbers.n), "e": number(numbers.e)}


@dataclass
class EcKey:
    """A key for ES256."""

    kid: str
    algorithm: str = "ES256"
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def public(self) -> dict:
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return {"kty": "EC", "use": "sig", "crv": "P-256", "alg": "ES256", "kid": self.kid, "x": encoded(x), "y": encoded(y)}


class Issuer:
    """Somebody who signs tokens."""

    def __init__(self, url: str, *keys):
        self.url, self.keys = url, list(keys) or [RsaKey("first")]

    @property
    def name(self) -> str:
        """What IAM calls it, and what its condition keys begin with."""
        return self.url.removeprefix("https://")

    def arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:oidc-provider/{self.name}"

    def key_set(self) -> dict:
        return {"keys": [key.public() for key in self.keys]}

    def claims(self, subject: str = "somebody", **claims) -> dict:
        """Those of a good token, but for what is given; a claim that is None is left out."""
        now = int(time.time())
        good = {"iss": self.url, "sub": subject, "aud": [AUDIENCE], "iat": now - 5, "nbf": now - 5, "exp": now + 600}
        return {name: value for name, value in (good | claims).items() if value is not None}

    def token(self, subject: str = "somebody", key=None, header: dict | None = None, **claims) -> str:
        """A signed token; the key is the first one, unless another is given."""
        key = key or self.keys[0]
        head = {"alg": key.algorithm, "typ": "JWT", "kid": key.kid} | (header or {})
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, self.claims(subject, **claims)))
        return f"{text}.{encoded(key.sign(text.encode()))}"

    def service_account(self, namespace: str, name: str, **claims) -> str:
        """A token as Kubernetes projects it into a pod."""
        bound = {
            "namespace": namespace,
            "node": {"name": "node-1", "uid": "c8b3c3b0-4f1a-4d0e-9d55-0d9c0c2b1f10"},
            "pod": {"name": f"{name}-6d4cf56db6-x2v8k", "uid": "5a0ee4d4-9d1f-4bb4-b8ef-8b2f8de1f7c3"},
            "serviceaccount": {"name": name, "uid": "7f4d61d9-2a0b-4a55-9dd5-2f6fd4b0c6c5"},
        }
        more = {"kubernetes.io": bound, "jti": "0b1f2f0a-6a44-4a3c-8f6e-2f6d3f6d7a55"}
        return self.token(f"system:serviceaccount:{namespace}:{name}", **(more | claims))


def certificate(name: str, key, issuer, issuer_key, is_authority: bool, address: str | None = None) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(issuer.subject if issuer else called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if address:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


class Published:
    """An issuer's discovery document and keys over HTTPS on loopback, under an authority of its own."""

    def __init__(self, folder: pathlib.Path):
        authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.authority = certificate("authority", authority_key, None, authority_key, True)
        leaf = certificate("issuer", key, self.authority, authority_key, False, "127.0.0.1")
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "chain.pem").write_bytes(leaf.public_bytes(pem) + self.authority.public_bytes(pem) + secret)
        self.asked: list[str] = []
        self.answers: dict[str, bytes] = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "chain.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.server_port}"

    @property
    def thumbprint(self) -> str:
        """Of the authority: SHA-1, as IAM has it."""
        return hashlib.sha1(self.authority.public_bytes(serialization.Encoding.DER)).hexdigest()

    def publish(self, issuer: Issuer, calls_itself: str | None = None) -> None:
        path = issuer.url.removeprefix(self.url)
        document = {"issuer": calls_itself or issuer.url, "jwks_uri": f"{issuer.url}/keys"}
        self.answers[f"{path}/.well-known/openid-configuration"] = json.dumps(document).encode()
        self.answers[f"{path}/keys"] = json.dumps(issuer.key_set()).encode()

    def handler(self):
        published = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                published.asked.append(self.path)
                body = published.answers.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        return Handler

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.server.shutdown()
            self.server.server_close()
