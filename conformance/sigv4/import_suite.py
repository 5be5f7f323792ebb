"""Turns a folder of AWS's Signature Version 4 test suite into one JSON file.

    python3 import_suite.py FOLDER > aws-suite.json

Each vector keeps the texts of its files: the request before signing, what should be calculated on the way, and the
Authorization header. The copy of the suite that crates.io has (in scratchstack-aws-signature) bends two vectors to a
mode of that crate which folds a form body into the query string; they are unbent here, to the published signatures.
"""

import hashlib
import json
import pathlib
import sys

FILES = {
    "req": "request",
    "creq": "canonical_request",
    "sts": "string_to_sign",
    "authz": "authorization",
}


FORMS = {
    "post-x-www-form-urlencoded": (
        "application/x-www-form-urlencoded",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-x-www-form-urlencoded-parameters": (
        "application/x-www-form-urlencoded; charset=utf8",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def form_vector(name: str) -> dict:
    content_type, signature = FORMS[name]
    headers = "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n"
    signed = "content-type;host;x-amz-date"
    canonical = f"POST\n/\n\ncontent-type:{content_type}\n{headers}\n{signed}\n{sha256('Param1=value1')}"
    scope = "20150830/us-east-1/service/aws4_request"
    return {
        "name": name,
        "request": f"POST / HTTP/1.1\nContent-Type:{content_type}\nHost:example.amazonaws.com\n"
        "X-Amz-Date:20150830T123600Z\n\nParam1=value1",
        "canonical_request": canonical,
        "string_to_sign": f"AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{sha256(canonical)}",
        "authorization": f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={signed}, "
        f"Signature={signature}",
    }


def vector(folder: pathlib.Path) -> dict:
    if folder.name in FORMS:
        return form_vector(folder.name)
    texts = {
        field: (folder / f"{folder.name}.{suffix}").read_bytes().decode().replace("\r\n", "\n")
        for suffix, field in FILES.items()
    }
    return {"name": folder.name, **texts}


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    folders = sorted(path.parent for path in root.rglob("*.creq"))
    json.dump([vector(folder) for folder in folders], sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
