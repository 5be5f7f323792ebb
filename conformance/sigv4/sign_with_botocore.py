"""Writes N random requests, signed by botocore, as JSON: what a verifier must accept.

    python3 sign_with_botocore.py N SEED > botocore-samples.json

The same N and SEED give the same file. Every key in it was made up here.
"""

import base64
import datetime
import json
import random
import string
import sys
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SERVICES = ["kms", "iam", "sts", "ssm", "secretsmanager", "cloudtrail", "organizations", "tagging"]
REGIONS = ["us-east-1", "eu-west-3", "us-gov-west-1", "cn-north-1", "ap-southeast-7"]
TARGETS = ["TrentService.Encrypt", "TrentService.Decrypt", "AmazonSSM.GetParameter", "secretsmanager.GetSecretValue"]
ALPHABET = string.ascii_letters + string.digits + " !$'()*+,;:@/?=&%#~-_.<>\"é漢𝄞"
UNRESERVED = "-_.~"


def text(dice: random.Random, longest: int) -> str:
    return "".join(dice.choice(ALPHABET) for _ in range(dice.randint(0, longest)))


def word(dice: random.Random, letters: str, length: int) -> str:
    return "".join(dice.choice(letters) for _ in range(length))


def path(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return "/"
    segments = [quote(text(dice, 8), safe=UNRESERVED) for _ in range(dice.randint(1, 4))]
    if dice.random() < 0.3:
        segments.insert(dice.randint(0, len(segments)), dice.choice([".", "..", ""]))
    # A path that begins with two slashes is an authority to those who parse URLs.
    return "/" + "/".join(segments).lstrip("/")


def query(dice: random.Random) -> str:
    pairs = [(text(dice, 6), text(dice, 10)) for _ in range(dice.randint(0, 5))]
    return "&".join(f"{quote('p' + k, safe=UNRESERVED)}={quote(v, safe=UNRESERVED)}" for k, v in pairs)


def headers(dice: random.Random) -> dict:
    chosen = {"Content-Type": dice.choice(["application/x-amz-json-1.1", "application/x-www-form-urlencoded; charset=utf-8"])}
    if dice.random() < 0.7:
        chosen["X-Amz-Target"] = dice.choice(TARGETS)
    for name in ["Accept", "X-Custom", "X-Amz-Meta-Note", "Amz-Sdk-Request"]:
        if dice.random() < 0.3:
            chosen[name] = " ".join(word(dice, string.ascii_letters + "=;,/", 4) for _ in range(3))
    chosen["User-Agent"] = "sample/1"
    return chosen


def sample(dice: random.Random) -> dict:
    moment = datetime.datetime.fromtimestamp(dice.randint(1_400_000_000, 2_000_000_000), datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment.replace(tzinfo=None)
    token = word(dice, string.ascii_letters + "+/", 120) + "==" if dice.random() < 0.4 else None
    access_key = "AKIA" + word(dice, string.ascii_uppercase + "234567", 16)
    secret = word(dice, string.ascii_letters + string.digits + "+/", 40)
    service, region = dice.choice(SERVICES), dice.choice(REGIONS)
    presigned = dice.random() < 0.3
    method = "GET" if presigned else dice.choice(["POST", "POST", "POST", "GET", "PUT", "DELETE"])
    host = f"{service}.{region}.amazonaws.com" if dice.random() < 0.5 else "localhost:4599"
    body = b"" if method == "GET" else dice.randbytes(dice.choice([0, 2, 40, 300]))
    pairs = query(dice)
    request = AWSRequest(
        method=method,
        url=f"http://{host}{path(dice)}" + (f"?{pairs}" if pairs else ""),
        headers={} if presigned else headers(dice),
        data=body,
    )
    credentials = Credentials(access_key, secret, token)
    if presigned:
        SigV4QueryAuth(credentials, service, region, expires=dice.choice([1, 60, 900, 3600, 604800])).add_auth(request)
    else:
        SigV4Auth(credentials, service, region).add_auth(request)
    parts = urlsplit(request.url)
    return {
        "method": method,
        "path": parts.path,
        "query": parts.query,
        "headers": [["Host", host]] + [[name, value] for name, value in request.headers.items()],
        "body": base64.b64encode(body).decode(),
        "access_key_id": access_key,
        "secret_access_key": secret,
        "session_token": token,
        "service": service,
        "region": region,
        "at_seconds": int(moment.timestamp()),
        "presigned": presigned,
    }


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(seed)
    lines = ",\n".join(json.dumps(sample(dice), ensure_ascii=False) for _ in range(count))
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
